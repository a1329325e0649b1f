"""A preview weighs past orders as if a promotion had been in force: cut, limited, by day."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.pricing.definition import (
    AtLeast,
    BuyGet,
    FirstPurchase,
    Hours,
    InTier,
    Items,
    Limits,
    PercentOff,
)
from capabilities.pricing.quote import Why
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.preview import PastLine, PastOrder, Previewing, PreviewReason, _cut
from capabilities.promotion.records import PromotionKind

SHANGHAI, TOKYO = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
TEN = PromotionPlan(
    id="ten",
    kind=PromotionKind.ITEM_DISCOUNT,
    reward=PercentOff(percent=Decimal(10)),
    starts_at=datetime(2027, 1, 1, tzinfo=UTC),
)


def plan(**changes):
    return PromotionPlan(**{**{n: getattr(TEN, n) for n in TEN.__struct_fields__}, **changes})


def bought(net=1_000, quantity=1, *, hours=0, sku="SN-1", **more):
    line = PastLine(ref="1", sku=sku, quantity=Decimal(quantity), net=net)
    return PastOrder(
        **{
            "channel": "shop",
            "number": "1",
            "placed_at": MONDAY + timedelta(hours=hours),
            "buyer": "ada",
            "store": "M1",
            "lines": (line,),
            **more,
        }
    )


def preview(definition, *orders):
    weighing = Previewing(definition, SHANGHAI, lambda code: TOKYO if code == "jp" else SHANGHAI)
    weighing.weigh(orders)
    return weighing.told(date(2026, 11, 23), date(2026, 11, 29), complete=True)


def test_it_is_taken_off_what_was_paid_by_day_and_by_channel():
    told = preview(TEN, bought(), bought(500, hours=13), bought(300, hours=14, channel="mini"))
    assert (told.orders, told.applied) == (3, 3)
    assert (told.turnover.minor, told.discount.minor) == (1800, 180)
    days = [(one.day.day, one.orders, one.discount.minor) for one in told.days]
    assert days == [(23, 2, 150), (24, 1, 30)], "a day ends at the brand's midnight"
    channels = [(one.channel, one.discount.minor) for one in told.channels]
    assert channels == [("mini", 30), ("shop", 150)]
    assert told.upto == MONDAY + timedelta(hours=14)


def test_what_nobody_knows_the_price_of_is_told_apart():
    told = preview(TEN, bought(lines=()), bought())
    assert (told.orders, told.unpriced) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"channels": frozenset({"mini"})}, Why.CHANNEL),
        ({"items": Items(skus=frozenset({"SN-2"}))}, Why.NO_ITEM),
        ({"condition": AtLeast(amount=1_001)}, Why.AMOUNT_MISSING),
        ({"condition": InTier(programme="club")}, Why.TIER),
        ({"condition": FirstPurchase()}, Why.NOT_FIRST_PURCHASE),
        ({"scenes": frozenset({"live"})}, Why.SCENE),
    ],
)
def test_why_it_would_not_have_applied_is_counted(changes, why):
    told = preview(plan(**changes), bought(), bought())
    assert (told.applied, told.discount.minor) == (0, 0)
    assert told.reasons == (PreviewReason(why, 2),)


def test_hours_are_those_of_the_channel():
    evening = plan(hours=(Hours(start=time(18)),))
    told = preview(evening, bought(hours=7, channel="jp"), bought(hours=7), bought(hours=8))
    # five in the afternoon in Shanghai is six in Tokyo
    assert [(one.channel, one.applied) for one in told.channels] == [("jp", 1), ("shop", 1)]


def test_limits_and_budget_are_used_up_in_the_order_of_buying():
    limits = Limits(per_member=1)
    told = preview(plan(limits=limits), bought(), bought(), bought(buyer="bob"), bought(buyer=None))
    assert told.applied == 2
    assert set(told.reasons) == {
        PreviewReason(Why.LIMIT_REACHED, 1),
        PreviewReason(Why.MEMBER_NEEDED, 1),
    }
    told = preview(plan(limits=Limits(spend=150)), *(bought(hours=n) for n in range(4)))
    assert told.discount.minor <= 150
    assert told.applied < 4
    assert preview(plan(limits=Limits(per_store=2)), *(bought() for _ in range(5))).applied == 2
    assert preview(plan(limits=Limits(total=3)), *(bought() for _ in range(5))).applied == 3


def test_pieces_stay_pieces_also_where_their_price_was_no_whole_one():
    third = plan(kind=PromotionKind.BUY_X_GET_Y, reward=BuyGet(buy=2, get=1))
    assert preview(third, bought(1_000, 3)).discount.minor == 333


@given(st.integers(0, 100_000), st.integers(1, 50))
def test_a_line_is_cut_into_pieces_that_cost_what_it_cost(net, pieces):
    cut = _cut(PastLine(ref="1", sku="SN-1", quantity=Decimal(pieces), net=net))
    assert sum(one.gross for one in cut) == net
    assert sum(one.pieces for one in cut) == pieces
    assert len({one.ref for one in cut}) == len(cut)


def test_what_is_sold_by_weight_keeps_its_weight():
    (cut,) = _cut(PastLine(ref="1", sku="SN-1", quantity=Decimal("0.333"), net=1_000))
    assert (cut.quantity, abs(cut.gross - 1_000) <= 1) == (Decimal("0.333"), True)
