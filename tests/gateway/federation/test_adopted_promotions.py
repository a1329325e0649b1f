"""Promotions while their system is being adopted: half-read lists, keys, and who answers them."""

import asyncio
from enum import Enum
from itertools import pairwise

import pytest
from msgspec.structs import replace

from capabilities.adoption.cohort import Cohorts, within
from capabilities.adoption.states import Side
from capabilities.caller import Role
from capabilities.errors import Unavailable
from capabilities.page import ConnectionArgs, Policy
from capabilities.promotion.records import PromotionFilter, PromotionStatus
from capabilities.sources import SourceStatus
from store.engine import Store
from tests.gateway.federation.adopting import NOW, PROMOTION, Place, S, plain, promotion
from tests.migrated import migrated

OFFERS, OF_TILLS, PAGE = 60, 20, 16
ALL = PromotionFilter()


class _Word(Enum):
    """A status of another version."""

    NEW = "OF_NEXT_YEAR"


FIRST = ConnectionArgs(first=100)
UP = (
    (S.UNREGISTERED, 0),
    (S.REGISTERED, 0),
    (S.CONTRACT_OK, 0),
    (S.FEDERATED_READ, 0),
    (S.SHADOW_READ, 0),
    (S.CANARY_READ, 0),
    (S.CANARY_READ, 2_500),
    (S.CANARY_READ, 10_000),
    (S.MIDDLE_READ, 10_000),
)
STAYS, HALTED = (S.STAYS_LEGACY, 0), (S.HALTED, 10_000)
STEPS = [
    *pairwise(UP),
    *((late, early) for early, late in pairwise(UP)),
    (UP[-1], (S.FEDERATED_READ, 0)),
    (UP[-1], HALTED),
    ((S.FEDERATED_READ, 0), STAYS),
]


def name_of(step):
    return f"{step[0].value}-{step[1]}"


def offers():
    return [promotion(n) for n in range(1, OFFERS + 1)]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "adopted_promotions")


async def fill(database):
    """A brand whose shop's promotions are copied."""
    store = Store.open(database, deadline_seconds=30)
    place = Place(store)
    await place.copy(*offers())
    await store.aclose()
    return place.brand


@pytest.fixture(scope="module")
def brand(database):
    return asyncio.run(fill(database))


@pytest.fixture
async def place(database, brand):
    store = Store.open(database, deadline_seconds=30)
    made = Place(store, brand=brand)
    made.shop.offers = {one.key: one for one in offers()}
    tills = [promotion(n, "store", "pos") for n in range(1, OF_TILLS + 1)]
    made.tills.offers = {one.key: one for one in tills}
    yield made
    made.abandon()
    await store.aclose()


def put(place, step, **more):
    state, points = step
    from_state = S.MIDDLE_READ if state is S.HALTED else None
    place.stand(state, PROMOTION, read_points=points, from_state=from_state, **more)


async def walked(place, policy, *, backward, between):
    """The ids of a whole walk; `between` happens when half of it is read."""
    found, cursor = [], None
    while True:
        ends = {"last": PAGE, "first": None, "before": cursor} if backward else {"after": cursor}
        args = ConnectionArgs(**{"first": PAGE, **ends}, policy=policy)
        got = await place.request(role=Role.ADMIN).listings.promotions(ALL, args)
        assert all(one.complete for one in got.sources)
        assert not any(edge.late for edge in got.edges)
        ids = [edge.node.id for edge in got.edges]
        found = ids + found if backward else found + ids
        info = got.page_info
        if not (info.has_previous_page if backward else info.has_next_page):
            return found
        cursor = info.start_cursor if backward else info.end_cursor
        if len(found) == 2 * PAGE:
            between()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: ">".join(map(name_of, step)))
async def test_a_half_read_list_goes_on_and_every_id_stays(place, step):
    before, behind = step
    every = (*place.shop.offers.values(), *place.tills.offers.values())
    ids = [one.id for one in sorted(every, key=lambda one: one.sort_key.rank)]
    for policy, backward in ((Policy.BEST_EFFORT, False), (Policy.REQUIRE_ALL, True)):
        put(place, before)
        found = await walked(place, policy, backward=backward, between=lambda: put(place, behind))
        assert found == ids


@pytest.mark.parametrize("step", [*UP, STAYS, HALTED], ids=name_of)
async def test_every_promotion_is_the_same_by_its_key_and_from_the_side_of_its_key(place, step):
    put(place, step)
    found = await place.request(role=Role.ADMIN).promotions(*place.shop.offers)
    assert [plain(one) for one in found] == [plain(one) for one in place.shop.offers.values()]
    copied = {one.key for one in found if one.source.copied}
    points = 0 if step is HALTED else step[1]  # a halt asks who leads, and that is the system
    assert copied == {key for key in place.shop.offers if within(PROMOTION, f"shop:{key}", points)}
    if step[1] == 2_500:
        assert 0 < len(copied) < OFFERS


async def test_the_promotions_of_a_list_and_testers_go_first(place):
    put(place, (S.CANARY_READ, 0), cohorts=Cohorts(members=frozenset({"shop:7"})))
    found = await place.request().promotions(7, 8)
    assert [one.source.answered_by for one in found] == ["platform", "woo"]
    put(place, (S.CANARY_READ, 0), cohorts=Cohorts(labels=frozenset({"qa"})))
    found = await place.request(labels=frozenset({"qa"})).promotions(7, 8)
    assert [one.source.answered_by for one in found] == ["platform", "platform"]


async def test_a_list_is_one_sides_and_its_filter_holds_on_both(place):
    ended = PromotionFilter(statuses=frozenset({PromotionStatus.ENDED}))
    keys = [key for key in place.shop.offers if int(key) % 4 == 0]
    for step, by in ((UP[6], "woo"), (UP[-1], "platform")):
        put(place, step)
        page = await place.request().listings.promotions(ended, FIRST)
        of_shop = [one for one in page.nodes if one.channel == "shop"]
        assert {one.source.answered_by for one in of_shop} == {by}
        assert sorted(one.key for one in of_shop) == sorted(keys)


async def test_what_the_copy_lacks_its_system_answers(place):
    put(place, UP[-1])
    place.shop.offers["99"] = promotion(99)
    known, new, none = await place.request().promotions(7, 99, 404)
    assert (known.source.answered_by, new.source.answered_by) == ("platform", "woo")
    assert none is None
    assert place.counted["woo", "promotion", "LACKING"] == 2


async def test_a_channel_that_is_not_adopted_stays_its_systems_though_it_is_copied(database):
    store = Store.open(database, deadline_seconds=30)
    place = Place(store, doors={"shop": "shop", "app": "app"})
    both = [promotion(7), promotion(100, "app")]
    place.shop.offers = {one.key: one for one in both}
    await place.copy(*both)
    put(place, UP[-1])
    found = await place.request().promotions(7, 100)
    assert [one.source.answered_by for one in found] == ["platform", "woo"]
    page = await place.request().listings.promotions(ALL, FIRST)
    assert [one.source.answered_by for one in page.nodes] == ["woo", "platform"]
    place.abandon()
    await store.aclose()


async def test_how_often_one_was_used_may_stay_with_the_system(place):
    place.shop.offers["3"] = promotion(3, used=9_999, name="as its system calls it by now")
    put(place, UP[-1], fields={"usage": Side.LEGACY})
    (one,) = await place.request().promotions(3)
    page = await place.request().listings.promotions(ALL, FIRST)
    (listed,) = [one for one in page.nodes if one.id == promotion(3).id]
    for told in (one, listed):
        assert (told.source.answered_by, told.name, told.used) == ("platform", "满减3", 9_999)
    place.shop.error = Unavailable("away")
    page = await place.request().listings.promotions(ALL, FIRST)
    (listed,) = [one for one in page.nodes if one.id == promotion(3).id]
    assert (listed.name, listed.used) == ("满减3", None), "what nobody told is not guessed"


async def test_what_callers_ask_for_is_shown_to_who_compares(place):
    put(place, (S.SHADOW_READ, 0))
    await place.request().promotions(1, 2)
    await asyncio.sleep(0)  # they are shown behind the caller's turn
    (one,) = place.shadow.offered
    assert (one.channel, one.capability, one.keys) == ("shop", PROMOTION, ("1", "2"))
    copies = await one.ask[Side.PLATFORM](["1"])
    assert [plain(one) for one in copies] == [plain(place.shop.offers["1"])]


async def test_a_copy_of_another_versions_words_is_not_believed(place):
    await place.copy(replace(promotion(200), status=_Word.NEW), at=NOW)
    place.shop.offers["200"] = promotion(200)
    put(place, UP[-1])
    page = await place.request().listings.promotions(ALL, FIRST)
    shop = next(one for one in page.sources if "shop" in one.channels)
    assert (shop.name, shop.status, shop.code) == ("woo", SourceStatus.OK, "ADOPTION_FELL_BACK")
    assert len(page.nodes) == OFFERS + 1 + OF_TILLS
    await place.store.transaction(
        lambda run: place.promotion_copying.drop_in(run, [("shop", "200")], NOW)
    )


async def test_while_postgresql_is_away_the_system_answers_and_it_is_told():
    away = Store.open("postgresql://127.0.0.1:1/away", deadline_seconds=5)
    place = Place(away)
    place.shop.offers = {str(n): promotion(n) for n in range(1, 4)}
    for step in (UP[6], UP[-1]):
        put(place, step)
        found = await place.request().promotions(1, 2)
        assert [one.source.answered_by for one in found] == ["woo", "woo"]
        page = await place.request().listings.promotions(ALL, FIRST)
        assert len(page.nodes) == 3
    shop = next(one for one in page.sources if "shop" in one.channels)
    assert (shop.name, shop.complete, shop.code) == ("woo", True, "ADOPTION_FELL_BACK")
    place.shop.error = Unavailable("away")
    page = await place.request().listings.promotions(ALL, FIRST)
    assert not any(one.complete for one in page.sources if "shop" in one.channels)
    place.abandon()
    await away.aclose()
