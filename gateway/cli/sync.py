"""`santong sync`: take what a connector's system has in, and see how far it came."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from capabilities.errors import BadInput
from capabilities.syncing import STREAMS, Stream, SyncState
from gateway.cli.at_work import run_at_work
from gateway.cli.connecting import Desk, at_the_desk
from gateway.cli.console import console

app = typer.Typer(
    name="sync",
    help="Take memberships, orders and promotions in, and see how far that came.",
    no_args_is_help=True,
)

Connector = Annotated[str, typer.Option("--connector", help="Name of the connector.")]
Since = Annotated[
    str | None,
    typer.Option("--since", help="What changed since this day or moment, such as 2026-11-01."),
]
Whole = Annotated[
    bool, typer.Option("--whole", help="Read everything and compare; finds what is gone.")
]

Believed = Annotated[
    bool,
    typer.Option(
        "--accept-gone", help="End also what a doubtful reading misses: more than a tenth of all."
    ),
]


@app.command()
def members(
    connector: Connector,
    since: Since = None,
    *,
    whole: Whole = False,
    accept_gone: Believed = False,
) -> None:
    """Take the memberships of a connector in: what changed, or everything the first time."""
    _run("members", connector, since, whole=whole, believed=accept_gone)


@app.command()
def orders(
    connector: Connector,
    since: Since = None,
    *,
    whole: Whole = False,
    accept_gone: Believed = False,
) -> None:
    """Take the orders of a connector in: what changed, or everything the first time."""
    _run("orders", connector, since, whole=whole, believed=accept_gone)


@app.command()
def promotions(connector: Connector, *, accept_gone: Believed = False) -> None:
    """Take the promotions of a connector in: all of them are read and compared each time."""
    _run("promotions", connector, None, whole=True, believed=accept_gone)


@app.command()
def status(
    *, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False
) -> None:
    """How far every connector was taken in, how fast, and where a pass failed."""
    streams = at_the_desk(_streams)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(streams)).decode())
        return
    console.print(streams_table(streams))


def streams_table(streams: Sequence[Stream]) -> Table:
    """A row for each stream."""
    table = Table(
        "connector", "records", "state", "read", "changed", "gone", "unfit", "rate", "left"
    )
    words = {capability: word for word, capability in STREAMS.items()}
    for one in streams:
        counts = (one.read, one.changed, one.removed, one.unfit)
        table.add_row(
            one.connector,
            words[one.capability],
            _state(one),
            *(f"{count:,}" for count in counts),
            "" if one.per_second is None else f"{one.per_second:,.0f}/s",
            _left(one),
        )
    return table


async def _streams(desk: Desk) -> list[Stream]:
    return await desk.streams.all()


def _state(stream: Stream) -> str:
    word = stream.state.value.lower()
    if stream.state is SyncState.FAILED:
        return f"{word}: {stream.failure_code} {stream.failure}"
    if stream.state is SyncState.RUNNING and stream.running_until is None:
        return "stopped"  # killed: its turn has run out
    at = stream.ended_at if stream.state is SyncState.DONE else stream.moved_at
    return word if at is None else f"{word} {at:%Y-%m-%d %H:%M:%S}"


def _left(stream: Stream) -> str:
    if stream.running_until is None or stream.seconds_left is None:
        return ""
    return f"{stream.seconds_left:,.0f} s"


def _run(kind: str, connector: str, since: str | None, *, whole: bool, believed: bool) -> None:
    words = [
        "sync",
        kind,
        connector,
        *(["whole"] if whole else []),
        *(["believed"] if believed else []),
    ]
    if since is not None:
        words.append(_moment(since).isoformat())
    if code := run_at_work(words):
        raise typer.Exit(code)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadInput(f"{text!r} is no day and no moment; write 2026-11-01") from exc
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
