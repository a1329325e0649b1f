"""The review queue as people work on it: the likeliest pairs first, each judged once."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.member.merging import MergeDeclined
from capabilities.member.resolution import Evidence
from capabilities.member.review import (
    CandidateDecided,
    CandidateDeclined,
    CandidateState,
    MergeCandidate,
    Verdict,
)
from store.engine import Run, Store
from store.member.candidates import pair_of
from store.member.merge_records import Author
from store.member.merging import Merging

_COLUMNS = """
  SELECT c.id, c.score, c.evidence, c.state, c.found_at, c.decided_by, l.one_id AS left_id,
         r.one_id AS right_id, c.left_channel, c.left_number, c.right_channel, c.right_number,
         coalesce(c.score, -1) AS rank
  FROM merge_candidates c
  JOIN membership_links l
    ON l.brand = c.brand AND l.number = c.left_number AND l.channel = c.left_channel
  JOIN membership_links r
    ON r.brand = c.brand AND r.number = c.right_number AND r.channel = c.right_channel
  WHERE c.brand = :brand
"""
# Those who became one person meanwhile are no question any more.
_OPEN = "AND (c.state <> 'OPEN' OR l.one_id <> r.one_id)"
_PAGE = text(f"""{_COLUMNS} {_OPEN} AND c.state = :state
    AND (CAST(:least AS float8) IS NULL OR c.score >= :least)
    AND (CAST(:after_id AS text) IS NULL
         OR (-coalesce(c.score, -1), c.id) > (-CAST(:after_rank AS float8), :after_id))
  ORDER BY coalesce(c.score, -1) DESC, c.id LIMIT :most
""")
_COUNT = text(f"""SELECT count(*) AS pairs FROM ({_COLUMNS} {_OPEN} AND c.state = :state
  AND (CAST(:least AS float8) IS NULL OR c.score >= :least)) AS found""")  # noqa: S608 - constants
_ONE = text(_COLUMNS + " AND c.id = :id FOR UPDATE OF c")
_JUDGED = text("""
  UPDATE merge_candidates SET state = :state, decided_by = :by, decided_at = :at
  WHERE brand = :brand AND id = :id
""")

_STATES = {
    Verdict.ACCEPT: CandidateState.ACCEPTED,
    Verdict.REJECT: CandidateState.REJECTED,
    Verdict.NEVER: CandidateState.NEVER,
}


class Review:
    """The queue of one brand."""

    def __init__(self, store: Store, brand: str, merging: Merging) -> None:
        self._store = store
        self._brand = brand
        self._merging = merging

    async def page(
        self,
        state: CandidateState,
        most: int,
        *,
        least: float | None = None,
        after: tuple[float, str] | None = None,
    ) -> list[MergeCandidate]:
        """Pairs by score, then by id; those without a score come last."""
        rank, key = after or (None, None)
        named = {"state": state.value, "least": least, "after_rank": rank, "after_id": key}
        rows = await self._store.rows(_PAGE, {"brand": self._brand, "most": most, **named})
        return [self._candidate(row) for row in rows]

    async def count(self, state: CandidateState, least: float | None = None) -> int:
        """How many pairs there are."""
        named = {"brand": self._brand, "state": state.value, "least": least}
        rows = await self._store.rows(_COUNT, named)
        return int(rows[0].pairs)

    async def judge(
        self,
        run: Run,
        key: str,
        verdict: Verdict,
        author: Author,
        *,
        overrides: Collection[str] = (),
    ) -> CandidateDecided | CandidateDeclined | MergeDeclined:
        """Merge the two, or leave them; NEVER keeps them apart whatever they show later."""
        rows = await run(_ONE, {"brand": self._brand, "id": key})
        if not rows:
            return CandidateDeclined(code="CANDIDATE_UNKNOWN", path=("input", "candidate"))
        found = rows[0]
        if found.state != CandidateState.OPEN.value:
            return CandidateDeclined(code="CANDIDATE_JUDGED", path=("input", "candidate"))
        # First, for an open pair that a merge answers leaves the queue with it.
        await self._mark(run, key, _STATES[verdict], author)
        record = one_id = None
        if verdict is Verdict.ACCEPT:
            people = [found.left_id, found.right_id]
            done = await self._merging.merge(run, people, author, overrides=overrides)
            if isinstance(done, MergeDeclined):
                await self._mark(run, key, CandidateState.OPEN, None)
                return done
            record, one_id = done.record, done.one_id
        elif verdict is Verdict.NEVER:
            await self._merging.keep_apart(run, pair_of(found), author)
        state = _STATES[verdict]
        return CandidateDecided(
            brand=self._brand, key=key, state=state, record=record, one_id=one_id
        )

    async def _mark(self, run: Run, key: str, state: CandidateState, author: Author | None) -> None:
        by, at = (author.subject, author.at) if author else (None, None)
        await run(
            _JUDGED, {"brand": self._brand, "id": key, "state": state.value, "by": by, "at": at}
        )

    def _candidate(self, row: Row[Any]) -> MergeCandidate:
        return MergeCandidate(
            brand=self._brand,
            key=row.id,
            left=row.left_id,
            right=row.right_id,
            evidence=tuple(msgspec.convert(row.evidence, list[Evidence])),
            found_at=row.found_at,
            score=row.score,
            state=CandidateState(row.state),
            decided_by=row.decided_by,
        )
