"""Comparisons as callers meet them: reports and trends of pairs, explanations in one's own name."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.difference import DiffClass
from capabilities.adoption.expected import ExpectedRule
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.shown import Adoption
from capabilities.adoption.standing import implicit
from capabilities.adoption.tally import Tally
from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import Forbidden
from capabilities.operations import IdempotencyKeyReused
from gateway.adoption.following import FollowedDifferences
from gateway.federation.asking import Request
from gateway.platform.comparisons import ComparedDesk
from store.adoption.comparisons import Comparisons
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.capabilities.adoption.pairs import chance_of, record
from tests.gateway.federation.adopting import KEY, MEMBER, NOW, ORDER, Place
from tests.migrated import migrated

PAIRS = [Adoption(standing=implicit("shop", one), next=None) for one in (MEMBER, ORDER)]
WISH = Acknowledging(
    channel="shop",
    capability=MEMBER,
    field="tier.code",
    klass=DiffClass.MISMATCH,
    pattern="G -> GOLD",
    reason="codes were renamed",
    owner="lin",
    until=NOW + timedelta(days=7),
)


@pytest.fixture
async def place(postgres):
    store = Store.open(migrated(postgres, "comparisons_asked"), deadline_seconds=30)
    yield Place(store)
    await store.aclose()


def desk(place, **sees):
    owned = Owned(
        store=place.store,
        brand=place.brand,
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("UTC"),
        now=lambda: NOW,
    )
    visibility = Visibility(role=Role.ADMIN, brand=place.brand, **sees)
    caller = Caller(subject="admin-1", visibility=visibility)
    followed = FollowedDifferences(place.store, place.brand)
    return ComparedDesk(owned, caller, Request(place.estate, visibility, 20), followed)


async def compared(place, *minutes):
    tally, legacy = Tally(b"secret"), record(chance_of(1), MEMBER)
    for ago in minutes:
        at = NOW - timedelta(minutes=ago)
        tally.add(compare(Subject("shop", MEMBER, "v1"), "7", legacy, legacy, at))
        tally.add(compare(Subject("shop", MEMBER, "v1"), "8", legacy, None, at))
    await Comparisons(place.store, place.brand).keep(*tally.drain())


async def test_trends_of_all_pairs_of_a_wave_are_asked_together(place, monkeypatch):
    await compared(place, 1, 1, 61)
    asked, right = [], Store.rows

    async def counted(self, statement, parameters=None):
        asked.append(str(statement))
        return await right(self, statement, parameters)

    monkeypatch.setattr(Store, "rows", counted)
    one = desk(place)
    loads = [one.trend(pair, 24) for pair in PAIRS]
    members, orders = [await load for load in loads]
    assert [(point.compared, point.mismatched) for point in members] == [(2, 1), (4, 2)]
    assert orders == ()
    assert [point.at.minute for point in members] == [0, 0]
    by_minute = await one.trend(PAIRS[0], 2)
    assert [point.compared for point in by_minute] == [2, 4]


async def test_a_report_is_of_the_pair_that_was_asked_for(place):
    await compared(place, 1)
    one = desk(place)
    assert (await one.report(PAIRS[0], 14)).compared == 2
    assert await one.report(PAIRS[1], 14) is None


@pytest.mark.parametrize(
    ("sees", "channel"),
    [
        ({}, "nowhere"),
        ({"channels": frozenset({"pos"})}, "shop"),
        ({"stores": frozenset({"S1"})}, "shop"),
    ],
)
async def test_differences_are_told_to_who_sees_the_whole_channel(place, sees, channel):
    with pytest.raises(Forbidden):
        desk(place, **sees).differences(channel, MEMBER, None)


async def test_an_explanation_is_made_once_in_ones_own_name(place):
    one = desk(place)
    made = await one.explain(WISH, "k1")
    assert isinstance(made, ExpectedRule)
    assert await one.explain(WISH, "k1") == made
    again = await one.explain(replace(WISH, pattern="* -> *"), "k1")
    assert isinstance(again, IdempotencyKeyReused)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"field": "points.available", "pattern": "* -> *"}, "ADOPTION_DIFF_CRITICAL"),
        ({"pattern": "GOLD"}, "ADOPTION_DIFF_INVALID"),
        ({"channel": "nowhere"}, "CHANNEL_UNKNOWN"),
    ],
)
async def test_what_may_not_be_explained_is_a_typed_refusal(place, wrong, code):
    found = await desk(place).explain(replace(WISH, **wrong), "k1")
    assert isinstance(found, AdoptionDeclined)
    assert found.code == code


async def test_who_is_bound_to_channels_or_stores_explains_nothing_beyond(place):
    elsewhere = await desk(place, channels=frozenset({"store"})).explain(WISH, "k1")
    assert elsewhere.code == "CHANNEL_UNKNOWN"
    with pytest.raises(Forbidden):
        await desk(place, stores=frozenset({"S1"})).explain(WISH, "k2")
