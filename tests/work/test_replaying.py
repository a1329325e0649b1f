"""A confirmed write is told again: a system in which it counts twice is found out."""

import psycopg
import pytest

from capabilities.adoption.evidence import Fact
from capabilities.adoption.states import AdoptionState
from capabilities.errors import Refused
from capabilities.member.commands import CommandState
from store.engine import Store
from tests.migrated import migrated
from tests.store.adoption.conftest import Clock
from tests.store.member.taking import fresh_brand
from tests.work.dual import Both, Clerk, make_till, person, till_spec

S = AdoptionState
TWIN = """
  WITH twin AS (
    INSERT INTO ospos_people (first_name, last_name, phone_number, email, address_1, address_2,
      city, state, zip, country, comments)
    SELECT first_name, last_name, phone_number, email, '', '', '', '', '', '', ''
    FROM ospos_people WHERE person_id = 1 RETURNING person_id)
  INSERT INTO ospos_customers (person_id, date, employee_id)
  SELECT person_id, '2026-01-01', 1 FROM twin
"""
DOUBLING = {
    "points for every change": "UPDATE ospos_customers SET points = points + 10",
    "another customer": TWIN,
    "another mark": "UPDATE ospos_people SET comments = '[santong other]'",
    "a name that grows": "UPDATE ospos_people SET last_name = last_name || first_name",
}


class Till:
    """Both sides with a till whose second write under one reference does something more."""

    def __init__(self, both, dsn, clock):
        self.both, self.clerk, self.clock = both, Clerk(dsn), clock
        self.told, self.more, self.meanwhile = [], None, ()
        self._write = both.connector.write_membership
        both.connector.write_membership = self.write

    async def write(self, wish):
        again = wish.reference in self.told
        self.told.append(wish.reference)
        if again and self.more == "refuses":
            raise Refused("told already", source="till")
        number = await self._write(wish)
        self.clerk.change(self.meanwhile)
        if again and self.more is not None:
            with psycopg.connect(self.clerk.dsn, autocommit=True) as connection:
                connection.execute(self.more)
        return number

    async def written(self, email):
        self.clock.pass_by(seconds=1)
        await self.both.write("1", person(email=email))
        await self.both.relay.run()
        assert not await self.both.commands.listed([CommandState.QUEUED, CommandState.DEAD], 5)
        assert self.clerk.people()["1"][1] == email
        return (await self.both.evidence()).get(Fact.REPLAY_ACCEPTED)


@pytest.fixture
async def till(postgres, monkeypatch):
    monkeypatch.setenv("DUAL_PASSWORD", "trusted")
    store = Store.open(migrated(postgres, "replaying"), deadline_seconds=60)
    brand, clock = fresh_brand(), Clock()
    dsn = str(postgres.create_database(f"till_replay_{brand}"))
    make_till(dsn, 3)
    async with Both(store, brand, till_spec(dsn), clock=clock) as both:
        await both.sync()
        yield Till(both, dsn, clock)
    await store.aclose()


async def test_a_write_is_told_twice_where_the_next_step_asks_whether_that_is_harmless(till):
    assert await till.written("early@example.test") is None
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    till.clock.pass_by(seconds=11)
    proof = await till.written("first@example.test")
    assert (proof.value, proof.sample, proof.author) == (1, 1, "system:relay")
    assert [till.told.count(one) for one in dict.fromkeys(till.told)] == [1, 2]
    await till.written("soon@example.test")
    till.clock.pass_by(seconds=11)
    later = await till.written("later@example.test")
    assert [till.told.count(one) for one in dict.fromkeys(till.told)] == [1, 2, 1, 2]
    assert later.at > proof.at
    await till.both.stand(S.MIDDLE_OWNED)
    till.clock.pass_by(seconds=11)
    assert await till.written("owned@example.test") == later
    await till.both.settle()


@pytest.mark.parametrize("more", DOUBLING.values(), ids=DOUBLING)
async def test_a_system_in_which_it_counts_twice_is_found_out(till, more):
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    till.more = more
    assert (await till.written("first@example.test")).value == 0
    till.more = None
    till.clock.pass_by(seconds=11)
    assert (await till.written("second@example.test")).value == 1


@pytest.mark.parametrize(
    ("column", "there"), [("email", "clerk@example.test"), ("comments", "[santong another]")]
)
async def test_what_somebody_changed_there_meanwhile_is_not_written_over(till, column, there):
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    till.meanwhile = [("1", column, there)]
    await till.both.write("1", person(email="first@example.test"))
    await till.both.relay.run()
    assert there in till.clerk.people()["1"]
    assert len(till.told) == 1
    assert Fact.REPLAY_ACCEPTED not in await till.both.evidence()
    till.meanwhile = ()
    till.clock.pass_by(seconds=11)
    assert (await till.written("second@example.test")).value == 1


async def test_a_change_of_a_part_of_a_name_is_told_twice_as_well(till):
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    await till.both.write("1", person(given_name="大满"))
    await till.both.relay.run()
    assert till.clerk.people()["1"][2] == "林大满"
    assert (await till.both.evidence())[Fact.REPLAY_ACCEPTED].value == 1


async def test_a_system_that_refuses_what_it_has_takes_no_replay_and_loses_no_write(till):
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    till.more = "refuses"
    proof = await till.written("first@example.test")
    assert (proof.value, proof.query) == (0, "it refuses a write told again")


async def test_where_no_change_may_be_told_again_it_is_looked_up(till, monkeypatch):
    monkeypatch.setattr(till.both.connector, "repeats", lambda _kind: False, raising=False)
    await till.both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    assert await till.written("first@example.test") is None
    assert len(set(till.told)) == len(till.told) == 1
    await till.both.sync()
    await till.both.reconciling_by(till.clock).once("store")
    proof = (await till.both.evidence())[Fact.REPLAY_ACCEPTED]
    assert (proof.value, proof.sample) == (1, 1)
    assert "no change of its may be told again" in proof.query
