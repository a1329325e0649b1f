"""The review queue as rules fill it: one row for two people whom only a person can judge."""

from base64 import b32encode
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text

from capabilities.member.claims import Key
from capabilities.member.person import keyed_hash
from capabilities.member.resolution import Candidate, Pair
from store.engine import Run
from store.member.components import Component, columns_of

OPEN, ACCEPTED, REJECTED, NEVER = "OPEN", "ACCEPTED", "REJECTED", "NEVER"
_ID_BYTES = 15

# What rules no longer find is no question any more; what was scored or decided stays.
_SETTLED = text("""
  WITH asked AS (
    SELECT a.number, a.channel
    FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  ), found AS (
    SELECT c.id FROM asked a JOIN merge_candidates c
      ON c.brand = :brand AND c.left_number = a.number AND c.left_channel = a.channel
    UNION
    SELECT c.id FROM asked a JOIN merge_candidates c
      ON c.brand = :brand AND c.right_number = a.number AND c.right_channel = a.channel
  )
  DELETE FROM merge_candidates c USING found f
  WHERE c.brand = :brand AND c.id = f.id AND c.state = 'OPEN' AND c.score IS NULL
    AND c.id <> ALL(CAST(:ids AS text[]))
""")
_QUEUE = text("""
  INSERT INTO merge_candidates AS old (brand, left_number, left_channel, right_number,
    right_channel, id, score, evidence, state, found_at)
  SELECT :brand, a.left_number, a.left_channel, a.right_number, a.right_channel, a.id, a.score,
         CAST(a.evidence AS jsonb), 'OPEN', :at
  FROM unnest(CAST(:left_numbers AS text[]), CAST(:left_channels AS text[]),
              CAST(:right_numbers AS text[]), CAST(:right_channels AS text[]),
              CAST(:ids AS text[]), CAST(:scores AS float8[]), CAST(:evidence AS text[]))
       AS a (left_number, left_channel, right_number, right_channel, id, score, evidence)
  ON CONFLICT (brand, left_number, left_channel, right_number, right_channel) DO UPDATE
  SET evidence = excluded.evidence, score = coalesce(excluded.score, old.score)
  WHERE old.state = 'OPEN' AND (excluded.score IS NOT NULL OR old.score IS NULL)
    AND (old.evidence, old.score) IS DISTINCT FROM (excluded.evidence, excluded.score)
""")


def candidate_id(key: bytes, pair: Pair) -> str:
    """The name of a pair in the queue, the same whenever it comes up."""
    (left_channel, left), (right_channel, right) = pair
    digest = keyed_hash(key, "candidate", left_channel, left, right_channel, right)
    return b32encode(digest[:_ID_BYTES]).decode().lower()


async def queue_candidates(
    run: Run,
    brand: str,
    name: Callable[[Pair], str],
    component: Component,
    found: Sequence[Candidate],
    at: datetime,
) -> None:
    """Bring the queue in line with what rules found in whole components."""
    if component.former:
        ids = [name((one.left, one.right)) for one in found]
        await run(_SETTLED, {"brand": brand, "ids": ids, **columns_of(component.former)})
    await put_candidates(run, brand, name, [(one, None) for one in found], at)


async def put_candidates(
    run: Run,
    brand: str,
    name: Callable[[Pair], str],
    found: Sequence[tuple[Candidate, float | None]],
    at: datetime,
) -> None:
    """Put pairs into the queue, with a score where a model gave one; decided ones stay decided."""
    if not found:
        return
    lefts = columns_of(one.left for one, _ in found)
    rights = columns_of(one.right for one, _ in found)
    rows = {
        "left_numbers": lefts["numbers"],
        "left_channels": lefts["channels"],
        "right_numbers": rights["numbers"],
        "right_channels": rights["channels"],
        "ids": [name((one.left, one.right)) for one, _ in found],
        "scores": [score for _, score in found],
        "evidence": [msgspec.json.encode(one.evidence).decode() for one, _ in found],
    }
    await run(_QUEUE, {"brand": brand, "at": at, **rows})


def pair_of(row: object) -> tuple[Key, Key]:
    """The two memberships of a row of the queue."""
    return (
        (row.left_channel, row.left_number),  # type: ignore[attr-defined]
        (row.right_channel, row.right_number),  # type: ignore[attr-defined]
    )
