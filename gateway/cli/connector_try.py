"""Rows of a live system beside their records, with personal data masked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct
from rich.table import Table

from capabilities.errors import SantongError
from capabilities.money import Money
from connectors.connector import Connector
from connectors.sampling import Side, side_by_side
from gateway.cli.console import console
from gateway.redact import redacted_text

_SHOWN = 60
_MASK = "***"
# What names or describes a person, by section; a column that feeds one of these is masked as well.
_PERSONAL = {
    "memberships": {"contact", "number"},
    "orders": {"customer", "notes"},
    "order_mirrors": {"customer"},
    "coupons": {"customer", "number", "code"},
}


class Tried(Struct, frozen=True):
    """What one section answered: its rows field by field, or why there are none."""

    section: str
    rows: Sequence[Sequence[Side] | None]
    why: str = ""

    @property
    def failed(self) -> bool:
        """Whether the system did not answer as its manifest says."""
        return bool(self.why) and not self.why.startswith("no list")


async def try_sections(connector: Connector, rows: int) -> list[Tried]:
    """The newest rows of every section; what fails in one says nothing of the others."""
    return [await _tried(connector, name, rows) for name in connector.sections]


async def _tried(connector: Connector, name: str, rows: int) -> Tried:
    section = connector.sections[name]
    if section.search is None:
        return Tried(name, (), "no list is declared; it is asked by key only")
    try:
        found = await connector.sample(name, rows)
    except SantongError as exc:
        return Tried(name, (), f"{exc.code}: {exc.message}")
    if not found:
        return Tried(name, (), "no list is empty by itself: the system answered without a row")
    return Tried(
        name,
        [None if record is None else side_by_side(section, row, record) for row, record in found],
    )


def show_trial(tried: Iterable[Tried]) -> bool:
    """Print what was found; whether every section answered."""
    good = True
    for one in tried:
        console.print(f"[bold]{one.section}[/]", end="")
        console.print(f"  {one.why}" if one.why else f"  {len(one.rows)} rows")
        good = good and not one.failed
        for sides in one.rows:
            if sides is None:
                console.print("  a row of a channel that this connector does not answer for")
                continue
            console.print(_table(one.section, sides))
    return good


def _table(section: str, sides: Sequence[Side]) -> Table:
    table = Table("record", "is", "row", "was")
    for line in told(section, sides):
        table.add_row(*line)
    return table


def told(section: str, sides: Sequence[Side]) -> Iterator[tuple[str, str, str, str]]:
    """Field, its value, its paths and what stood there, with personal data masked."""
    for side in sides:
        masked = side.field.partition(".")[0] in _PERSONAL.get(section, ())
        was = ", ".join(_text(one, masked=masked) for one in side.row)
        yield side.field, _text(side.record, masked=masked), ", ".join(side.paths), was


def _text(value: Any, *, masked: bool) -> str:
    """A value as a person reads it; of what is masked only whether there is something."""
    if value is None or value in ("", (), [], {}):
        return ""
    if masked:
        return _MASK
    if isinstance(value, dict | list):
        return "[…]" if isinstance(value, list) else "{…}"
    if isinstance(value, Money):
        value = f"{value.amount} {value.currency}"
    elif isinstance(value, Enum):
        value = value.value
    elif isinstance(value, datetime):
        value = value.isoformat()
    text = redacted_text(str(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
