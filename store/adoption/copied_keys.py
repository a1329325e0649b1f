"""Keys of the platform's copy, drawn at random without a walk over all of it."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import TextClause, text

from capabilities.estate import Capability
from store.engine import Store

# Blocks are drawn and not rows, so many more than are wanted, for rows of a block are neighbours
# and most may be of other channels; the next draw takes ten times as many.
_MORE = 20
_TRIES = (1, 10, 100)
_WHOLE = 100.0


class Drawn(Struct, frozen=True):
    """A key, and the moment by which lists sort it; None where it has none."""

    key: str
    at: datetime | None


def _draw(table: str, at: str, there: str) -> TextClause:
    return text(f"""
  SELECT number AS key, {at} AS at FROM {table} TABLESAMPLE SYSTEM (:percent)
  WHERE brand = :brand AND channel = :channel AND {there} LIMIT :most
""")  # noqa: S608 - our own words


_DRAWS: Mapping[Capability, tuple[str, TextClause]] = {
    Capability.MEMBER: (
        "membership_records",
        _draw("membership_records", "joined_at", "gone_at IS NULL"),
    ),
    Capability.ORDER: ("order_copies", _draw("order_copies", "placed_at", "true")),
    Capability.PROMOTION: (
        "promotion_copies",
        _draw("promotion_copies", "starts_at", "true"),
    ),
}
_SIZE = text("SELECT reltuples AS rows FROM pg_class WHERE oid = to_regclass(:table)")


class CopiedKeys:
    """The keys of the copies of one brand; `chance` shuffles what was drawn."""

    def __init__(self, store: Store, brand: str, chance: random.Random) -> None:
        self._store = store
        self._brand = brand
        self._chance = chance

    async def draw(self, channel: str, capability: Capability, wanted: int) -> Sequence[Drawn]:
        """At most so many keys of a channel, each once."""
        table, statement = _DRAWS[capability]
        (size,) = await self._store.rows(_SIZE, {"table": table})
        percent = _WHOLE * wanted * _MORE / max(size.rows, 1.0)
        found: list[Drawn] = []
        for more in _TRIES:
            asked = {
                "brand": self._brand,
                "channel": channel,
                "percent": min(_WHOLE, percent * more),
                "most": wanted * _MORE,
            }
            rows = await self._store.rows(statement, asked)
            found = [Drawn(row.key, row.at) for row in rows]
            if len(found) >= wanted or asked["percent"] == _WHOLE:
                break
        self._chance.shuffle(found)
        return found[:wanted]
