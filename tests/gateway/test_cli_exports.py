"""Every file that a command writes: what it may hold of people, and what that asks for.

The commands and their files are found in the command line itself: a new one that is not judged
here fails.
"""

import os
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command_name

from gateway.cli import app
from gateway.cli.coupon import _opened
from gateway.cli.member_export import _write

# Files that people give: nothing leaves by them.
GIVEN = {
    "operations check file",
    "operations add file",
    "connector add file",
    "connector update file",
    "manifest check file",
    "member rules dry-run file",
    "member rules put file",
    "flash define file",
    "flash open token_file",
    "flash top-up token_file",
    "flash confirm token_file",
    "adoption promote token_file",
    "programme check file",
    "programme put file",
    "programme dry-run file",
    "promotion check file",
    "promotion put file",
    "coupon template file",
    "segment check file",
    "segment put file",
    "profile rules put file",
    "suggestions import file",
    "touches import file",
    "lifecycle rules check file",
    "lifecycle rules put file",
    "lifecycle rules dry-run file",
    "campaign draft file",
    "campaign outcomes file",
    "consent add-text file",
    "restore folder",
    "restore dump",
    "schema check file",
}
# Somebody in it, masked or in the clear: a reason, and its owner alone reads the file.
PEOPLE = {"member export folder", "operations export csv", "segment export to"}
# Nobody in it, and why.
NOBODY = {
    "backup folder": "what is personal is sealed, and the keys lie beside it for few days",
    "coupon issue out": "codes that nobody holds yet; its owner alone reads the file",
    "adoption report html": "counts, and samples hashed and masked",
    "lifecycle report html": "counts of groups",
    "manifest new out": "a draft of a manifest",
    "member report html": "counts by rule",
    "operations openapi to": "the words of the contract",
    "programme dry-run html": "sums by programme",
    "suggestions export to": "wishes, cleaned of what is personal when they were taken in",
}


def commands(group: typer.Typer, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with its function."""
    for one in group.registered_commands:
        name = one.name or get_command_name(one.callback.__name__)
        yield " ".join((*above, name)), one.callback
    for inner in group.registered_groups:
        named = inner.typer_instance.info.name
        name = inner.name if isinstance(inner.name, str) else named
        yield from commands(inner.typer_instance, (*above, name))


def files() -> Iterator[str]:
    """Every file that some command is told, as `command parameter`."""
    for command, function in commands(app):
        hints = typing.get_type_hints(function, include_extras=True)
        yield from (f"{command} {name}" for name, kind in hints.items() if _is_path(kind))


def _is_path(kind: Any) -> bool:
    return kind is Path or any(map(_is_path, typing.get_args(kind)))


def test_every_file_of_a_command_is_judged():
    judged = [*GIVEN, *PEOPLE, *NOBODY]
    assert sorted(set(files()) - set(judged)) == []
    assert sorted(set(judged) - set(files())) == []
    assert len(judged) == len(set(judged))


def test_a_file_of_people_asks_for_a_reason():
    every = dict(commands(app))
    for one in PEOPLE:
        assert "reason" in typing.get_type_hints(every[one.rpartition(" ")[0]]), one


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_what_holds_somebody_or_a_code_is_its_owners_alone(tmp_path, umask):
    before = os.umask(umask)
    try:
        _write(tmp_path / "her.json", b"{}")
        _opened(tmp_path / "codes.txt").close()
    finally:
        os.umask(before)
    assert [one.stat().st_mode & 0o077 for one in tmp_path.iterdir()] == [0, 0]
