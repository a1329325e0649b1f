"""The sampler: cold records of both sides are compared, inside the agreement, whoever asks them."""

from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.defining import version_of
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.adoption.evidence import Fact
from capabilities.adoption.states import AdoptionState
from capabilities.errors import BadInput, Unavailable
from capabilities.estate import Capability
from capabilities.load import Cause, cause
from capabilities.money import Money
from capabilities.places import Place as EventPlace
from capabilities.schedule import Schedule
from connectors.basis import basis_of
from connectors.connector import digest_of, loaded
from store.adoption.comparison_reading import ComparisonReports
from store.adoption.differences import Differences
from store.adoption.evidence import EvidenceRows
from store.adoption.followed import opened_adoption
from store.adoption.standings import Standings
from store.engine import Store
from store.owned import Owned
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer
from tests.capabilities.adoption.pairs import chance_of
from tests.gateway.federation.adopting import (
    KEY,
    NOW,
    PROMOTION,
    Place,
    System,
    member,
    order,
    promotion,
)
from tests.migrated import migrated
from tests.store.adoption.conftest import to
from work.copied_sides import copies_of
from work.sampling import Sampling
from work.shadowing import Shadowing

MEMBER, ORDER = Capability.MEMBER, Capability.ORDER
_COMMAND = """
  INSERT INTO member_commands (brand, id, connector, channel, kind, number, one_id, state, unsure,
    attempts, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, 'woo', 'shop', 'UPDATE', '7', 'p7', 'UNKNOWN', true, 1, 'ada', now(), now(),
    now())
"""
_PASSED = """
  INSERT INTO sync_streams (brand, connector, capability, state, mapping, whole, read, changed,
    removed, unfit, began_at)
  VALUES (:brand, 'woo', 'member', 'DONE', '', false, 0, 0, 0, 0, :at)
  ON CONFLICT (brand, connector, capability) DO UPDATE SET began_at = excluded.began_at
"""
PEOPLE = range(1, 121)


class Legacy(System):
    """A system of the estate that remembers what it was asked for."""

    name = "woo"

    def __init__(self, spec):
        super().__init__()
        self.spec = spec
        self.causes = set()

    def _say(self, *question):
        self.causes.add(cause())
        super()._say(*question)


class Opening:
    """Opens the one system that there is."""

    def __init__(self, legacy):
        self.legacy = legacy

    @asynccontextmanager
    async def opened(self, _spec):
        yield self.legacy


class Shop:
    """A place of two sides, and the sampler over it."""

    def __init__(self, store):
        self.place = Place(store)
        self.spec = replace(self.place.connections[0].spec, system="woocommerce")
        self.legacy = Legacy(self.spec)
        self.waits = []
        self.owned = Owned(
            store=store,
            brand=self.place.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZoneInfo("Asia/Shanghai"),
            now=lambda: NOW,
        )
        self.sampling = Sampling(
            self.owned,
            Opening(self.legacy),
            copies_of(self.owned),
            7.0,
            chance=chance_of(1),
            wait=self._wait,
        )
        self.later = []

    async def _wait(self, seconds):
        self.waits.append(seconds)
        for happens in self.later:
            await happens()

    async def fill(self):
        self.legacy.members = {str(one): member(one) for one in PEOPLE}
        await self.place.copy(*self.legacy.members.values())

    async def run(self, keys=2_000, capability=MEMBER):
        return await self.sampling.run(self.spec, "shop", capability, keys)

    async def around(self, keys):
        return await self.sampling.run(self.spec, "shop", MEMBER, keys, around=True)

    async def report(self, capability=MEMBER):
        reports = ComparisonReports(self.owned.store, self.owned.brand)
        return await reports.of("shop", capability, NOW, 14)

    async def classes(self, capability=MEMBER):
        found = await self.report(capability)
        return {} if found is None else {one.klass: one.count for one in found.classes}


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "sampling")


@pytest.fixture
async def shop(database):
    store = Store.open(database, deadline_seconds=30)
    made = Shop(store)
    await made.fill()
    yield made
    await store.aclose()


async def test_records_that_nobody_asks_for_are_compared_on_both_sides(shop):
    done = await shop.run()
    assert (done.drawn, done.compared, done.against) == (len(PEOPLE), len(PEOPLE), 0)
    assert await shop.classes() == {DiffClass.EQUAL: len(PEOPLE)}
    assert shop.legacy.causes == {Cause.SHADOW}
    assert shop.waits == []


async def test_what_only_one_side_has_is_found_whichever_it_is(shop):
    shop.legacy.members["500"] = member(500)
    await shop.place.copy(member(600))
    assert (await shop.run()).against == 2
    assert await shop.classes() == {
        DiffClass.EQUAL: len(PEOPLE),
        DiffClass.MISSING: 1,
        DiffClass.EXTRA: 1,
    }


async def test_what_differs_is_looked_at_again_after_the_feeds_time(shop):
    shop.legacy.members["7"] = late = member(7, points=700)
    shop.legacy.members["8"] = member(8, points=800)

    async def feed():
        await shop.place.copy(late, at=NOW.replace(hour=13))

    shop.later.append(feed)
    await shop.run()
    assert await shop.classes() == {
        DiffClass.EQUAL: len(PEOPLE) - 2,
        DiffClass.LAG: 1,
        DiffClass.MISMATCH: 1,
    }
    assert shop.waits == [7.0]
    assert (await shop.report()).critical == 1


async def test_few_keys_of_many_are_drawn_and_other_ones_each_time(shop):
    asked = []
    for _ in range(6):
        shop.legacy.asked.clear()
        done = await shop.run(keys=20)
        assert done.drawn <= 20
        asked.append({k for q in shop.legacy.asked if q[0] == "memberships" for k in q[1:]})
    assert len(set().union(*asked)) > 40


async def test_orders_are_sampled_as_members_are(shop):
    shop.legacy.of_orders = {str(one): order(one, 1) for one in range(1, 61)}
    await shop.place.copied_channels("shop")
    await shop.place.copy(*[one for one in shop.legacy.of_orders.values() if one.number != "9"])
    await shop.run(capability=ORDER)
    assert await shop.classes(ORDER) == {DiffClass.EQUAL: 59, DiffClass.MISSING: 1}


async def test_a_defect_of_a_promotion_that_nobody_asks_for_is_found(shop):
    shop.legacy.offers = {str(one): promotion(one) for one in range(1, 41)}
    defect = {"9": promotion(9, amount=Money(1, "CNY")), "11": promotion(11, name="another")}
    copies = {**shop.legacy.offers, **defect}
    del copies["5"]
    await shop.place.copy(*copies.values(), promotion(50))
    done = await shop.run(capability=PROMOTION)
    assert (done.drawn, done.against) == (41, 4)
    assert await shop.classes(PROMOTION) == {
        DiffClass.EQUAL: 37,
        DiffClass.MISMATCH: 2,
        DiffClass.MISSING: 1,
        DiffClass.EXTRA: 1,
    }
    report = await shop.report(PROMOTION)
    found = {one.field for one in report.fields if one.mismatched}
    assert found - {WHOLE} == {"amount", "name"}
    assert report.critical == 1


async def test_who_was_erased_is_missing_nowhere(shop):
    stones = Tombstones.under(shop.owned.brand, shop.owned.key)
    shop.legacy.members["500"] = member(500)
    await shop.owned.store.rows(
        text(
            "INSERT INTO tombstones (brand, hash, kind, erased_at, generation) "
            "VALUES (:brand, :hash, 'MEMBERSHIP', now(), 0)"
        ),
        {"brand": shop.owned.brand, "hash": stones.membership("shop", "500")},
    )
    assert (await shop.run()).against == 0
    assert await shop.classes() == {DiffClass.EQUAL: len(PEOPLE)}


async def test_a_system_that_is_away_says_nothing_of_the_platform(shop):
    shop.legacy.error = Unavailable("away", source="woo")
    done = await shop.run()
    assert (done.compared, await shop.classes()) == (0, {})


@pytest.fixture
async def shadowing(shop):
    await Standings(shop.owned).move("shop", MEMBER, to(AdoptionState.SHADOW_READ))
    shop.legacy.digest = digest_of(loaded(shop.spec), shop.owned.zone)
    version = version_of(basis_of(shop.legacy, MEMBER))
    await shop.place.copied_channels("shop", capability=MEMBER, filled=True, version=version)
    specs = shop.specs = {(MEMBER, "shop"): shop.spec}
    async with opened_adoption(shop.owned) as adoption:
        made = Shadowing(
            shop.owned,
            adoption,
            shop.sampling,
            lambda capability, channel: specs.get((capability, channel)),
            loaded,
            50,
        )
        made.follow = adoption.refresh
        yield made


async def test_what_was_compared_is_evidence_for_the_gates(shop, shadowing):
    shop.legacy.members["7"] = member(7, points=700)
    done = await shadowing.sample_one("shop", MEMBER, 2_000)
    await shadowing.measure()
    known = await EvidenceRows(shop.owned.store, shop.owned.brand).of("shop", MEMBER)
    assert known[Fact.COMPARISONS].value == done.compared == done.drawn == 2_000, "it went around"
    # One of 120 is wrong, however often each of them was drawn.
    assert known[Fact.MISMATCH_CRITICAL].value == done.against
    assert known[Fact.MISMATCH_RATE].value == done.against / done.compared
    assert known[Fact.MISMATCH_RATE].value == pytest.approx(1 / len(PEOPLE), rel=0.3)
    assert known[Fact.MISMATCH_RATE].basis.mapping
    differences = Differences(shop.owned.store, shop.owned.brand)
    told = await differences.after("shop", MEMBER, EventPlace(0, 0, 0), 99)
    assert [one.field for one in told.differences] == ["points.available"], "it is told once"


@pytest.mark.parametrize("state", [AdoptionState.CANARY_READ, AdoptionState.MIDDLE_READ])
async def test_what_was_compared_under_another_definition_stands_until_reads_went_back(
    shop, shadowing, state
):
    rows = EvidenceRows(shop.owned.store, shop.owned.brand)
    await shadowing.measure()
    then = (await rows.of("shop", MEMBER))[Fact.COMPARISONS]
    old = replace(then, value=12_000, basis=replace(then.basis, mapping="another"))
    await rows.keep("shop", MEMBER, old)
    await Standings(shop.owned).move("shop", MEMBER, to(state))
    await shadowing.follow()
    await shadowing.measure()
    assert (await rows.of("shop", MEMBER))[Fact.COMPARISONS] == old
    await Standings(shop.owned).move("shop", MEMBER, to(AdoptionState.SHADOW_READ))
    await shadowing.follow()
    await shadowing.measure()
    assert (await rows.of("shop", MEMBER))[Fact.COMPARISONS] == then


async def test_the_chore_draws_from_every_pair_that_is_compared(shop, shadowing):
    await shadowing.sample()
    assert sum((await shop.classes()).values()) > 0
    assert {chore.name for chore in shadowing.chores} == {
        "sample_comparisons",
        "measure_comparisons",
        "forget_comparisons",
    }


async def test_what_is_not_compared_is_not_sampled(shop, shadowing):
    with pytest.raises(BadInput, match="FEDERATED_READ") as refused:
        await shadowing.sample_one("shop", ORDER, 10)
    assert refused.value.code == "ADOPTION_NOT_COMPARED"


async def test_a_copy_that_is_being_filled_is_not_compared(shop, shadowing):
    await shop.place.copied_channels("shop")
    await Standings(shop.owned).move("shop", ORDER, to(AdoptionState.SHADOW_READ))
    shop.specs[ORDER, "shop"] = shop.spec
    shop.legacy.of_orders = {"1": order(1, 1)}
    await shadowing.follow()
    with pytest.raises(BadInput, match="the copy is being filled"):
        await shadowing.sample_one("shop", ORDER, 10)
    await shadowing.sample()
    await shadowing.measure()
    assert await shop.classes(ORDER) == {}, "what was not copied yet is not missing"
    version = version_of(basis_of(shop.legacy, ORDER))
    await shop.place.copied_channels("shop", filled=True, version=version)
    await shop.place.copy(order(1, 1))
    await shadowing.follow()
    assert (await shadowing.sample_one("shop", ORDER, 1)).against == 0


async def test_what_another_definition_made_is_not_compared(shop, shadowing):
    shop.legacy.digest = "another"
    shop.legacy.members["7"] = member(7, points=700)
    with pytest.raises(BadInput, match="the copy is being filled"):
        await shadowing.sample_one("shop", MEMBER, 10)
    await shadowing.sample()
    assert await shop.classes() == {}


async def test_a_write_that_is_carried_out_is_no_difference(shop):
    """The system has it, and the platform follows when the command is confirmed."""
    shop.legacy.members["7"] = late = member(7, points=700)
    command = {"brand": shop.owned.brand, "id": f"write-{shop.owned.brand}"}
    await shop.owned.store.rows(text(_COMMAND), command)

    async def confirmed():
        if len(shop.waits) == 3:
            await shop.place.copy(late, at=NOW.replace(hour=13))

    shop.later.append(confirmed)
    assert (await shop.run()).against == 0
    assert await shop.classes() == {DiffClass.EQUAL: len(PEOPLE) - 1, DiffClass.LAG: 1}


async def test_a_change_that_the_next_pass_brings_is_no_difference(shop):
    """However long that takes: what stands is compared with what the feed has read."""
    each_minute = Schedule(cron="* * * * *", zone="UTC")
    shop.spec = shop.legacy.spec = replace(shop.spec, sync={MEMBER: each_minute})
    shop.legacy.members["7"] = late = member(7, points=700)
    passed = {"brand": shop.owned.brand, "at": NOW - timedelta(seconds=1)}
    await shop.owned.store.rows(text(_PASSED), passed)

    async def passes():
        if len(shop.waits) == 3:
            await shop.owned.store.rows(text(_PASSED), passed | {"at": NOW + timedelta(seconds=1)})
            await shop.place.copy(late, at=NOW.replace(hour=13))

    shop.later.append(passes)
    assert (await shop.run()).against == 0
    assert await shop.classes() == {DiffClass.EQUAL: len(PEOPLE) - 1, DiffClass.LAG: 1}


async def test_a_small_channel_is_drawn_around_until_enough_is_compared(shop):
    done = await shop.around(300)
    assert (done.drawn, done.compared, done.against) == (300, 300, 0)


async def test_where_very_much_differs_what_is_not_looked_at_again_is_not_counted(
    shop, monkeypatch
):
    """A feed that is late with everything is no proof against it."""
    monkeypatch.setattr("work.sampling._MOST_AGAIN", 20)
    shop.legacy.members = {str(one): member(one, points=700) for one in PEOPLE}

    async def passes():
        await shop.place.copy(*shop.legacy.members.values(), at=NOW.replace(hour=13))

    shop.later.append(passes)
    assert (await shop.run()).against == 0
    assert await shop.classes() == {DiffClass.LAG: 20}
