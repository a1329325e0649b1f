"""Every code block of the documentation is run, or checked as far as it can be."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise

import msgspec
import pytest
import typer
import yaml
from graphql import parse, validate

from capabilities.adoption.bounds import GatesFile
from capabilities.estate import ConnectorOrigin
from capabilities.flash.records import FlashSale
from capabilities.lifecycle.campaigns import CampaignPlan
from capabilities.lifecycle.rules import Rules
from capabilities.profile.rules import ProfileRules
from capabilities.promotion.coupons import CouponTemplate
from capabilities.segment.records import read_draft
from connectors.manifest import compile_manifest, read_manifest
from connectors.touching.configured import Senders
from gateway.auth.issuers_file import read_issuers
from gateway.cli import app
from gateway.federation.definition import Entry, read_definition
from gateway.federation.estate_file import parse_estate
from gateway.payments.declared import read_providers
from gateway.programme.reading import read_file
from gateway.promotion.reading import read_promotion
from gateway.rest.declared import read_resources
from gateway.settings import Settings
from gateway.tmall.declared import read_doors
from schema.build import build_schema
from tests.docs.doc_blocks import ROOT, Block, blocks_of, pages, prose
from tests.node_tools import NODE_MODULES, NODE_TESTS, run_node

_BOX = [pytest.mark.box, pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(240)]
_BLOCKS = [blocks_of(page) for page in pages()]
_ALL = [block for blocks in _BLOCKS for block in blocks]
# languages that are checked here; each has a test below
_KNOWN = {"graphql", "json", "console", "yaml", "python", "ts"}
# YAML of what is no manifest, by the option `as`
_STRUCTS = {
    "campaign": CampaignPlan,
    "coupon": CouponTemplate,
    "gates": GatesFile,
    "profile": ProfileRules,
    "rules": Rules,
    "senders": Senders,
}
# and by the key that only such a file has
_FILES = {
    "issuers": read_issuers,
    "providers": read_providers,
    "doors": read_doors,
    "programme": read_file,
    "resources": read_resources,
}
_NOT_RUN = {"connector", "demo", "serve", "migrate"}
_MAKE = (ROOT / "Makefile").read_text("utf-8")


def _of(language):
    return [block for block in _ALL if block.language == language]


def _params(blocks, **more):
    return [pytest.param(block, id=block.place, **more) for block in blocks]


def _answered():
    """GraphQL blocks with the JSON block that follows each."""
    pairs = [
        (one, after)
        for blocks in _BLOCKS
        for one, after in pairwise(blocks)
        if (one.language, after.language) == ("graphql", "json")
    ]
    return [pytest.param(*pair, id=pair[0].place, marks=_BOX) for pair in pairs]


def _commands(block: Block) -> list[tuple[str, list[str]]]:
    """Command lines, continued ones joined, each with the output shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip():
            assert found, f"{block.place}: the block starts with output"
            found[-1][1].append(line)
    return found


def test_every_language_is_checked():
    assert {block.place: block.language for block in _ALL if block.language not in _KNOWN} == {}


def test_every_json_block_is_the_answer_of_a_query():
    answers = {param.values[1].place for param in _answered()}
    shown = {block.place for block in _of("json") if "file" not in block.options}
    assert shown == answers


@pytest.fixture(scope="module")
def contract():
    return build_schema()._schema


@pytest.mark.parametrize("block", _params(_of("graphql")))
def test_a_query_fits_the_contract(contract, block):
    assert [error.message for error in validate(contract, parse(block.text))] == []


@pytest.mark.parametrize(("query", "answer"), _answered())
def test_a_query_has_the_answer_that_is_shown(docs_box, query, answer):
    system, _, mode = query.options.get("fault", "").partition(":")
    if system:
        assert docs_box.run(f"santong demo fault {system} {mode}").returncode == 0
    shown = json.loads(answer.text)
    try:
        # a busy machine may let a healthy system miss its deadline; a wrong page stays wrong
        told = next((one for one in _told(docs_box, query) if _shows(one, shown)), None)
    finally:
        if system:
            assert docs_box.run(f"santong demo fault {system} none").returncode == 0
    assert told is not None, f"it answers {_page(docs_box, query)}"


def _told(box, query):
    return (_page(box, query) for _ in range(3))


def _shows(told, shown):
    same = {key: told.get(key) for key in shown} == shown
    return same and ("errors" in told) == ("errors" in shown)


def _page(box, query):
    """The answer, or that of a later page: each is asked with the cursor of the one before."""
    told = _ask(box, query, {"after": None})
    for _ in range(1, int(query.options.get("page", "1"))):
        told = _ask(box, query, {"after": _cursor(told)})
    return told


def _ask(box, query, variables):
    words = ["santong", "query", query.text]
    if "$after" in query.text:
        words += ["--variables", json.dumps(variables)]
    for option in ("role", "member", "store"):
        if option in query.options:
            words += [f"--{option}", query.options[option]]
    run = box.run(shlex.join(words))
    assert run.stdout, run.stderr
    told = json.loads(run.stdout)
    told.get("extensions", {}).pop("requestId")
    for error in told.get("errors", ()):
        error["extensions"].pop("requestId")
    return told


def _cursor(told):
    found = re.search(r'"endCursor": "([^"]+)"', json.dumps(told))
    assert found, "the page has no cursor to go on from"
    return found[1]


def _console(runs):
    return [
        pytest.param(block, line, output, id=f"{block.place}:{number}", marks=_BOX if runs else ())
        for block in _of("console")
        for number, (line, output) in enumerate(_commands(block))
        if (_runs(line) and block.options.get("run") != "apart") == runs
    ]


def _runs(line: str) -> bool:
    """Whether a command is cheap and harmless enough to be run here."""
    words = shlex.split(line)
    if words[0] == "curl":
        return True
    return words[0].endswith("santong") and not (words[1] in _NOT_RUN and not _of_running(words))


def _of_running(words: list[str]) -> bool:
    return words[1] == "demo" and words[2:3] == ["fault"]


@pytest.mark.parametrize(("block", "line", "output"), _console(runs=True))
def test_a_command_does_what_is_shown(docs_box, block, line, output):
    if "curl" in line and not shutil.which("curl"):
        pytest.skip("no curl here")
    try:
        run = docs_box.run(line)
    finally:
        if " fault " in line:
            docs_box.run(f"santong demo fault {shlex.split(line)[3]} none")
    if block.options.get("fails") != "yes":
        assert run.returncode == 0, run.stdout + run.stderr
    told = iter((run.stdout + run.stderr).splitlines())
    missing = [one for one in output if one != "…" and not any(one in line for line in told)]
    assert missing == [], run.stdout + run.stderr


@pytest.mark.parametrize(("block", "line", "output"), _console(runs=False))
def test_a_command_that_is_not_run_exists(block, line, output):
    words = shlex.split(line)
    if words[0] == "make":
        targets = [word for word in words[1:] if not word.startswith("-")]
        assert [one for one in targets if not re.search(rf"^{one}:", _MAKE, re.MULTILINE)] == []
    elif words[0].endswith("santong"):
        _parse_santong(words[1:])
    elif words[0] == "export":
        name = words[1].partition("=")[0]
        assert name.removeprefix("SANTONG_").lower() in Settings.model_fields, line
    elif words[0] == "curl":
        assert block.options["run"] == "apart", "a test of its own runs it"
    elif words[0] == "docker":
        files = [word for word in words if word.startswith("docker/")]
        assert all((ROOT / file).is_file() for file in files)
    else:
        assert words[0] in {"git", "cd", "python"}, f"{block.place}: nothing here checks {words[0]}"


def _parse_santong(words):
    """Refuse a command, an option or more arguments than there are; nothing runs."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    options = {opt: one for one in command.params for opt in one.opts if opt.startswith("-")}
    room = sum(1 for one in command.params if one.param_type_name == "argument")
    while rest:
        word = rest.pop(0)
        if word in options:
            rest = rest if options[word].is_flag else rest[1:]
        else:
            assert word == "--help" or not word.startswith("-"), f"{word} is no option"
            room -= word != "--help"
    assert room >= 0, f"there is no such command or argument: {shlex.join(words)}"


def _spoken():
    """Commands in the sentences of all pages."""
    spans = {
        (page.name, span)
        for page in pages()
        for span in re.findall(r"`((?:\.venv/bin/)?santong [^`\n]+|make [a-z-]+)`", prose(page))
        if "…" not in span
    }
    return sorted(spans)


@pytest.mark.parametrize(("page", "span"), _spoken())
def test_a_command_in_a_sentence_exists(page, span):
    words = shlex.split(span)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", _MAKE, re.MULTILINE), page
    else:
        _parse_santong(words[1:])


@pytest.mark.parametrize("block", _params(_of("yaml")))
def test_a_file_of_settings_is_sound(block, tmp_path):
    keys = yaml.safe_load(block.text)
    if "as" in block.options:
        found = msgspec.convert(keys, _STRUCTS[block.options["as"]], strict=False)
        getattr(found, "check", lambda: None)()
    elif (kind := next((one for one in _FILES if one in keys), None)) is not None:
        (tmp_path / "file.yaml").write_text(block.text, "utf-8")
        assert _FILES[kind](tmp_path / "file.yaml")
    elif "opens_at" in keys:
        assert msgspec.convert(keys, FlashSale)
    elif "reward" in keys:
        assert read_promotion(block.text, block.place)
    elif "where" in keys:
        assert read_draft(keys)
    elif "brand" in keys:
        assert parse_estate(block.text, block.place).connectors
    elif "name" in keys:
        origin = ConnectorOrigin.FOLDER
        entry = Entry(place=block.place, name="block", text=block.text, origin=origin)
        assert read_definition(entry).spec.name == keys["name"]
    else:
        assert compile_manifest(read_manifest(block.text, block.place)).sections


@pytest.mark.parametrize("block", _params(_of("python"), marks=_BOX))
def test_python_runs(docs_box, block):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=ROOT,
        env=docs_box.stored,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("block", _params(_of("ts")))
def test_typescript_has_sound_types(block, tmp_path):
    settings = json.loads((NODE_TESTS / "tsconfig.json").read_text("utf-8"))
    settings["include"] = ["block.ts"]
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "block.ts").write_text(block.text)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    checked = run_node(NODE_MODULES / ".bin" / "tsc", "--noEmit", cwd=tmp_path)
    assert checked.status == 0, checked.output + checked.complaint
