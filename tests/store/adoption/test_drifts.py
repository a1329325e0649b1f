"""Drift over time: what every comparison found, for as long as anybody looks back."""

from datetime import timedelta

import pytest
from msgspec.structs import asdict

from capabilities.adoption.drift import Drift, DriftSeen, FieldDrift
from capabilities.estate import Capability
from store.adoption.drifts import Drifts
from tests.store.adoption.conftest import NOON

SHOP = ("shop", Capability.MEMBER)
FOUND = Drift(
    compared=90,
    differing=4,
    missing=1,
    unknown=5,
    in_flight=2,
    repaired=3,
    taken=1,
    disputed=1,
    fields={"name": 1, "phone": 3, "email": 1},
)


@pytest.fixture
def drifts(owned):
    return Drifts(owned.store, owned.brand)


async def test_the_newest_comparison_comes_first_as_it_was_found(drifts):
    await drifts.keep(*SHOP, FOUND, NOON)
    await drifts.keep(*SHOP, Drift(compared=91), NOON + timedelta(days=1))
    newest, first = await drifts.last(*SHOP, 5)
    assert newest == DriftSeen(compared=91, at=NOON + timedelta(days=1))
    assert first == DriftSeen(**asdict(FOUND), at=NOON)
    assert first.by_field == [FieldDrift("phone", 3), FieldDrift("email", 1), FieldDrift("name", 1)]
    assert await drifts.last(*SHOP, 1) == [newest]
    assert await drifts.last("shop", Capability.ORDER, 5) == []


async def test_what_is_older_than_90_days_is_forgotten_of_its_own_pair_alone(drifts):
    await drifts.keep(*SHOP, FOUND, NOON)
    await drifts.keep("jd", Capability.MEMBER, FOUND, NOON)
    await drifts.keep(*SHOP, FOUND, NOON + timedelta(days=90))
    assert len(await drifts.last(*SHOP, 5)) == 2, "exactly 90 days are kept"
    await drifts.keep(*SHOP, FOUND, NOON + timedelta(days=90, seconds=1))
    kept = await drifts.last(*SHOP, 5)
    assert [one.at - NOON for one in kept] == [timedelta(days=90, seconds=1), timedelta(days=90)]
    assert len(await drifts.last("jd", Capability.MEMBER, 5)) == 1
