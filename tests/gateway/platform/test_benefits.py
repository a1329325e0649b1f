"""Uses of benefits over a real store: counted once, never too many, taken back, in the trail."""

import asyncio
import json

from capabilities.caller import Role
from capabilities.member.records import PointsAuthority
from capabilities.operations import IdempotencyKeyReused
from capabilities.points.benefits import BenefitDeclined, BenefitMoved
from capabilities.points.records import OrderRef
from store.access.audit import Audit
from tests.capabilities.points.policies import fact
from tests.gateway.platform.test_points import (
    MINE,
    SAP,
    database,
    ordered,
    owned,
    points,
    programmes,
    whole,
)

__all__ = ["database", "owned", "points", "programmes"]
ORDER = OrderRef("shop", "O-1")


def desk(owned, role=Role.SERVICE, subject="desk-1"):
    return whole(owned, role, subject).benefits


async def use(owned, key, benefit="birthday", membership=MINE, **who):
    return await desk(owned, **who).use(membership, benefit, ORDER, "a present", key)


async def test_a_use_is_counted_once_and_no_more_than_the_programme_gives(owned, programmes):
    done = await use(owned, "k1")
    assert isinstance(done, BenefitMoved)
    assert (done.benefit.used, done.benefit.left) == (1, 0)
    assert await use(owned, "k1") == done
    declined = await use(owned, "k2")
    assert (declined.code, declined.path) == ("BENEFIT_USED_UP", ("input", "benefit"))
    assert isinstance(await use(owned, "k1", "lounge"), IdempotencyKeyReused)
    (shown,) = await whole(owned).points.benefits(MINE)
    assert (shown.code, shown.uses, shown.used, shown.left) == ("birthday", 1, 1, 0)


async def test_a_use_that_is_taken_back_counts_no_more_and_its_key_may_be_tried_again(
    owned, programmes
):
    done = await use(owned, "k1")
    assert (await use(owned, "k2")).code == "BENEFIT_USED_UP"
    back = await desk(owned).take_back(MINE, done.use, "cancelled", "b1")
    assert (back.use, back.benefit.left) == (done.use, 1)
    again = await desk(owned).take_back(MINE, done.use, "cancelled", "b2")
    assert (again.code, again.path) == ("BENEFIT_USE_UNKNOWN", ("input", "use"))
    assert isinstance(await use(owned, "k2"), BenefitMoved)
    trail = await Audit(owned.store, owned.brand).page(10)
    told = [
        (one.action, json.loads(one.facts)["benefit"])
        for one in trail
        if one.action[:7] == "benefit"
    ]
    assert sorted(told) == [
        ("benefit.taken_back", "birthday"),
        ("benefit.used", "birthday"),
        ("benefit.used", "birthday"),
    ]


async def test_many_desks_at_once_give_no_more_than_there_is(owned, programmes):
    wishes = (use(owned, f"k{at}", subject=f"desk-{at}") for at in range(12))
    done = await asyncio.gather(*wishes)
    assert [isinstance(one, BenefitMoved) for one in done].count(True) == 1
    assert {one.code for one in done if isinstance(one, BenefitDeclined)} == {"BENEFIT_USED_UP"}


async def test_a_benefit_of_a_tier_is_given_to_who_has_reached_it(owned, programmes):
    declined = await use(owned, "k1", "lounge")
    assert (declined.code, declined.valid) == ("BENEFIT_NOT_HELD", ("birthday",))
    await ordered(owned, fact("1", 0, 2000))
    done = await use(owned, "k2", "lounge")
    assert (done.benefit.used, done.benefit.left) == (1, None)


async def test_what_is_not_ours_or_nobodys_is_declined(owned, programmes):
    assert SAP.points.authority is PointsAuthority.LEGACY
    assert (await use(owned, "k1", membership=SAP)).code == "POINTS_NOT_OURS"
    assert (await use(owned, "k2", membership=None)).code == "MEMBERSHIP_UNKNOWN"
