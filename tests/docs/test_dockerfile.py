"""The image's recipe, read as its builder would: no engine is needed."""

import json
import re
import shlex

import pytest

from tests.docs.doc_blocks import ROOT

_RECIPE = (ROOT / "docker" / "Dockerfile").read_text("utf-8")
_IGNORE = (ROOT / ".dockerignore").read_text("utf-8").split("\n")


def _instructions():
    """Each instruction with its stage and its words, continued lines joined."""
    stage, found = "", []
    for line in _RECIPE.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, words = line.partition(" ")
        if name == "FROM":
            stage = words.split(" AS ")[1]
        found.append((stage, name, words.strip()))
    return found


def _last(name, stage="gateway"):
    found = [words for of, one, words in _instructions() if (of, one) == (stage, name)]
    assert found, f"{stage} has no {name}"
    return found[-1]


def _copies():
    for stage, name, words in _instructions():
        if name == "COPY":
            *sources, target = [word for word in words.split() if not word.startswith("--from")]
            made = re.search(r"--from=(\w+)", words)
            yield stage, made and made[1], sources, target


def test_every_stage_starts_from_a_slim_python_and_is_used():
    bases = [words for _, name, words in _instructions() if name == "FROM"]
    assert [base.split(" AS ")[1] for base in bases] == ["explorer", "packages", "gateway"]
    assert {base.split(" AS ")[0] for base in bases} == {"python:3.13-slim"}
    assert {made for _, made, _, _ in _copies() if made} == {"explorer", "packages"}


def test_the_python_is_one_that_the_project_allows():
    allowed = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text("utf-8")
    )
    assert allowed
    assert int(allowed[1]) <= 13 < int(allowed[2])


def test_it_runs_as_an_ordinary_user_to_the_end():
    names = [name for stage, name, _ in _instructions() if stage == "gateway"]
    user = _last("USER")
    assert user.isdigit()
    assert int(user) > 0
    assert "RUN" not in names[names.index("USER") :]
    assert f"useradd --uid {user} " in _last("RUN")


def test_what_it_copies_is_there_and_reaches_the_builder():
    for _, made, sources, _ in _copies():
        for source in sources:
            if made:
                continue
            assert (ROOT / source).exists(), source
            assert any(
                source == rule[1:] or source.startswith(f"{rule[1:]}/")
                for rule in _IGNORE
                if rule.startswith("!")
            ), source


def test_it_copies_every_room_that_serves():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    copied = {
        sources[0] for stage, made, sources, _ in _copies() if stage == "gateway" and not made
    }
    # the box starts its own servers, which no container needs
    assert rooms - copied == {"demo"}


def test_locks_are_installed_with_their_hashes_and_nothing_else_is():
    installs = [words for _, name, words in _instructions() if name == "RUN" and "pip " in words]
    assert len(installs) == 2
    for words in installs:
        assert "--no-deps --require-hashes -r locks/" in words
        assert "index" not in words
    npm = [words for _, name, words in _instructions() if name == "RUN" and words.startswith("npm")]
    assert [words.split()[-1] for words in npm] == ["ci", "build"]


def test_it_holds_no_secret():
    assert not any(name == "ARG" for _, name, _ in _instructions())
    for _, name, words in _instructions():
        if name == "ENV":
            assert not re.search(r"key|secret|password|token|_url", words, re.IGNORECASE)
    assert _IGNORE[1] == "*"


def test_it_is_healthy_while_the_process_serves():
    check = _last("HEALTHCHECK")
    program, option, script = json.loads(check[check.index("[") :])
    assert (program, option) == ("python", "-c")
    assert "/health/live" in script
    compile(script, "healthcheck", "exec")


@pytest.mark.parametrize(
    ("name", "words"), [("ENTRYPOINT", "python -m gateway.cli"), ("CMD", "serve")]
)
def test_it_is_the_command(name, words):
    assert shlex.join(json.loads(_last(name))) == words


def test_its_settings_are_settings():
    names = re.findall(r"SANTONG_(\w+)=", _last("ENV"))
    known = (ROOT / "gateway" / "settings.py").read_text("utf-8")
    assert names
    assert [name for name in names if f"    {name.lower()}: " not in known] == []
