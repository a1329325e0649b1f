"""`santong inbox`: who may push rows and files, and how what they push stands."""

import asyncio
import getpass
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated, TypeVar

import typer
from msgspec import Struct
from rich.table import Table

from capabilities.copied import FeederState, Quarantined
from capabilities.errors import BadInput
from capabilities.senders import SILENT_HOURS, Sender, SentFile, silent
from gateway.cli.console import console
from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate
from gateway.keys import keyring
from store.copied.copying import open_copied
from store.copied.rows import CopiedRows
from store.copied.senders import Senders
from store.copied.sent_files import SentFiles
from store.engine import Store

app = typer.Typer(name="inbox", help="Rows and files that systems push.", no_args_is_help=True)
senders = typer.Typer(name="senders", help="Who may push.", no_args_is_help=True)
app.add_typer(senders)

_T = TypeVar("_T")
_STORE_SECONDS = 5.0
_NAME = r"[A-Za-z0-9_.-]{1,100}"
ConnectorName = Annotated[str, typer.Argument(metavar="CONNECTOR", help="Name of the connector.")]
SenderName = Annotated[str, typer.Argument(metavar="SENDER", help="Name of the sender.")]
_SHOWN = 20
# How far back days without orders are looked for.
_GAP_DAYS = 60


class _Desk(Struct, frozen=True):
    senders: Senders
    files: SentFiles
    copied: CopiedRows


@senders.command()
def add(
    connector: ConnectorName,
    sender: SenderName,
    store: Annotated[
        list[str], typer.Option("--store", help="Code of a store that it writes; may be repeated.")
    ],
) -> None:
    """Register a sender and print its key, which is shown this once."""
    if not re.fullmatch(_NAME, sender):
        raise BadInput("a sender's name is made of letters, digits, `.`, `_` and `-`")
    key = secrets.token_urlsafe(32)
    by = getpass.getuser()
    if not _at(lambda desk: desk.senders.add(connector, sender, store, key, by=by)):
        message = f"sender {sender!r} of {connector!r} may push already; revoke it first"
        raise BadInput(message, code="SENDER_EXISTS")
    typer.echo(key)


@senders.command(name="list")
def list_(connector: ConnectorName) -> None:
    """Show the senders of a connector, without their keys."""
    table = Table("sender", "stores", "added", "by", "revoked")
    for one in _at(lambda desk: desk.senders.all(connector)):
        revoked = _moment(one.revoked_at) if one.revoked_at else ""
        stores = ", ".join(one.stores)
        table.add_row(one.name, stores, _moment(one.added_at), one.added_by, revoked)
    console.print(table)


@senders.command()
def revoke(connector: ConnectorName, sender: SenderName) -> None:
    """Let a sender push no more, at once."""
    if not _at(lambda desk: desk.senders.revoke(connector, sender)):
        message = f"no sender {sender!r} of {connector!r} may push"
        raise BadInput(message, code="SENDER_UNKNOWN")
    typer.echo(f"{sender} may push no more")


@app.command()
def status(
    connector: ConnectorName,
    silent_hours: Annotated[
        float, typer.Option(help="From how many hours on a sender counts as silent.")
    ] = SILENT_HOURS,
) -> None:
    """Show each sender's last batch and file, bad lines, missing days; exit 1 for silent ones."""
    sent, states, files, bad, days = _at(partial(_standing, connector))
    table = Table("sender", "table", "batch", "age", "rows", "quarantined")
    now = datetime.now(UTC)
    for state in states:
        age = _age(now, state.accepted_at)
        counts = (str(state.lines), str(state.quarantined))
        table.add_row(state.feeder, state.stream, str(state.sequence), age, *counts)
    console.print(table)
    if files:
        _print_files(files, now)
    for row in bad:
        where = f"{row.feeder} {row.stream} batch {row.sequence} line {row.line}"
        typer.echo(f"quarantine: {where}: {row.reason}")
    for store, day in _gaps(sent, days, now.date()):
        typer.echo(f"gap: {store} has no order of {day}")
    quiet = silent(sent, states, now - timedelta(hours=silent_hours), files)
    for one in quiet:
        stores = ", ".join(one.stores)
        typer.echo(f"silent: {one.name} ({stores}) sent nothing for {silent_hours:g} hours")
    if quiet:
        raise typer.Exit(1)


async def _standing(
    connector: str, desk: _Desk
) -> tuple[
    Sequence[Sender],
    Sequence[FeederState],
    Sequence[SentFile],
    Sequence[Quarantined],
    Sequence[tuple[str, date]],
]:
    since = datetime.now(UTC).date() - timedelta(days=_GAP_DAYS)
    return (
        await desk.senders.all(connector),
        await desk.copied.states(connector),
        await desk.files.shown(connector),
        await desk.copied.quarantined(connector, _SHOWN),
        await desk.copied.row_days(connector, "orders", since),
    )


def _gaps(
    sent: Sequence[Sender], days: Sequence[tuple[str, date]], today: date
) -> list[tuple[str, date]]:
    """Days without an order of stores that may still be written, from their first up to yesterday.

    Yesterday itself may still be on its way.
    """
    there: dict[str, set[date]] = {}
    for store, day in days:
        there.setdefault(store, set()).add(day)
    stores = sorted({store for one in sent if one.revoked_at is None for store in one.stores})
    return [
        (store, day)
        for store in stores
        for day in _between(min(there.get(store, ()), default=today), today - timedelta(days=1))
        if day not in there[store]
    ]


def _between(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _print_files(files: Sequence[SentFile], now: datetime) -> None:
    table = Table("sender", "file", "bytes", "of", "age")
    for one in files:
        since = one.whole_at or one.started_at or now
        counts = (f"{one.received:,}", "whole" if one.whole_at else f"{one.size:,}")
        table.add_row(one.sender, one.name, *counts, _age(now, since))
    console.print(table)


def _age(now: datetime, moment: datetime) -> str:
    return str(timedelta(seconds=int((now - moment).total_seconds())))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _at(work: Callable[[_Desk], Awaitable[_T]]) -> _T:
    return asyncio.run(_opened(work))


async def _opened(work: Callable[[_Desk], Awaitable[_T]]) -> _T:
    settings = signing_settings(command_settings())
    brand = read_estate(settings.estate).brand
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    keys = keyring(settings)
    try:
        who = Senders(store, keys.sealer(), brand)
        return await work(_Desk(who, SentFiles(store, brand), open_copied(store, brand, keys)))
    finally:
        await store.aclose()
