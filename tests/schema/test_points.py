"""Points in the contract: what is asked of the platform, and typed refusals."""

import pytest

from capabilities.ids import global_id
from capabilities.points.shown import PointsCurrency
from tests.schema.points_shelf import KEY

MINE = global_id("Membership", "store", "8001")
NOBODYS = global_id("Membership", "store", "1")

CHANGE = """
mutation Q($membership: ID!, $amount: Int!) {
  %s(input: {membership: $membership, amount: $amount, idempotencyKey: "k" %s}) {
    __typename
    ... on PointsMoved { entries { sequence type amount flagged } points { available owed } }
    ... on UserError { code message path }
    ... on InsufficientPoints { available }
  }
}
"""
WISHES = [
    ("earnPoints", 'reason: "why"', ("earn", KEY, 5, "why", "k")),
    ("redeemPoints", 'reason: "why"', ("redeem", KEY, 5, None, "why", "k")),
    ("redeemPoints", 'reason: "why", lock: 2', ("redeem", KEY, 5, 2, "why", "k")),
    (
        "adjustPoints",
        'reason: "why", currency: QUALIFYING',
        ("adjust", KEY, 5, PointsCurrency.QUALIFYING, "why", "k"),
    ),
]


@pytest.mark.parametrize(("name", "rest", "wanted"), WISHES)
async def test_a_change_is_asked_of_the_platform(ask, name, rest, wanted):
    answer = (await ask.data(CHANGE % (name, rest), membership=MINE, amount=5))[name]
    assert answer["__typename"] == "PointsMoved"
    assert answer["entries"] == [{"sequence": 3, "type": "REVERSE", "amount": 40, "flagged": True}]
    assert ask.platform.points.asked[-1] == wanted


async def test_too_few_points_say_how_many_there_are(ask):
    wish = CHANGE % ("redeemPoints", 'reason: "why"')
    answer = (await ask.data(wish, membership=MINE, amount=999))["redeemPoints"]
    assert (answer["code"], answer["available"]) == ("INSUFFICIENT_POINTS", 120)


async def test_an_unknown_membership_is_a_refusal(ask):
    wish = CHANGE % ("earnPoints", 'reason: "why"')
    answer = (await ask.data(wish, membership=NOBODYS, amount=5))["earnPoints"]
    assert (answer["code"], answer["path"]) == ("MEMBERSHIP_UNKNOWN", ["input", "membership"])


@pytest.mark.parametrize("amount", [0, -1, 1_000_000_001])
async def test_an_amount_has_bounds(ask, amount):
    wish = CHANGE % ("redeemPoints", 'reason: "why"')
    assert await ask.code(wish, membership=MINE, amount=amount) == "BAD_USER_INPUT"


async def test_a_correction_may_go_down_and_never_be_nothing(ask):
    wish = CHANGE % ("adjustPoints", 'reason: "why"')
    assert await ask.code(wish, membership=MINE, amount=0) == "BAD_USER_INPUT"
    await ask.data(wish, membership=MINE, amount=-5)
    assert ask.platform.points.asked[-1][2] == -5


@pytest.mark.parametrize(
    ("arguments", "newest_first"),
    [("", True), ("(orderBy: OLDEST_FIRST)", False), ("(orderBy: NEWEST_FIRST)", True)],
)
async def test_a_ledger_has_an_explicit_order(ask, arguments, newest_first):
    await ask.data(
        '{ member(by: {phone: "139 1234 5678"}) { memberships { points { ledger'
        + arguments
        + " { nodes { sequence } } } } } }"
    )
    assert ask.platform.points.asked[-1][3].newest_first is newest_first
