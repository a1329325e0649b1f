"""`santong segment export`: a segment's people as a CSV file, masked but for a reason."""

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from capabilities.audit import Entry
from capabilities.caller import Role
from capabilities.errors import BadInput, Forbidden
from capabilities.segment.conditions import Condition
from capabilities.segment.records import Segment
from capabilities.spreadsheet import csv_lines
from capabilities.visibility.exports import may_export, may_unmask
from gateway.cli.console import aside
from gateway.cli.given import author
from gateway.cli.segment_file import given_segment
from gateway.cli.store import at_owned
from gateway.redact import redacted_text
from store.access.audit import Audit
from store.owned import Owned
from store.profile.segment_export import Exported, SegmentExport
from store.profile.segment_people import SegmentPeople

_PAGE = 1_000
_SECONDS = 600.0
_COLUMNS = tuple(field.name for field in msgspec.structs.fields(Exported))
_PERSONAL = frozenset({"name", "phone"})


def export(
    name_or_file: Annotated[
        str, typer.Argument(metavar="NAME_OR_FILE", help="Name of a segment, or a file of one.")
    ],
    to: Annotated[Path, typer.Argument(metavar="TO", help="The CSV file to be written.")],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="As whom it is exported.")
    ] = Role.OPERATIONS,
    unmask: Annotated[
        list[str] | None, typer.Option(help="A column in the clear: name or phone; repeatable.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, such as a ticket's number; needed to unmask.")
    ] = None,
) -> None:
    """Write a segment's people to a CSV file; every export stands in the audit trail."""
    clear = checked_columns(frozenset(unmask or ()), role, reason)
    if to.exists():
        raise BadInput(f"{to} is there already", code="EXPORT_EXISTS")

    async def work(owned: Owned) -> int:
        segment = await given_segment(owned, name_or_file)
        return await _written(owned, segment.where, to, _entry(segment, role, clear, reason), clear)

    written = at_owned(work, seconds=_SECONDS)
    typer.echo(f"{to}: {written} people")


def checked_columns(clear: frozenset[str], role: Role, reason: str | None) -> frozenset[str]:
    """The columns to be shown in the clear; refused without a right and a reason."""
    if unknown := clear - _PERSONAL:
        raise BadInput(f"nothing to unmask in {', '.join(sorted(unknown))}; name or phone")
    if not may_export(role):
        raise Forbidden(f"the role {role.value} exports nobody")
    if clear and not may_unmask(role):
        raise Forbidden(f"the role {role.value} exports masked columns only")
    if clear and not (reason or "").strip():
        raise BadInput("an export in the clear needs a --reason", code="REASON_MISSING")
    return clear


def _entry(segment: object, role: Role, clear: frozenset[str], reason: str | None) -> Entry:
    named = segment if isinstance(segment, Segment) else None
    return Entry(
        action="segment.exported",
        actor=author(),
        role=role.value,
        reason=None if reason is None else redacted_text(reason),
        facts={
            "segment": getattr(segment, "name", None),
            "version": None if named is None else named.version,
            "unmasked": " ".join(sorted(clear)),
        },
    )


async def _written(
    owned: Owned, where: Condition, to: Path, entry: Entry, clear: frozenset[str]
) -> int:
    """Audit first, then write beside the file and put it in its place when it is whole."""
    people = SegmentPeople(owned.store, owned.brand, owned.zone, owned.key)
    with aside.status("counting"):
        total = (await people.count(where, owned.now())).people
    facts = {**entry.facts, "people": total}
    await Audit(owned.store, owned.brand).record(msgspec.structs.replace(entry, facts=facts))
    part = to.with_name(f"{to.name}.part")
    try:
        done = await _pages(owned, people, where, part, total, clear)
        part.rename(to)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return done


async def _pages(
    owned: Owned,
    people: SegmentPeople,
    where: Condition,
    part: Path,
    total: int,
    clear: frozenset[str],
) -> int:
    export, done = SegmentExport(owned), 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file,
        _progress() as progress,
    ):
        task = progress.add_task("people", total=total)
        file.writelines(csv_lines([_COLUMNS]))
        async for one_ids in _walk(owned, people, where):
            rows = await export.rows(one_ids, clear)
            file.writelines(csv_lines(msgspec.structs.astuple(row) for row in rows))
            done += len(rows)
            progress.update(task, completed=done)
    return done


async def _walk(owned: Owned, people: SegmentPeople, where: Condition) -> AsyncIterator[list[str]]:
    """Everybody in pages by OneID, all as of one moment."""
    at, after = owned.now(), None
    while one_ids := list(await people.page(where, at, first=_PAGE, after=after)):
        yield one_ids
        after = one_ids[-1]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=aside, transient=True)
