"""Every error has its page: what happened, an example, what to do."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.layout.parsed import parsed

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "errors"
ROOMS = ("gateway", "work", "schema", "capabilities", "connectors", "cache", "store", "demo")
_CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
_FAMILIES = re.compile(r"(MANIFEST|DOCUMENT|GRAPHQL|UPSTREAM)(_[A-Z]+)+")
_ROW = re.compile(r"^\| \[`([A-Z_]+)`\]\(([a-z-]+\.md)\) \|", re.MULTILINE)


def codes_in(tree: ast.Module, errors: set[str]) -> Iterator[str]:
    """Codes that a module writes: `code=…`, an error's arguments, a class's `code`, a family."""
    names = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            given = [one.value for one in node.keywords if one.arg == "code"]
            found += [*given, *(one.body for one in given if isinstance(one, ast.IfExp))]
            called = getattr(node.func, "id", "")
            if called in errors | {"coded"}:
                found += node.args[1:]
        elif isinstance(node, ast.ClassDef) and node.name in errors:
            found += _class_codes(node)
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "code":
            found += [node.value] if node.value is not None else []
        elif isinstance(node, ast.Constant) and _FAMILIES.fullmatch(str(node.value)):
            found.append(node)
        for one in found:
            value = names.get(one.id) if isinstance(one, ast.Name) else getattr(one, "value", None)
            if isinstance(value, str) and _CODE.fullmatch(value):
                yield value


def _class_codes(node: ast.ClassDef) -> list[ast.expr]:
    return [
        one.value
        for one in node.body
        if isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "code" for target in one.targets)
    ]


def error_classes(trees: list[ast.Module]) -> set[str]:
    """Names of every class under SantongError."""
    known, before = {"SantongError"}, 0
    while len(known) != before:
        before = len(known)
        known |= {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            and known & {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
        }
    return known


@cache
def modules() -> list[ast.Module]:
    return [
        parsed(path)
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


@cache
def written() -> set[str]:
    trees = modules()
    errors = error_classes(trees)
    return {code for tree in trees for code in codes_in(tree, errors)}


def index() -> dict[str, str]:
    return dict(_ROW.findall((PAGES / "README.md").read_text("utf-8")))


def test_every_code_is_in_the_index():
    assert sorted(written() - set(index())) == []


def test_every_code_of_the_index_exists():
    assert sorted(set(index()) - written()) == []


def test_every_page_is_in_the_index_and_every_link_leads_to_a_page_that_names_the_code():
    pages = {path.name for path in PAGES.glob("*.md")} - {"README.md"}
    assert pages == set(index().values())
    for code, page in index().items():
        assert f"`{code}`" in (PAGES / page).read_text("utf-8"), code


@pytest.mark.parametrize("path", sorted(PAGES.glob("[a-z]*.md")), ids=lambda path: path.stem)
def test_every_page_says_what_happened_and_what_to_do(path):
    text = path.read_text("utf-8")
    for part in ("**What happened.**", "**Example.**", "**What to do.**"):
        assert part in text


def test_the_collection_sees_every_way_to_write_a_code():
    tree = ast.parse(
        """
_C = "BY_NAME"
class Own(SantongError):
    code = "BY_CLASS"
class Deeper(Own): ...
Own("m", 400, "BY_PLACE")
Deeper("m", code=_C)
raise X("m", code="BY_WORD")
coded(exc, "BY_CODED")
fault(("MANIFEST_ODD", 1))
X(code="BY_CHOICE" if x else None)
"""
    )
    errors = error_classes([tree])
    assert errors == {"SantongError", "Own", "Deeper"}
    assert set(codes_in(tree, errors)) == {
        *("BY_NAME", "BY_CLASS", "BY_PLACE", "BY_WORD", "BY_CODED", "MANIFEST_ODD", "BY_CHOICE"),
    }
