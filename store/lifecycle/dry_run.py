"""What other rules would change: everybody judged beside how she stands, and nothing written."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import text

from capabilities.lifecycle.judging import Judgement, judge, person_of
from capabilities.lifecycle.rules import Rules
from capabilities.lifecycle.stages import Stage
from capabilities.time import local_date
from store.lifecycle.people import Dossier, read_dossiers
from store.lifecycle.rules import LifecycleRules
from store.order.facts import OrderFacts
from store.owned import Owned

_AT_ONCE = 500
_EVERYBODY = text("""
  SELECT one_id FROM members WHERE brand = :brand AND one_id > :after
  ORDER BY one_id LIMIT :most
""")


class DryRun(Struct, frozen=True, kw_only=True):
    """The difference between the rules in force and others, as of today.

    `moves` counts people by the stage that they are in and the one they would be in; `touches` are
    those due to them from now on, by rule, under the rules in force and under the others.
    """

    people: int
    moves: Mapping[tuple[Stage, Stage], int]
    touches: Mapping[str, tuple[int, int]]


class DryRuns:
    """Dry runs of one brand; bounded reads, one after another."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._facts = OrderFacts(owned.store, owned.brand)
        self._people = 0
        self._moves: Counter[tuple[Stage, Stage]] = Counter()
        self._now: Counter[str] = Counter()
        self._then: Counter[str] = Counter()

    async def of(self, drafted: Rules) -> DryRun:
        """Judge everybody under both."""
        drafted.check()
        owned = self._owned
        rules = (await LifecycleRules(owned.store, owned.brand).current()).rules
        after: str | None = ""
        while after is not None:
            after = await self._batch(after, rules, drafted)
        names = sorted(self._now.keys() | self._then.keys())
        return DryRun(
            people=self._people,
            moves=dict(self._moves),
            touches={name: (self._now[name], self._then[name]) for name in names},
        )

    async def _batch(self, after: str, rules: Rules, drafted: Rules) -> str | None:
        owned = self._owned
        named = {"brand": owned.brand, "after": after, "most": _AT_ONCE}
        ids: list[str] = [row.one_id for row in await owned.store.rows(_EVERYBODY, named)]
        if not ids:
            return None
        asked = (self._facts, owned.brand, owned.zone, ids)
        for dossier in (await read_dossiers(owned.store.rows, *asked)).people:
            self._count(self._judged(dossier, rules), self._judged(dossier, drafted))
        return ids[-1]

    def _judged(self, dossier: Dossier, rules: Rules) -> Judgement:
        today = local_date(self._owned.now(), self._owned.zone)
        person = person_of(
            dossier.facts,
            dossier.memberships,
            rules,
            known_since=dossier.known_since,
            tier_since=dossier.before.tier_since or today,
        )
        return judge(person, rules, today)

    def _count(self, now: Judgement, then: Judgement) -> None:
        self._people += 1
        if now.now.stage is not then.now.stage:
            self._moves[now.now.stage, then.now.stage] += 1
        self._now.update(one.key.rule for one in now.touches)
        self._then.update(one.key.rule for one in then.touches)
