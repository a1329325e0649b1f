"""Rules that change: what a draft would do, and what is done once it is in force."""

import pytest
from msgspec.structs import replace

from capabilities.member.identity_rules import DEFAULT_RULES, Strength
from capabilities.member.records import IdentityKind
from store.member.recomputing import Recomputing
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.store.member.taking import BRAND, KEY, START, Desk, membership

LIN, WANG = "13912345678", "13712345678"
CARD, PHONE = IdentityKind.CARD_NO, IdentityKind.PHONE


def with_kind(kind, **changes):
    kinds = {**DEFAULT_RULES.kinds, kind: replace(DEFAULT_RULES.kinds[kind], **changes)}
    return replace(DEFAULT_RULES, kinds=kinds)


@pytest.fixture
async def desk(store):
    desk = Desk(store)
    await desk.take(
        membership("pos", "1", phone=LIN, card="BW1", programme="club"),
        membership("woo", "2", phone=LIN),
        membership("sap", "3", card="BW1", programme="club"),
        membership("sap", "4", phone=WANG, card="BW4", programme="club"),
    )
    return desk


@pytest.fixture
def anew(store):
    return Recomputing(store, BRAND, KEY, DataKeys(BRAND, Sealer(b"s" * 32)))


def silent(done, total):
    assert done <= total


async def put(desk, anew, rules):
    version = await anew.put(rules, by="admin", at=START)
    desk.intake.rules._known = (-1, DEFAULT_RULES)
    changed = await anew.recompute(silent, lambda: START)
    return version, changed


async def test_a_stricter_rule_is_tried_and_then_splits_old_people(desk, anew):
    before = await desk.people()
    stricter = with_kind(CARD, strength=Strength.NEVER)
    effect = await anew.dry_run(stricter, silent)
    assert (effect.memberships, effect.people_before, effect.people_after) == (4, 2, 3)
    assert (effect.joined, effect.split, len(effect.split_samples)) == (0, 1, 1)
    assert effect.split_samples[0] in before
    assert await desk.people() == before
    version, changed = await put(desk, anew, stricter)
    assert (version, changed) == (1, 2)
    assert sorted((await desk.people()).values()) == [
        (("pos", "1"), ("woo", "2")),
        (("sap", "3"),),
        (("sap", "4"),),
    ]
    assert before.keys() <= {*await desk.people(), *await desk.aliases()}
    assert await put(desk, anew, DEFAULT_RULES) == (2, 2)
    assert await desk.people() == before
    assert await anew.recompute(silent, lambda: START) == 0


async def test_a_looser_rule_joins_them_and_says_whom(desk, anew):
    await desk.take(membership("woo", "5", phone=WANG, verified=False))
    looser = with_kind(PHONE, verified=False)
    effect = await anew.dry_run(looser, silent)
    assert (effect.joined, effect.split) == (1, 0)
    assert set(effect.joined_samples[0]) <= set(await desk.people())
    await put(desk, anew, looser)
    assert (("sap", "4"), ("woo", "5")) in (await desk.people()).values()


async def test_a_value_that_is_blocked_later_stops_joining(desk, anew):
    blocking = replace(DEFAULT_RULES, blocked=(*DEFAULT_RULES.blocked, r"\+86139.*"))
    effect = await anew.dry_run(blocking, silent)
    assert (effect.split, effect.people_after) == (1, 3)
    await put(desk, anew, blocking)
    assert (("woo", "2"),) in (await desk.people()).values()
    await put(desk, anew, DEFAULT_RULES)
    assert len(await desk.people()) == 2


async def test_new_rules_hold_for_what_comes_next(desk, anew):
    await put(desk, anew, with_kind(CARD, strength=Strength.NEVER))
    await desk.take(membership("woo", "9", card="BW4", programme="club"))
    assert (("woo", "9"),) in (await desk.people()).values()
