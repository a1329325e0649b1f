"""The lifecycle in the store: people are judged anew when something changed, and by the day."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import text

from capabilities.events import Event, Topic
from capabilities.lifecycle.judging import judge, person_of
from capabilities.lifecycle.planning import replanned
from capabilities.member.consent import ConsentMedium, ConsentPurpose
from capabilities.time import local_date
from store.engine import Run
from store.lifecycle.people import Dossier, read_dossiers
from store.lifecycle.rules import LifecycleRules, RulesVersion
from store.lifecycle.touches import known_touches, lapse_touches, write_touches
from store.lifecycle.writing import Judged, forget_standings, write_standings
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.consents import Consents

TOPICS = (Topic.ORDER_CHANGED, Topic.MEMBER_CHANGED, Topic.CONSENT_CHANGED)
_AT_ONCE = 500

# Who the touches of these orders belong to, whoever holds the orders by now.
_TOUCHED = text("""
  SELECT DISTINCT t.one_id
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN lifecycle_touches t ON t.brand = :brand AND t.number = a.number AND t.channel = a.channel
""")
_BY_DAY = text("""
  SELECT one_id FROM lifecycle_standings
  WHERE brand = :brand AND next_change <= :today
  ORDER BY next_change, one_id LIMIT :most FOR UPDATE SKIP LOCKED
""")
_BY_RULES = text("""
  SELECT one_id FROM lifecycle_standings
  WHERE brand = :brand AND rule_version < :version
  ORDER BY rule_version, one_id LIMIT :most FOR UPDATE SKIP LOCKED
""")
_EVERYBODY = text("""
  SELECT one_id FROM members WHERE brand = :brand AND one_id > :after
  ORDER BY one_id LIMIT :most
""")


class Lifecycle:
    """The lifecycle of one brand's people; the clock is the platform's."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._rules = LifecycleRules(owned.store, owned.brand)
        self._facts = OrderFacts(owned.store, owned.brand)
        self._consents = Consents(owned.store, owned.brand)

    def today(self) -> date:
        """The local day of the platform's clock."""
        return local_date(self._owned.now(), self._owned.zone)

    async def follow(self, run: Run, events: Sequence[Event]) -> None:
        """Judge everybody anew whom these events concern; for a consumer of `TOPICS`."""
        orders = [one.subject for one in events if one.topic is Topic.ORDER_CHANGED]
        answered = {one.subject.key for one in events if one.topic is Topic.CONSENT_CHANGED}
        named = {one.subject.key for one in events if one.topic is not Topic.ORDER_CHANGED}
        keys = {
            "brand": self._owned.brand,
            "channels": [one.channel for one in orders],
            "numbers": [one.key for one in orders],
        }
        touched = {row.one_id for row in await run(_TOUCHED, keys)} if orders else set()
        holders = await self._facts.holders_in(run, orders)
        people = sorted(named | touched | set(holders))
        await self.judge_in(run, people, answered=sorted(answered))

    async def sweep(self) -> int:
        """Judge those whom time alone, or newer rules, have changed; how many they were.

        In batches of their own transactions, so that it may end anywhere and go on later; several
        processes share the work.
        """
        return await self._repeated(self._next_by_day) + await self._repeated(self._next_by_rules)

    async def lapse(self) -> int:
        """Cancel touches whose last day has passed."""

        async def batch(run: Run) -> int:
            at = self._owned.now()
            return await lapse_touches(run, self._owned.brand, self.today(), at, _AT_ONCE)

        return await self._repeated(batch)

    async def everybody(self, after: str = "") -> str | None:
        """Judge the next people by id; the last id, or None where there are no more."""

        async def batch(run: Run) -> str | None:
            named = {"brand": self._owned.brand, "after": after, "most": _AT_ONCE}
            people = [row.one_id for row in await run(_EVERYBODY, named)]
            await self.judge_in(run, people)
            return people[-1] if people else None

        return await self._owned.store.transaction(batch)

    async def judge_in(
        self, run: Run, one_ids: Sequence[str], *, answered: Sequence[str] = ()
    ) -> None:
        """Judge people anew in the caller's transaction; `answered` gave or withdrew a consent."""
        if not one_ids:
            return
        brand, zone, at = self._owned.brand, self._owned.zone, self._owned.now()
        rules, today = await self._rules.current_in(run), self.today()
        found = await read_dossiers(run, self._facts, brand, zone, one_ids)
        judged = [_judged(one, rules, today) for one in found.people]
        people = {one.one_id: one.judgement for one in judged} | dict.fromkeys(found.gone)
        ids = [*people, *found.merged]
        orders = {(fact.channel, fact.number) for one in found.people for fact in one.facts}
        known = await known_touches(run, brand, ids, sorted(orders))
        consent = await self._ways_left(answered, at)
        touches = replanned(people, known, today, consent=consent)
        await write_touches(run, brand, touches, at)
        await write_standings(run, brand, judged, rules.version, at)
        await forget_standings(run, brand, [*found.gone, *found.merged])

    async def _ways_left(self, one_ids: Sequence[str], at: datetime) -> Mapping[str, bool]:
        """Whether any medium is left by which each person may be written to."""
        left = dict.fromkeys(one_ids, False)
        for medium in ConsentMedium if one_ids else ():
            asked = (ConsentPurpose.MARKETING, medium, at)
            may = await self._consents.allowed(one_ids, *asked)
            left |= {one: True for one, so in zip(one_ids, may, strict=True) if so}
        return left

    async def _next_by_day(self, run: Run) -> int:
        named = {"brand": self._owned.brand, "today": self.today(), "most": _AT_ONCE}
        people = [row.one_id for row in await run(_BY_DAY, named)]
        await self.judge_in(run, people)
        return len(people)

    async def _next_by_rules(self, run: Run) -> int:
        version = (await self._rules.current_in(run)).version
        named = {"brand": self._owned.brand, "version": version, "most": _AT_ONCE}
        people = [row.one_id for row in await run(_BY_RULES, named)]
        await self.judge_in(run, people)
        return len(people)

    async def _repeated(self, batch: Callable[[Run], Awaitable[int]]) -> int:
        done = 0
        while count := await self._owned.store.transaction(batch):
            done += count
        return done


def _judged(dossier: Dossier, rules: RulesVersion, today: date) -> Judged:
    """A person judged; a top tier counts from the day on which it was first seen."""
    since = dossier.before.tier_since or today
    person = person_of(
        dossier.facts,
        dossier.memberships,
        rules.rules,
        known_since=dossier.known_since,
        tier_since=since,
    )
    return Judged(
        one_id=dossier.one_id,
        before=dossier.before,
        judgement=judge(person, rules.rules, today),
        tier_since=person.top_tier_since,
    )
