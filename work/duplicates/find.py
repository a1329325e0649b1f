"""One search for likely duplicates: everybody compared, the pairs put where people judge them."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct

from capabilities.member.claims import Key
from capabilities.member.resolution import Candidate, Evidence, Pair, ordered
from store.member.lookalikes import Lookalike, Lookalikes
from store.owned import Owned
from work.duplicates.scoring import Compared, ScoredPair, scored

LEAST_SCORE = 0.9


class Found(Struct, frozen=True):
    """How many memberships were compared, and how many pairs of people look like one."""

    compared: int
    pairs: int


async def find_duplicates(
    owned: Owned,
    least: float = LEAST_SCORE,
    read: Callable[[int, int], None] = lambda _done, _of: None,
) -> Found:
    """Compare all memberships and fill the review queue; nobody is joined.

    `read` is told how many were read, of how many.
    """
    lookalikes, at = Lookalikes(owned), owned.now()
    whole, people = await lookalikes.count(), []
    async for page in lookalikes.pages():
        people += page
        read(len(people), whole)
    compared = [_compared(place, one) for place, one in enumerate(people)]
    pairs = await asyncio.to_thread(scored, compared, least)
    candidates = _of_people(people, pairs, await lookalikes.judged())
    await lookalikes.put(candidates, at)
    return Found(len(people), len(candidates))


def _compared(place: int, one: Lookalike) -> Compared:
    return Compared(
        ref=str(place),
        name=one.name,
        phone=one.phone,
        email=one.email,
        birthday=one.birthday,
        store=one.store,
    )


def _of_people(
    people: Sequence[Lookalike], pairs: Sequence[ScoredPair], judged: Sequence[Pair]
) -> list[tuple[Candidate, float | None]]:
    """For each two people what their likeliest memberships say, under the first of each.

    One person is no pair, nor are two of whom somebody has said that they are two.
    """
    holders = {one.key: one.one_id for one in people}
    apart = {frozenset((holders.get(one), holders.get(other))) for one, other in judged}
    firsts: dict[str, Key] = {}
    for one in people:
        firsts[one.one_id] = min(one.key, firsts.get(one.one_id, one.key))
    best: dict[frozenset[str], tuple[Candidate, float | None]] = {}
    for pair in pairs:
        left, right = people[int(pair.left)], people[int(pair.right)]
        two = frozenset((left.one_id, right.one_id))
        if len(two) > 1 and two not in best and two not in apart:
            first, second = ordered(firsts[left.one_id], firsts[right.one_id])
            best[two] = Candidate(first, second, _evidence(pair)), pair.score
    return list(best.values())


def _evidence(pair: ScoredPair) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(one.agreement, one.field.upper(), "", one.weight) for one in pair.evidence
    )
