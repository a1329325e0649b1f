"""`santong work status`: what waits behind the door, since when, and how the passes stand."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import typer
from rich.table import Table

from gateway.cli.console import console
from gateway.cli.store import at_owned
from gateway.cli.sync import streams_table
from store.operating.standing import Standing, Stands, Waiting


def show_status(*, as_json: bool) -> None:
    """Print it."""
    stands = at_owned(lambda owned: Standing(owned.store, owned.brand).read())
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(stands)).decode())
        return
    for table in _tables(stands, datetime.now(UTC)):
        console.print(table)


def _tables(stands: Stands, now: datetime) -> list[Table]:
    waiting = Table("what", "state", "waiting", "oldest")
    for word, rows in (
        ("events before", stands.consumers),
        ("commands of", stands.commands),
        ("", stands.touches),
        ("", stands.payments),
    ):
        _add(waiting, word, rows, now)
    return [waiting, streams_table(stands.streams)]


def _add(table: Table, word: str, rows: Sequence[Waiting], now: datetime) -> None:
    for one in rows:
        age = "" if one.oldest is None else f"{(now - one.oldest).total_seconds():,.0f} s"
        table.add_row(f"{word} {one.of}".strip(), one.state.lower(), f"{one.count:,}", age)
