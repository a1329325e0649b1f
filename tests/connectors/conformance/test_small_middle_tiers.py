"""Tiers of another platform come as they are there, beside those of its sources, and are no mix."""

from collections import Counter

from connectors.systems.small_middle import mapping
from tests.connectors.conformance.case import Case, Ear, walk

GOLD, SILVER = {"code": "2", "name": "金"}, {"code": "1", "name": "银"}


async def tiers_of(systems, name):
    connector = await systems[name].open(Ear())
    try:
        case = Case(systems[name], connector, Ear(), systems[name].truth())
        people = await walk(case, "search_memberships", 100)
    finally:
        await connector.aclose()
    return people


async def test_the_tiers_are_those_that_the_other_platform_shows(systems):
    theirs = Counter(one.tier for one in await tiers_of(systems, "pos"))
    ours = Counter(one.tier for one in await tiers_of(systems, "small_middle"))
    assert len(ours) > 2
    assert set(ours) == set(theirs)
    assert {one.channel for one in await tiers_of(systems, "small_middle")} == {"earlier"}


def test_different_tiers_of_one_person_are_not_levelled():
    same, other = (
        [{"tier": GOLD}, {"tier": None}, {"tier": GOLD}],
        [{"tier": GOLD}, {"tier": SILVER}],
    )
    assert (mapping.tier_code(same), mapping.tier_name(same)) == ("2", "金")
    assert (mapping.tier_code(other), mapping.tier_name(other)) == (None, None)
    assert mapping.tier_code([]) is None


def test_points_of_several_memberships_are_no_sum():
    assert mapping.points([{"points": {"available": 7}}, {"points": None}]) == 7
    assert mapping.points([{"points": {"available": 7}}, {"points": {"available": 1}}]) is None


def test_a_person_joined_with_her_oldest_membership():
    rows = [{"joinedAt": None}, {"joinedAt": "2025-02-01T00:00:00.000Z"}]
    assert mapping.joined([*rows, {"joinedAt": "2024-02-01T00:00:00.000Z"}])[:4] == "2024"
    assert mapping.joined([]) is None
    assert mapping.home_store([{"homeStoreCode": "M1"}, {"homeStoreCode": "M2"}]) is None
