"""Channels whose records are copied whole: begun when one is adopted, filled by the next pass.

Rows that did not change are not taken again by a pass. Where a channel begins, or another
definition of its connector comes into force, what is remembered of its rows is forgotten, so that
the next pass takes every one of them.

A copy stands under the definition of the connector by which it was made, and only from the pass on
that began after it was adopted: an older one differs, and nothing of that says what is wrong.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.estate import Capability
from store.engine import Row, Run, Store
from store.versions import ADOPTION, raise_version

_COPIED = text("""
  SELECT channel FROM copied_channels WHERE brand = :brand AND capability = :capability
""")
_ALL = text("SELECT * FROM copied_channels WHERE brand = :brand ORDER BY capability, channel")
_BEGIN = text("""
  INSERT INTO copied_channels (brand, capability, channel, begun_at, version)
  SELECT :brand, :capability, a.channel, clock_timestamp(), :version
  FROM unnest(CAST(:channels AS text[])) AS a (channel)
  ON CONFLICT DO NOTHING RETURNING channel
""")
_OTHERWISE = text("""
  UPDATE copied_channels
  SET version = :version, begun_at = clock_timestamp(), filled_at = NULL
  WHERE brand = :brand AND capability = :capability AND version IS DISTINCT FROM :version
    AND channel = ANY(CAST(:channels AS text[]))
  RETURNING channel
""")
_UNFILLED = text("""
  UPDATE copied_channels SET begun_at = clock_timestamp(), filled_at = NULL
  WHERE brand = :brand AND capability = :capability AND channel = :channel
""")
_AGAIN = text("""
  UPDATE sync_rows SET digest = ''
  WHERE brand = :brand AND connector = :connector AND capability = :capability
    AND channel = ANY(CAST(:begun AS text[]))
""")
_FILLED = text("""
  UPDATE copied_channels SET filled_at = clock_timestamp()
  WHERE brand = :brand AND capability = :capability AND filled_at IS NULL
    AND channel = ANY(CAST(:channels AS text[])) AND begun_at <= :began_at
  RETURNING channel
""")
_END = text("""
  DELETE FROM copied_channels
  WHERE brand = :brand AND capability = :capability AND channel = ANY(CAST(:ended AS text[]))
  RETURNING channel
""")
_ONE = text("""
  SELECT * FROM copied_channels
  WHERE brand = :brand AND capability = :capability AND channel = :channel
""")
_CLEAR = text("""
  DELETE FROM order_copies WHERE ctid = ANY(ARRAY(
    SELECT o.ctid FROM order_copies o
    WHERE o.brand = :brand AND o.channel = ANY(CAST(:ended AS text[])) LIMIT 5000)) RETURNING 1
""")


class CopiedChannel(Struct, frozen=True):
    """A channel of which records are copied; not `filled_at` all at once before the first pass.

    `version` names the definition of the connector that it is copied under.
    """

    capability: Capability
    channel: str
    begun_at: datetime
    filled_at: datetime | None
    version: str | None = None

    @property
    def made_under(self) -> str | None:
        """The definition that the whole copy was made under; None while it is being filled."""
        return None if self.filled_at is None else self.version or ""


async def copied_in(run: Run, brand: str, capability: Capability) -> frozenset[str]:
    """The channels of which records are copied, as a transaction sees them."""
    rows = await run(_COPIED, {"brand": brand, "capability": capability.value})
    return frozenset(row.channel for row in rows)


async def begin_in(
    run: Run, named: Mapping[str, Any], channels: Sequence[str], version: str
) -> bool:
    """Have records of channels copied from now on; whether the stream must read all of them anew.

    `named` is the stream; whoever asks holds it locked, and nobody runs it. What was copied under
    another definition of its connector than `version` is begun anew: a pass over what changed
    would leave rows in it that the other one made, or that are of another installation.
    """
    if not channels:
        return False
    asked = {**named, "channels": list(channels), "version": version}
    begun = [row.channel for row in await run(_BEGIN, asked)]
    otherwise = [row.channel for row in await run(_OTHERWISE, asked)]
    if otherwise:
        await raise_version(run, named["brand"], ADOPTION)
        begun += otherwise
    if begun:
        await run(_AGAIN, {**named, "begun": begun})
    return bool(begun)


async def filled_in(
    run: Run, named: Mapping[str, Any], channels: Sequence[str], began_at: datetime
) -> None:
    """A pass that began at a moment has read everything: copies that were begun before stand.

    Every process is told, for it may be compared from now on.
    """
    if await run(_FILLED, {**named, "channels": list(channels), "began_at": began_at}):
        await raise_version(run, named["brand"], ADOPTION)


async def unfilled_in(run: Run, brand: str, capability: Capability, channel: str) -> None:
    """A channel that is adopted anew: what came of its copy so far was nobody's concern."""
    await run(_UNFILLED, {"brand": brand, "capability": capability.value, "channel": channel})


async def stands_in(
    run: Run, brand: str, capability: Capability, channel: str
) -> CopiedChannel | None:
    """How the copy of a channel stands; None where none was begun."""
    named = {"brand": brand, "capability": capability.value, "channel": channel}
    rows = await run(_ONE, named)
    return _copied(rows[0]) if rows else None


class CopiedChannels:
    """The channels of one brand whose records are copied."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def all(self) -> Sequence[CopiedChannel]:
        """Every one of them."""
        rows = await self._store.rows(_ALL, {"brand": self._brand})
        return [_copied(row) for row in rows]

    async def end(self, capability: Capability, channels: Sequence[str]) -> None:
        """Copy nothing more of these channels, and forget what was copied of their orders."""
        named = {"brand": self._brand, "capability": capability.value, "ended": list(channels)}

        async def work(run: Run) -> None:
            if await run(_END, named):
                await raise_version(run, self._brand, ADOPTION)

        await self._store.transaction(work)
        while capability is Capability.ORDER and await self._store.rows(_CLEAR, named):
            pass


def _copied(row: Row) -> CopiedChannel:
    return CopiedChannel(
        Capability(row.capability), row.channel, row.begun_at, row.filled_at, row.version
    )
