"""What a whole pass saw, as hashes of keys: so that an unchanged row costs no write of its own."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import text

from store.engine import Run

_HASH_BYTES = 8
_AT_ONCE = 20_000
# Missing once may be a page that moved under the reading; missing twice is gone.
_GONE_AFTER = 2

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


async def missing_in(run: Run, named: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(channel, key) of rows that are gone; a pass that saw nothing at all misses nothing."""
    seen = _sorted(row.hashes for row in await run(_SEEN, named))
    await sweep_in(run, named)
    if not seen:
        return []
    after = ""
    while known := await run(_KNOWN, {**named, "after": after, "most": _AT_ONCE}):
        after = known[-1].key
        counts = [(row.key, 0 if _has(seen, row.key) else row.missed + 1) for row in known]
        moved = [pair for pair, row in zip(counts, known, strict=True) if pair[1] != row.missed]
        if moved:
            keys, missed = zip(*moved, strict=True)
            await run(_COUNT, {**named, "keys": list(keys), "counts": list(missed)})
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
