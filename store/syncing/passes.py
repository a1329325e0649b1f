"""What a whole pass saw, as hashes of keys: so that an unchanged row costs no write of its own."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import text

from capabilities.syncing import SyncVanished
from store.engine import Run

_HASH_BYTES = 8
_AT_ONCE = 20_000
# Missing once may be a page that moved under the reading; missing twice is gone.
_GONE_AFTER = 2
# Beyond a few, and beyond this part of what was known, the reading is doubted and not the rows.
_FEW = 20
MOST_VANISHED = 0.10

_SEE = text("""
  INSERT INTO sync_seen (brand, connector, capability, part, hashes)
  SELECT :brand, :connector, :capability, coalesce(max(part), 0) + 1, :hashes FROM sync_seen
  WHERE brand = :brand AND connector = :connector AND capability = :capability
""")
_SEEN = text("""
  SELECT hashes FROM sync_seen
  WHERE brand = :brand AND connector = :connector AND capability = :capability
""")
_SWEEP = text("""
  DELETE FROM sync_seen
  WHERE brand = :brand AND connector = :connector AND capability = :capability
""")
_KNOWN = text("""
  SELECT key, missed FROM sync_rows
  WHERE brand = :brand AND connector = :connector AND capability = :capability AND key > :after
  ORDER BY key LIMIT :most
""")
_COUNT = text("""
  UPDATE sync_rows r SET missed = a.missed
  FROM unnest(CAST(:keys AS text[]), CAST(:counts AS int[])) AS a (key, missed)
  WHERE r.brand = :brand AND r.connector = :connector AND r.capability = :capability
    AND r.key = a.key
""")
_FORGET = text("""
  DELETE FROM sync_rows
  WHERE brand = :brand AND connector = :connector AND capability = :capability
    AND missed >= :most RETURNING channel, key
""")
_LOSE = text("""
  DELETE FROM sync_rows
  WHERE brand = :brand AND connector = :connector AND capability = :capability
    AND key = ANY(CAST(:keys AS text[])) RETURNING channel, key
""")


def hashes_of(keys: Iterable[str]) -> bytes:
    """Hashes of keys, one behind the other."""
    return b"".join(_hash(key) for key in keys)


def _hash(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=_HASH_BYTES).digest()


async def see_in(run: Run, named: Mapping[str, Any], hashes: bytes) -> None:
    """Remember what a batch saw."""
    await run(_SEE, {**named, "hashes": hashes})


async def sweep_in(run: Run, named: Mapping[str, Any]) -> None:
    """Forget what the pass before saw."""
    await run(_SWEEP, named)


async def lose_in(run: Run, named: Mapping[str, Any], keys: Sequence[str]) -> list[tuple[str, str]]:
    """(channel, key) of those rows that were known: their system says that they are gone."""
    rows = await run(_LOSE, {**named, "keys": sorted(keys)})
    return [(row.channel, row.key) for row in rows]


async def missing_in(
    run: Run, named: Mapping[str, Any], *, believed: bool
) -> list[tuple[str, str]]:
    """(channel, key) of rows that are gone; a pass that saw nothing at all misses nothing.

    SyncVanished where a great part is missing, unless that is `believed`.
    """
    seen = _sorted(row.hashes for row in await run(_SEEN, named))
    await sweep_in(run, named)
    if not seen:
        return []
    vanished = total = 0
    after = ""
    while known := await run(_KNOWN, {**named, "after": after, "most": _AT_ONCE}):
        after = known[-1].key
        total += len(known)
        counts = [(row.key, 0 if _has(seen, row.key) else row.missed + 1) for row in known]
        vanished += sum(count > 0 for _, count in counts)
        moved = [pair for pair, row in zip(counts, known, strict=True) if pair[1] != row.missed]
        if moved:
            keys, missed = zip(*moved, strict=True)
            await run(_COUNT, {**named, "keys": list(keys), "counts": list(missed)})
    if not believed and vanished > max(_FEW, total * MOST_VANISHED):
        raise SyncVanished(f"{vanished:,} of {total:,} known rows are missing; nothing was ended")
    gone = await run(_FORGET, {**named, "most": _GONE_AFTER})
    return [(row.channel, row.key) for row in gone]


def _sorted(parts: Iterable[bytes]) -> Sequence[int]:
    found: array[int] = array("Q")
    for part in parts:
        found.frombytes(part)
    return array("Q", sorted(found))


def _has(seen: Sequence[int], key: str) -> bool:
    (number,) = array("Q", _hash(key))
    place = bisect_left(seen, number)
    return place < len(seen) and seen[place] == number
