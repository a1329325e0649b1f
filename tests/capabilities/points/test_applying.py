"""What orders are worth, in which tier, and that the order of arrival makes no difference."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.order.records import OrderKind, OrderStatus
from capabilities.points.applying import Said, moves, targets
from capabilities.points.earning import Worth, worth
from capabilities.points.records import QUALIFYING, SPENDABLE, OrderRef
from capabilities.points.standing import standing_of
from tests.capabilities.points.policies import FIRST, HOLDER, categories, fact, policy, programme


def spendable(order, **changed):
    return worth(order, policy(**changed), None, categories, order.business_date)[0]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (fact("1", 0, 100), Worth(100, 100)),
        (fact("1", 0, 100, back=25), Worth(100, 75)),
        (fact("1", 0, 101, back=50), Worth(101, 51)),
        (fact("1", 0, 100, skus=("SKIN-1", "LIP-1")), Worth(150, 150)),
        (fact("1", 0, 100, skus=("SKIN-1",), back=50), Worth(200, 100)),
        (fact("1", 0, 100, status=OrderStatus.CANCELLED), Worth(100, 0)),
        (fact("1", 0, 100, gone=True), Worth(100, 0)),
        (fact("1", 0, 100, kind=OrderKind.QUOTE), Worth()),
        (fact("1", 0, 100, currency="USD"), Worth()),
        (fact("1", 0, -40, kind=OrderKind.RETURN), Worth(-40, -40)),
    ],
)
def test_what_an_order_is_worth(order, wanted):
    assert spendable(order) == wanted


def test_shipping_earns_nothing_and_a_discount_is_shared_by_the_lines():
    assert spendable(fact("1", 0, 100, skus=("LIP",), paid=11_000)) == Worth(100, 100)
    assert spendable(fact("1", 0, 100, skus=("SKIN", "LIP"), paid=8_000)) == Worth(120, 120)


def test_points_wait_for_the_return_period_and_end_with_a_local_day():
    (points, _) = targets(programme(), [fact("1", 0, 100)], [], categories)
    assert points.pending_until == datetime(2026, 1, 15, 16, tzinfo=UTC)
    assert points.expires_at == datetime(2027, 1, 15, 16, tzinfo=UTC)


def test_a_tier_is_reached_by_the_orders_before():
    orders = [fact("3", 9, 100), fact("1", 0, 1000), fact("2", 1, 100)]
    found = {one.order.number: one.worth.stays for one in targets_of(orders)}
    assert found == {"1": 1000, "2": 150, "3": 150}


def test_a_refund_takes_the_tier_back_that_it_led_to():
    orders = [fact("1", 0, 1000, back=600), fact("2", 1, 100)]
    assert {one.order.number: one.worth.stays for one in targets_of(orders)}["2"] == 100


def test_points_by_hand_count_for_the_tier():
    found = targets(programme(), [fact("2", 5, 100)], [(FIRST, 1000)], categories)
    assert found[0].worth.stays == 150


def test_a_new_version_leaves_older_orders_to_the_old_one():
    later = policy(starts=FIRST + timedelta(days=10), tiers=None)
    later = policy(starts=FIRST + timedelta(days=10), earn=policy().earn, currency="USD")
    found = targets(
        programme(policy(), later), [fact("1", 9, 100), fact("2", 10, 100)], [], categories
    )
    by = {(one.order.number, one.policy.version): one.worth.stays for one in found}
    assert by == {("1", 1): 100, ("2", 2): 0}


def test_an_order_that_is_nobodys_any_more_goes_back():
    said = {(OrderRef("shop", "1"), SPENDABLE): Said(70, datetime(2026, 1, 1, tzinfo=UTC))}
    (move,) = moves([], said, programme().versions[-1].ref)
    assert (move.amount, move.target.policy.version) == (-70, 1)


def targets_of(orders):
    found = targets(programme(), orders, [], categories)
    return [one for one in found if one.currency == SPENDABLE]


ORDERS = st.lists(
    st.builds(
        lambda day, yuan, back, sku: (day, yuan, min(back, yuan), sku),
        st.integers(0, 900),
        st.integers(1, 900),
        st.integers(0, 900) | st.just(0),
        st.sampled_from(["SKIN-1", "LIP-1"]),
    ),
    min_size=1,
    max_size=7,
)


def arrive(states, compute=moves):
    """A ledger after facts came one by one; each stands for what is known of its order by then."""
    known, ledger = {}, defaultdict(dict)
    for one in states:
        known[one.number] = one
        wanted = targets(programme(), list(known.values()), [], categories)
        for move in compute(wanted, ledger[HOLDER], programme().versions[-1].ref):
            key = (move.target.order, move.target.currency)
            had = ledger[HOLDER].get(key, Said(0, move.target.occurred_at))
            ledger[HOLDER][key] = Said(had.amount + move.amount, move.target.occurred_at)
    return {key: said for key, said in ledger[HOLDER].items() if said.amount}


def standing_after(ledger):
    days = [
        (one.occurred_at.date(), one.amount)
        for (_, cur), one in ledger.items()
        if cur == QUALIFYING
    ]
    standing = standing_of(programme(), days)
    at = FIRST + timedelta(days=1000)
    return standing.tier_on(at), standing.valid_to, standing.progress(at)


@settings(max_examples=60, deadline=None)
@given(orders=ORDERS, dice=st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(orders, dice):
    last = [fact(str(n), d, y, back=b, skus=(s,)) for n, (d, y, b, s) in enumerate(orders)]
    before = [fact(str(n), d, y, skus=(s,)) for n, (d, y, _, s) in enumerate(orders)]
    first = arrive(last)
    shuffled = last[:]
    dice.shuffle(shuffled)
    story = [one for pair in zip(before, last, strict=True) for one in pair]
    for way in (shuffled, [*before, *last], story, [*shuffled, *shuffled]):
        assert arrive(way) == first
        assert standing_after(arrive(way)) == standing_after(first)


def never_looks_back(wanted, said, last):
    return [
        one
        for one in moves(wanted, said, last)
        if (one.target.order, one.target.currency) not in said
    ]


def test_a_ledger_that_never_looks_back_depends_on_arrival():
    late = [fact("2", 1, 100), fact("1", 0, 1000)]
    assert arrive(late, never_looks_back) != arrive(late[::-1], never_looks_back)
    assert arrive(late) == arrive(late[::-1])
