import random
from datetime import UTC, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.pricing.book import Book
from capabilities.pricing.cart import Cart, CartLine, Occasion, Usage
from capabilities.pricing.definition import (
    AllOf,
    AmountOff,
    AnyOf,
    AtLeast,
    BundlePrice,
    BuyGet,
    Definition,
    Fact,
    FirstPurchase,
    Gift,
    Hours,
    InTier,
    IssueCoupon,
    Items,
    Limits,
    Not,
    PercentOff,
    PointsTimes,
    ShippingOff,
    UnitPrice,
)
from capabilities.pricing.pricing import quote
from capabilities.pricing.quote import Part, Rejected, Why
from capabilities.promotion.records import PromotionKind as Kind

# Friday, 20:00 in Shanghai
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HERE = Occasion(channel="shop", store="M0001", at=NOW, zone=ZoneInfo("Asia/Shanghai"))
NUTS, SWEETS = ("snacks", "nuts"), ("snacks", "sweets")


def line(ref, sku="N1", price=1000, quantity=1, category=NUTS):
    return CartLine(
        ref=ref, sku=sku, unit_price=price, quantity=Decimal(quantity), category=category
    )


def some(*skus):
    return Items(skus=frozenset(skus))


def below(*paths, **but):
    return Items(categories=frozenset(paths), **but)


def cart(*lines, shipping=0):
    return Cart(lines=lines, shipping=shipping)


def percent(percent_off, name="p", kind=Kind.ITEM_DISCOUNT, **facts):
    return Definition(id=name, kind=kind, reward=PercentOff(percent=Decimal(percent_off)), **facts)


def amount(off, name="a", kind=Kind.ORDER_DISCOUNT, per=None, **facts):
    return Definition(id=name, kind=kind, reward=AmountOff(amount=off, per=per), **facts)


def used(**counts):
    return replace(HERE, usage={"p": Usage(**counts)})


def quoted(definitions, given, occasion=HERE):
    return quote(Book(definitions), given, occasion)


def nets(answer):
    return [one.net for one in answer.lines]


def whys(answer):
    return {one.promotion: one.why for one in answer.rejected}


def test_without_promotions_a_cart_costs_what_it_costs():
    answer = quoted([], cart(line("1"), line("2", quantity="1.255", price=999), shipping=600))
    assert (nets(answer), answer.shipping, answer.total) == ([1000, 1254], 600, 2854)
    assert (answer.applied, answer.rejected, answer.discount) == ((), (), 0)


def test_an_empty_cart_costs_nothing():
    assert quoted([percent(10)], cart()).total == 0
    assert whys(quoted([percent(10)], cart())) == {"p": Why.NO_ITEM}


@pytest.mark.parametrize(
    ("definition", "lines", "expected"),
    [
        (percent("12.5"), [line("1", price=999)], [874]),
        (
            percent(50, items=Items(skus=frozenset({"N1"}))),
            [line("1"), line("2", "S1")],
            [500, 1000],
        ),
        (
            percent(
                50, items=Items(categories=frozenset({("snacks",)}), but_skus=frozenset({"S1"}))
            ),
            [line("1"), line("2", "S1"), line("3", "T", category=("tea",))],
            [500, 1000, 1000],
        ),
        (amount(100), [line("1"), line("2"), line("3")], [966, 967, 967]),
        (amount(5000), [line("1")], [0]),
        (amount(300, per=1000), [line("1", quantity=2), line("2", price=500)], [1520, 380]),
        (amount(300, per=1000, limits=Limits(per_order=1)), [line("1", quantity=2)], [1700]),
        (
            Definition(id="u", kind=Kind.ITEM_DISCOUNT, reward=UnitPrice(price=800)),
            [line("1", quantity=2), line("2", price=700)],
            [1600, 700],
        ),
        (
            Definition(id="b", kind=Kind.BUNDLE_PRICE, reward=BundlePrice(count=3, price=2000)),
            [line("1", price=500, quantity=2), line("2", price=900, quantity=2)],
            [935, 1565],
        ),
        (
            Definition(id="b", kind=Kind.BUNDLE_PRICE, reward=BundlePrice(count=3, price=2000)),
            [line("1", price=500, quantity=3)],
            [1500],
        ),
        (
            Definition(id="g", kind=Kind.BUY_X_GET_Y, reward=BuyGet(buy=2)),
            [line("1", price=500, quantity=2), line("2", price=900, quantity=2)],
            [500, 1800],
        ),
        (
            Definition(id="g", kind=Kind.BUY_X_GET_Y, reward=BuyGet(buy=1, percent=Decimal(50))),
            [line("1", price=999, quantity=5)],
            [3996],
        ),
    ],
)
def test_what_a_reward_takes_off(definition, lines, expected):
    answer = quoted([definition], cart(*lines))
    assert nets(answer) == expected
    gross = sum(one.gross for one in answer.lines)
    assert answer.discount == gross - sum(expected)
    assert sum(part.amount for one in answer.applied for part in one.parts) == answer.discount


def test_goods_by_weight_are_in_no_bundle():
    bundle = Definition(id="b", kind=Kind.BUNDLE_PRICE, reward=BundlePrice(count=2, price=100))
    answer = quoted([bundle], cart(line("1", quantity="2.5")))
    assert whys(answer) == {"b": Why.NOTHING_TO_REDUCE}


def test_a_piece_is_in_one_bundle_only():
    two = [
        Definition(id=name, kind=Kind.BUNDLE_PRICE, reward=BundlePrice(count=2, price=1000))
        for name in ("b1", "b2")
    ]
    answer = quoted(two, cart(line("1", quantity=3)))
    assert [one.promotion for one in answer.applied] == ["b1"]
    assert whys(answer) == {"b2": Why.NOTHING_TO_REDUCE}


def test_delivery_gifts_points_and_coupons():
    answer = quoted(
        [
            Definition(id="s", kind=Kind.SHIPPING, reward=ShippingOff(most=500)),
            Definition(id="g", kind=Kind.GIFT, reward=Gift(sku="CARD")),
            Definition(id="p", kind=Kind.POINTS_MULTIPLIER, reward=PointsTimes(factor=Decimal(2))),
            Definition(id="c", kind=Kind.COUPON_ISSUE, reward=IssueCoupon(template="t")),
        ],
        cart(line("1"), shipping=800),
    )
    assert (answer.shipping, answer.total, answer.discount) == (300, 1300, 500)
    found = {one.promotion: one for one in answer.applied}
    assert found["g"].gift == ("CARD", 1)
    assert (found["c"].coupon, found["p"].points_times) == ("t", Decimal(2))


def test_each_step_sees_what_the_one_before_has_left():
    answer = quoted(
        [percent(50, "half"), amount(100, condition=AtLeast(amount=600))], cart(line("1"))
    )
    assert [one.promotion for one in answer.applied] == ["half"]
    assert answer.rejected == (Rejected("a", Why.AMOUNT_MISSING, Decimal(100)),)


def test_priority_comes_before_the_id():
    answer = quoted(
        [percent(10, "a"), amount(100, "b", Kind.ITEM_DISCOUNT, priority=1)], cart(line("1"))
    )
    assert [(one.promotion, one.amount) for one in answer.applied] == [("b", 100), ("a", 90)]


@pytest.mark.parametrize(
    ("facts", "occasion", "why"),
    [
        ({"starts_at": datetime(2026, 11, 27, 12, 0, 1, tzinfo=UTC)}, HERE, Why.NOT_STARTED),
        ({"starts_at": NOW}, HERE, None),
        ({"ends_at": NOW}, HERE, Why.ENDED),
        ({"hours": (Hours(start=time(20, 0), end=time(21, 0)),)}, HERE, None),
        ({"hours": (Hours(start=time(12, 0), end=time(13, 0)),)}, HERE, Why.OUTSIDE_HOURS),
        ({"hours": (Hours(days=frozenset({6, 7})),)}, HERE, Why.OUTSIDE_HOURS),
        ({"hours": (Hours(start=time(19, 0), end=time(2, 0)),)}, HERE, None),
        (
            {"hours": (Hours(days=frozenset({5}), start=time(22, 0), end=time(4, 0)),)},
            replace(HERE, at=datetime(2026, 11, 27, 19, 30, tzinfo=UTC)),  # Saturday, 03:30
            None,
        ),
        (
            {"hours": (Hours(days=frozenset({6}), start=time(22, 0), end=time(4, 0)),)},
            replace(HERE, at=datetime(2026, 11, 27, 19, 30, tzinfo=UTC)),
            Why.OUTSIDE_HOURS,
        ),
        ({"channels": frozenset({"pos"})}, HERE, Why.CHANNEL),
        ({"stores": frozenset({"M0002"})}, HERE, Why.STORE),
        ({"scenes": frozenset({"live-7"})}, HERE, Why.SCENE),
        ({"scenes": frozenset({"live-7"})}, replace(HERE, scene="live-7"), None),
        ({"items": Items(skus=frozenset({"X"}))}, HERE, Why.NO_ITEM),
        (
            {"items": Items(skus=frozenset({"N1"}), but_categories=frozenset({NUTS}))},
            HERE,
            Why.NO_ITEM,
        ),
        ({"condition": AtLeast(quantity=Decimal(3))}, HERE, Why.QUANTITY_MISSING),
        ({"condition": InTier(programme="club")}, HERE, Why.TIER),
        ({"condition": InTier(programme="club")}, replace(HERE, tiers={"club": "A"}), None),
        (
            {"condition": InTier(programme="club", tiers=frozenset({"B"}))},
            replace(HERE, tiers={"club": "A"}),
            Why.TIER,
        ),
        ({"condition": FirstPurchase()}, HERE, Why.NOT_FIRST_PURCHASE),
        ({"condition": FirstPurchase()}, replace(HERE, first_purchase=True), None),
        ({"condition": Fact(name="weather", values=frozenset({"rain"}))}, HERE, Why.FACT),
        (
            {"condition": Fact(name="weather", values=frozenset({"rain"}))},
            replace(HERE, facts={"weather": "rain"}),
            None,
        ),
        ({"condition": Not(FirstPurchase())}, HERE, None),
        ({"condition": Not(AtLeast(amount=1))}, HERE, Why.EXCLUDED),
        ({"condition": AllOf((FirstPurchase(), AtLeast(amount=1)))}, HERE, Why.NOT_FIRST_PURCHASE),
        ({"condition": AnyOf((FirstPurchase(), AtLeast(amount=1)))}, HERE, None),
        (
            {"condition": AnyOf((FirstPurchase(), InTier(programme="c")))},
            HERE,
            Why.NOT_FIRST_PURCHASE,
        ),
        (
            {"limits": Limits(total=5)},
            replace(HERE, usage={"p": Usage(total=5)}),
            Why.LIMIT_REACHED,
        ),
        (
            {"limits": Limits(per_member=1)},
            replace(HERE, usage={"p": Usage(member=1)}),
            Why.LIMIT_REACHED,
        ),
        (
            {"limits": Limits(per_store=1)},
            replace(HERE, usage={"p": Usage(store=1)}),
            Why.LIMIT_REACHED,
        ),
        ({"limits": Limits(spend=99)}, HERE, Why.BUDGET_SPENT),
        ({"limits": Limits(spend=100)}, HERE, None),
    ],
)
def test_why_a_promotion_does_not_apply(facts, occasion, why):
    answer = quoted([percent(10, **facts)], cart(line("1")), occasion)
    assert whys(answer) == ({} if why is None else {"p": why})
    assert answer.discount == (100 if why is None else 0)


def test_of_a_group_the_largest_of_the_highest_priority_applies():
    answer = quoted(
        [
            percent(10, "small", group="g", priority=1),
            percent(20, "large", group="g", priority=1),
            percent(90, "later", group="g"),
            percent(5, "free"),
        ],
        cart(line("1")),
    )
    assert [one.promotion for one in answer.applied] == ["large", "free"]
    assert {(one.promotion, one.why, one.by) for one in answer.rejected} == {
        ("small", Why.GROUP_TAKEN, "large"),
        ("later", Why.GROUP_TAKEN, "large"),
    }


@pytest.mark.parametrize(
    ("alone", "applied", "rejected"),
    [(30, ["alone"], {"a", "b"}), (15, ["a", "b"], {"alone"}), (19, ["a", "b"], {"alone"})],
)
def test_an_exclusive_one_applies_where_it_is_worth_more(alone, applied, rejected):
    answer = quoted(
        [percent(10, "a"), percent(10, "b"), percent(alone, "alone", exclusive=True)],
        cart(line("1")),
    )
    assert [one.promotion for one in answer.applied] == applied
    assert {one.promotion for one in answer.rejected if one.why is Why.EXCLUSIVE} == rejected


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (Definition(id="x", kind=Kind.GIFT, reward=UnitPrice(price=1)), "takes one of the rewards"),
        (Definition(id="x", kind=Kind.FLASH_SALE, reward=UnitPrice(price=1)), "cannot be quoted"),
        (percent(0), "above 0"),
        (percent(101), "at most 100"),
        (amount(0), "`amount` is at least 1"),
        (percent(1, starts_at=NOW, ends_at=NOW), "ends before"),
    ],
)
def test_a_definition_that_cannot_be_put_in_force(definition, told):
    with pytest.raises(BadInput, match=told):
        Book([definition])


def test_two_of_one_id_are_refused():
    with pytest.raises(BadInput, match="one id"):
        Book([percent(1), percent(2)])


def test_a_book_is_named_by_what_it_holds():
    one, other = percent(1, "a"), percent(2, "b", items=Items(skus=frozenset({"x", "y"})))
    assert Book([one, other]).version == Book([other, one]).version
    assert Book([one]).version != Book([replace(one, version=2)]).version


SKUS = {"N1": NUTS, "N2": NUTS, "S1": SWEETS, "S2": SWEETS, "T1": ("tea",)}
ITEMS = st.one_of(
    st.just(Items()),
    st.builds(
        lambda skus: Items(skus=skus), st.frozensets(st.sampled_from(sorted(SKUS)), min_size=1)
    ),
    st.builds(
        lambda paths, but: Items(categories=paths, but_skus=but),
        st.frozensets(st.sampled_from([NUTS, SWEETS, ("snacks",)]), min_size=1),
        st.frozensets(st.sampled_from(sorted(SKUS)), max_size=1),
    ),
)
PERCENT = st.decimals(Decimal("0.5"), 100, places=1)
REWARDS = st.one_of(
    st.tuples(
        st.sampled_from([Kind.ITEM_DISCOUNT, Kind.ORDER_DISCOUNT]),
        st.builds(PercentOff, percent=PERCENT, most=st.none() | st.integers(0, 3000)),
    ),
    st.tuples(
        st.sampled_from([Kind.ITEM_DISCOUNT, Kind.ORDER_DISCOUNT]),
        st.builds(AmountOff, amount=st.integers(1, 3000), per=st.none() | st.integers(1, 3000)),
    ),
    st.tuples(st.just(Kind.ITEM_DISCOUNT), st.builds(UnitPrice, price=st.integers(0, 2000))),
    st.tuples(
        st.just(Kind.BUNDLE_PRICE),
        st.builds(BundlePrice, count=st.integers(1, 4), price=st.integers(0, 4000)),
    ),
    st.tuples(
        st.just(Kind.BUY_X_GET_Y),
        st.builds(BuyGet, buy=st.integers(1, 3), get=st.integers(1, 2), percent=PERCENT),
    ),
    st.tuples(st.just(Kind.SHIPPING), st.builds(ShippingOff, percent=PERCENT)),
    st.tuples(st.just(Kind.GIFT), st.builds(Gift, sku=st.just("CARD"))),
)
CONDITIONS = st.none() | st.one_of(
    st.builds(AtLeast, items=ITEMS, amount=st.integers(1, 6000)),
    st.builds(AtLeast, quantity=st.integers(1, 6).map(Decimal)),
)


@st.composite
def definitions(draw):
    names = draw(st.lists(st.integers(0, 99), max_size=7, unique=True))
    found = []
    for name in names:
        kind, reward = draw(REWARDS)
        found.append(
            Definition(
                id=f"d{name}",
                kind=kind,
                reward=reward,
                items=draw(ITEMS),
                condition=draw(CONDITIONS),
                priority=draw(st.integers(0, 2)),
                group=draw(st.none() | st.sampled_from(["g", "h"])),
                exclusive=draw(st.sampled_from([False, False, False, True])),
                limits=Limits(per_order=draw(st.none() | st.integers(1, 2))),
            )
        )
    return found


@st.composite
def carts(draw):
    skus = draw(st.lists(st.sampled_from(sorted(SKUS)), min_size=1, max_size=8))
    quantities = st.integers(1, 6).map(Decimal) | st.sampled_from(
        [Decimal("0.355"), Decimal("1.5")]
    )
    lines = [
        line(f"r{place}", sku, draw(st.integers(0, 3000)), draw(quantities), SKUS[sku])
        for place, sku in enumerate(skus)
    ]
    return cart(*lines, shipping=draw(st.integers(0, 1500)))


@given(definitions(), carts(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_definitions_decides_nothing(given_ones, goods, chance):
    first = quoted(given_ones, goods)
    lines, others = list(goods.lines), list(given_ones)
    chance.shuffle(lines)
    chance.shuffle(others)
    again = quoted(others, replace(goods, lines=tuple(lines)))
    assert again.applied == first.applied
    assert again.rejected == first.rejected
    assert {one.ref: one for one in again.lines} == {one.ref: one for one in first.lines}


@given(definitions(), carts())
def test_reductions_add_up_exactly_and_nothing_costs_less_than_nothing(given_ones, goods):
    answer = quoted(given_ones, goods)
    assert all(0 <= one.net <= one.gross for one in answer.lines)
    assert 0 <= answer.shipping <= goods.shipping
    off = {one.ref: one.gross - one.net for one in answer.lines}
    parts = [part for one in answer.applied for part in one.parts]
    assert {ref: sum(part.amount for part in parts if part.ref == ref) for ref in off} == off
    gross = sum(one.gross for one in answer.lines) + goods.shipping
    assert answer.total == gross - answer.discount


@given(definitions(), carts())
def test_every_promotion_is_either_applied_or_rejected_with_its_reason(given_ones, goods):
    answer = quoted(given_ones, goods)
    told = [one.promotion for one in answer.applied] + [one.promotion for one in answer.rejected]
    assert sorted(told) == sorted(one.id for one in given_ones)
    groups = [next(d.group for d in given_ones if d.id == one.promotion) for one in answer.applied]
    named = [one for one in groups if one is not None]
    assert len(named) == len(set(named))
    exclusive = [
        one
        for one in answer.applied
        if next(d for d in given_ones if d.id == one.promotion).exclusive
    ]
    assert not exclusive or len(answer.applied) == 1


def test_a_book_answers_for_more_places_than_it_keeps(monkeypatch):
    monkeypatch.setattr("capabilities.pricing.book._MOST_PLACES", 2)
    book = Book([percent(10, stores=frozenset({"M0003"}))])
    stores = [f"M000{random.Random(place).randrange(6)}" for place in range(30)]  # noqa: S311
    for store in stores:
        answer = quote(book, cart(line("1")), replace(HERE, store=store))
        assert bool(answer.applied) is (store == "M0003")
    assert (
        Part("1", 100)
        in quote(book, cart(line("1")), replace(HERE, store="M0003")).applied[0].parts
    )
