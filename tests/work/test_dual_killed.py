"""Gateways, workers, steps and PostgreSQL that die in every state: no answered write is lost.

The suite walks once up, with a halt, a way back and the end. `make dual-writes` walks every legal
step between any two states, and prints what died where.
"""

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import text

from capabilities.adoption.cohort import ALL
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Side
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.syncing import SyncBusy
from store.adoption.leaders import counted
from store.engine import Store
from store.migrate import upgrade
from tests.store.member.taking import fresh_brand
from tests.work.adoption_walk import START, Place, all_steps, walk
from tests.work.crowd import GATEWAY, WORKER, Crowd, Ground
from tests.work.dual import CHANNEL, Both, Clerk, everybody, make_till, till_spec
from tests.work.dual_child import JOURNAL, PEOPLE

S = AdoptionState
pytestmark = pytest.mark.timeout(3600)
MOVER, POSTGRES = "step", "PostgreSQL"
KINDS = (GATEWAY, WORKER, MOVER, POSTGRES)
# Times the whole walk is gone; none is the short one.
ROUNDS = int(os.environ.get("DUAL_ROUNDS", "0"))
_LONGEST_PAUSE = 0.2
# The share of steps on a way that was gone before in which something dies once more.
_AGAIN = 0.25
_HALF = ALL // 2


def _stood(state, points=0):
    return Place(state, state, points)


SHORT = (
    START,
    *(_stood(one) for one in (S.SHADOW_READ, S.CANARY_READ, S.MIDDLE_READ)),
    *(_stood(S.DUAL_WRITE_LEGACY_LEAD), _stood(S.DUAL_WRITE_MIDDLE_LEAD)),
    *(_stood(S.DUAL_WRITE_MIDDLE_LEAD, _HALF), _stood(S.DUAL_WRITE_MIDDLE_LEAD, ALL)),
    Place(S.HALTED, S.DUAL_WRITE_MIDDLE_LEAD, ALL),
    *(_stood(S.DUAL_WRITE_MIDDLE_LEAD, ALL), _stood(S.DUAL_WRITE_LEGACY_LEAD)),
    *(_stood(S.DUAL_WRITE_MIDDLE_LEAD, one) for one in (0, ALL)),
    *(_stood(S.MIDDLE_OWNED), _stood(S.LEGACY_RETIRED)),
)


@pytest.fixture
def ground(tmp_path):
    found = Ground(tmp_path / "pg")
    yield found
    found.close()


def test_the_walk_is_of_every_legal_step_and_one_follows_the_other():
    way = walk()
    assert set(way) == all_steps()
    assert {place.state for step in way for place in step} == set(AdoptionState)
    assert all(one[1] == following[0] for one, following in pairwise(way))
    assert (way[0][0], way[-1][1].state) == (START, S.LEGACY_RETIRED)


@pytest.mark.parametrize("_turn", range(max(ROUNDS, 1)))
def test_deaths_on_the_way_lose_no_answered_write(_turn, ground, postgres, tmp_path, capsys):
    walked = Walked(ground, postgres, tmp_path)
    if ROUNDS == 0:
        walked.go(list(pairwise(SHORT)), {3: POSTGRES, 11: POSTGRES})
        assert sum(walked.deaths.values()) >= len(SHORT)
        assert walked.deaths[POSTGRES] == 2
        return
    walked.go(walk())
    with capsys.disabled():
        print(walked.told())  # noqa: T201 - what the target is for
    assert set(walked.taken) == all_steps()


class Walked:
    """One walk of a new brand and its till, and what it came to."""

    def __init__(self, ground, postgres, home):
        self.ground, self.brand = ground, fresh_brand()
        self.till = str(postgres.create_database(f"till_{self.brand}_{home.name[-8:]}"))
        self.answered = home / f"answered_{self.brand}"
        self.luck = random.Random(20261127)  # noqa: S311 - whom it hits
        self.taken, self.deaths, self.at = Counter(), Counter(), defaultdict(Counter)
        self.writes = 0

    def go(self, steps, blows=None):
        """Take the steps among deaths; `blows` names one for some of them, else all of any kind."""
        os.environ["DUAL_PASSWORD"] = "trusted"
        make_till(self.till, PEOPLE)
        self.database = self.ground.postgres.create_database("dual_killed")
        upgrade(self.database)
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(JOURNAL)
        asyncio.run(self._begun())
        *before, last = steps
        self._walk(before, blows)
        retired = asyncio.run(self._even())
        self._walk([last], blows)
        asyncio.run(self._ended(retired))

    def _walk(self, steps, blows):
        """Take some steps: everything dies in one that is new, at times one thing in others."""
        crowd = Crowd(self.database, self.till, self.brand, str(self.answered))
        try:
            for step in steps:
                named = None if blows is None else blows.get(len(self.taken))
                self._take(crowd, step, self._kinds(step, named, few=blows is not None))
        finally:
            crowd.end()

    def _kinds(self, step, named, *, few):
        kinds = list(KINDS)
        if few:
            kinds = [MOVER, self.luck.choice((GATEWAY, WORKER))] if named is None else [named]
        elif self.taken[step]:
            kinds = (
                [self.luck.choice((GATEWAY, WORKER, MOVER))] if self.luck.random() < _AGAIN else []
            )
        self.luck.shuffle(kinds)
        return kinds

    def _take(self, crowd, step, kinds):
        to = step[1]
        self.taken[step] += 1
        words = f"move {self.taken.total()} {to.state.value} {to.lead.value} {to.points}"
        crowd.begin(words)
        for kind in kinds:
            time.sleep(self.luck.uniform(0, _LONGEST_PAUSE))
            if self._hit(crowd, kind):
                self.deaths[kind] += 1
                self.at[step][kind] += 1
        crowd.finish(words)

    def _hit(self, crowd, kind):
        if kind == POSTGRES:
            self.ground.stop_at_once()
        elif kind == MOVER:
            return crowd.kill_mover()
        else:
            crowd.kill_one(kind, self.luck)
        return True

    async def _begun(self):
        async with self._opened() as both:
            await both.sync()

    async def _even(self):
        """What was written is on both sides, and they are equal; the last values by number."""
        async with self._opened() as both:
            await _quiet(both)
            last = await self._checked(both)
            there = Clerk(self.till).people()
            assert {number: there[number][1] for number in last} == last
            drift = await both.reconciling.once(CHANNEL)
            assert (drift.total, drift.in_flight) == (0, 0)
            return last

    async def _ended(self, before):
        """Whoever is retired is told of nothing that came behind, and of all that came before."""
        async with self._opened() as both:
            await _quiet(both)
            await self._checked(both)
            retired = (await both.standings.current()).of(Capability.MEMBER, CHANNEL)
            rows = await self._journal(both)
            told = {row.number: row.value for row in rows if row.version < retired.version}
            there = Clerk(self.till).people()
            assert {number: there[number][1] for number in told} == {**before, **told}

    async def _checked(self, both):
        """Every answered write is in the journal, went by the one leader, and the last one stands.

        A write below SHADOW_READ is its system's whatever step comes next, and waits for none; a
        halt, which changes no leader, waits for no write.
        """
        rows, stood = await self._journal(both), await _history(both)
        answered = self.answered.read_text().split()
        self.writes = len(answered)
        assert len(answered) > len(self.taken)
        assert set(answered) <= {row.value for row in rows}
        led = _led_since(stood)
        remembered = [led[row.version] for row in rows if counted(stood[row.version])]
        assert remembered == sorted(remembered)
        holders = await _holders(both)
        for row in rows:
            leads = stood[row.version].writes(holders[row.number]) is Side.PLATFORM
            assert row.led == ("DONE" if leads else "QUEUED"), stood[row.version]
        last = {row.number: row.value for row in rows}
        here = await everybody(both, list(last))
        assert {number: one[1] for number, one in here.items()} == last
        return last

    async def _journal(self, both):
        statement = "SELECT * FROM journal WHERE brand = :brand ORDER BY place"
        return await both.store.rows(text(statement), {"brand": self.brand})

    def _opened(self):
        return _Opened(self.database, self.brand, self.till)

    def told(self):
        """A table of every step: how often it was taken, and what died meanwhile."""
        lines = [f"{'step':<100} taken  " + "  ".join(f"{kind:>10}" for kind in KINDS)]
        for step in sorted(self.taken, key=lambda one: [str(place) for place in one]):
            dead = "  ".join(f"{self.at[step][kind]:>10}" for kind in KINDS)
            lines.append(f"{' -> '.join(map(str, step)):<100} {self.taken[step]:>5}  {dead}")
        places = {str(place) for step in self.taken for place in step}
        deaths = ", ".join(f"{kind} {self.deaths[kind]:,}" for kind in KINDS)
        lines.append(
            f"{len(places)} places, {len(self.taken)} steps, taken {self.taken.total():,} times; "
            f"died: {deaths}; {self.writes:,} writes answered, none lost"
        )
        return "\n" + "\n".join(lines)


class _Opened:
    """Both sides, as the test looks at them."""

    def __init__(self, database, brand, till):
        self._named = database, brand, till

    async def __aenter__(self):
        database, brand, till = self._named
        self._store = Store.open(database, deadline_seconds=60)
        self._both = Both(self._store, brand, till_spec(till))
        return await self._both.__aenter__()

    async def __aexit__(self, *given):
        await self._both.__aexit__(*given)
        await self._store.aclose()


async def _quiet(both):
    """Whatever those who died had begun ends, once their leases are over."""
    until = time.monotonic() + 180
    while True:
        assert time.monotonic() < until
        try:
            await both.relay.run()
            await both.sync()
            if not await both.outbox.all():
                break
        except (StoreUnavailable, SyncBusy):
            pass  # it recovers, and the turn of who died comes to its end
        await asyncio.sleep(0.1)
    await both.settle(most=200)


async def _history(both):
    """How the pair stood at each version."""
    steps = await both.standings.history(CHANNEL, Capability.MEMBER, 100_000)
    found = {
        one.version: Standing(
            channel=CHANNEL,
            capability=Capability.MEMBER,
            state=one.state,
            from_state=one.from_state,
            write_points=one.write_points,
        )
        for one in steps
    }
    return {0: Standing(channel=CHANNEL, capability=Capability.MEMBER, state=START.state), **found}


def _led_since(stood):
    """By version, the one since which every write goes the same way."""
    found, since = {}, 0
    for version in sorted(stood):
        since = since if stood[version].led_as(stood[since]) else version
        found[version] = since
    return found


async def _holders(both):
    statement = "SELECT number, one_id FROM membership_links WHERE brand = :brand"
    rows = await both.store.rows(text(statement), {"brand": both.brand})
    return {row.number: row.one_id for row in rows}
