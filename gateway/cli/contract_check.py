"""`santong schema check`: what another contract would break, and for whom."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.usage.records import LONGEST_DAYS, USUAL_DAYS
from gateway.cli.console import console
from gateway.cli.environment import command_settings
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.usage_words import client_words, first_day, moment_words, number_words

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from gateway.usage.checking import Affected, Known, Noticed, Unfit, Verdict
    from store.owned import Owned

_INVALID = "CONTRACT_INVALID"


def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The other contract, as `schema print` has it.")
    ],
    days: Annotated[
        int, typer.Option(min=1, max=LONGEST_DAYS, help="How many days of usage count.")
    ] = USUAL_DAYS,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")] = False,
) -> None:
    """Say what another contract would break for whom; exit code 1 where it is something used."""
    from gateway.usage.checking import check_contract  # noqa: PLC0415  # slow to import: graphql
    from schema.build import build_schema  # noqa: PLC0415  # as above

    new = _contract(file)
    known = at_owned(lambda owned: _known(owned, days), seconds=LONG_SECONDS)
    with console.status("comparing"):
        old = _read(build_schema().as_str(), "the contract")
        verdict = check_contract(old, new, known)
    if as_json:
        told = {"days": days, "breaks": verdict.breaks, "verdict": verdict}
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        _print(verdict, days)
    if verdict.breaks:
        raise typer.Exit(1)


def _contract(file: Path) -> "GraphQLSchema":
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{file} cannot be read", code=_INVALID) from exc
    return _read(text, str(file))


def _read(text: str, name: str) -> "GraphQLSchema":
    from graphql import GraphQLError, build_schema  # noqa: PLC0415  # as above

    try:
        return build_schema(text)
    except (GraphQLError, TypeError) as exc:
        raise BadInput(f"{name}: {exc}", code=_INVALID) from exc


async def _known(owned: "Owned", days: int) -> "Known":
    from gateway.execution.operations_file import read_operations  # noqa: PLC0415  # as above
    from gateway.usage.checking import Known  # noqa: PLC0415  # as above
    from store.operating.operations import Operations  # noqa: PLC0415  # as above
    from store.usage.reports import UsageReports  # noqa: PLC0415  # as above

    since, reports = first_day(owned, days), UsageReports(owned.store, owned.brand)
    path = command_settings().operations
    texts = [] if path is None else list(read_operations(path).values())
    registered, position, more = Operations(owned.store, owned.brand), 0, True
    while more:
        page, position = await registered.after(position, 500)
        texts += [one.text for one in page]
        more = bool(page)
    return Known(
        ran=await reports.operations(since),
        coordinates=await reports.coordinates(since),
        registered=texts,
    )


def _print(verdict: "Verdict", days: int) -> None:
    _changes("breaks what is asked", verdict.breaking)
    _unfit([one for one in verdict.unfit if one.used])
    _changes("is noticed by who asks, and breaks no operation", verdict.dangerous)
    if verdict.safe:
        console.print(f"Nobody asked these in {days} days, so taking them away is safe:")
        for one in verdict.safe:
            waiting = len([each for each in one.affected if each.registered])
            more = f" ({waiting} registered operations would be refused)" if waiting else ""
            console.print(Text(f"  {one.change.description}{more}"))
    console.print("It breaks what is asked." if verdict.breaks else "Nothing that is asked breaks.")


def _changes(title: str, found: "Sequence[Noticed]") -> None:
    if found:
        table = _table(title)
        for one in found:
            _rows(table, one.change.description, one.affected)
        console.print(table)


def _unfit(found: "Sequence[Unfit]") -> None:
    if found:
        table = _table("registered operations that would be refused")
        for one in found:
            _rows(table, "; ".join(one.faults), one.affected)
        console.print(table)


def _table(title: str) -> Table:
    return Table("what", "operation", "application", "runs", "last", title=title)


def _rows(table: Table, what: str, affected: "Sequence[Affected]") -> None:
    for place, one in enumerate(affected):
        asked = "nobody" if one.client is None else client_words(one.client)
        name = one.operation or one.document_id.removeprefix("sha256:")[:12]
        cells = (name, asked, number_words(one.count), moment_words(one.last_used_at))
        table.add_row(*map(Text, (what if place == 0 else "", *cells)))
