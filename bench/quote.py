"""A cart of ten lines against two hundred promotions in force: quotes a second and core.

At least twenty promotions concern the cart and meet their condition, at least six apply, with
groups, an exclusive one and hours among them. Every round asks other carts.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from datetime import time as clock
from decimal import Decimal
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

from bench.expected import Differs
from bench.goals import Goal, figures
from bench.options import Options
from bench.rounds import Case, Figures, interleaved
from capabilities.pricing.book import Book
from capabilities.pricing.cart import Cart, CartLine, Occasion
from capabilities.pricing.definition import (
    AmountOff,
    AtLeast,
    BundlePrice,
    BuyGet,
    Definition,
    Gift,
    Hours,
    InTier,
    Items,
    PercentOff,
    PointsTimes,
    ShippingOff,
    UnitPrice,
)
from capabilities.pricing.pricing import quote
from capabilities.pricing.quote import Quote, Why
from capabilities.promotion.records import PromotionKind as Kind

NAME = "10 lines, 200 promotions"
_GOAL = 2_000
_ACTIVE, _LINES, _CARTS = 200, 10, 200
_LEAST_MATCHING, _LEAST_APPLIED = 20, 6
_BRANCHES = 40
_UNMATCHED = frozenset({Why.NO_ITEM, Why.CHANNEL, Why.STORE, Why.AMOUNT_MISSING, Why.TIER})
_HERE = Occasion(
    channel="shop",
    store="M0001",
    at=datetime(2026, 11, 11, 12, 0, tzinfo=UTC),
    zone=ZoneInfo("Asia/Shanghai"),
    tiers={"club": "gold"},
)


async def run_quote(options: Options) -> dict[str, Any]:
    """Interleaved rounds of one case; the answers are checked before anything is timed."""
    book, carts = Book(promotions()), [cart(number) for number in range(_CARTS)]
    shape = _checked([quote(book, one, _HERE) for one in carts])
    found = await interleaved(
        [Case(NAME, _measured(book, carts))], options.seconds, options.rounds, options.warm
    )
    row = {"case": NAME, **shape, "µs a quote": found[NAME]["quote_us"]}
    row["quotes/s and core"] = 1e6 / found[NAME]["quote_us"]
    return figures("quote", [row], goals(found))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goal: impulse buying waits for no quote."""
    return [Goal("quotes a second and core", _GOAL, 1e6 / found[NAME]["quote_us"])]


def promotions() -> list[Definition]:
    """Two hundred: most concern other goods or places, as in a retailer's real calendar."""
    return [_concerning(number) for number in range(40)] + [
        _elsewhere(number) for number in range(_ACTIVE - 40)
    ]


def cart(number: int) -> Cart:
    """Ten goods of the snack branches that are on offer."""
    lines = [
        CartLine(
            ref=f"r{place}",
            sku=f"S{place}-{number % 7}",
            unit_price=590 + 110 * place + 10 * (number % 13),
            quantity=Decimal(1 + (number + place) % 4),
            category=("snacks", f"branch{place % 5}"),
        )
        for place in range(_LINES)
    ]
    return Cart(lines=tuple(lines), shipping=800)


def _concerning(number: int) -> Definition:
    branch = frozenset({("snacks", f"branch{number % 5}")})
    shared = {"id": f"near{number:03d}", "priority": number % 3, "condition": _condition(number)}
    group = f"g{number % 6}" if number % 2 else None
    kinds = (
        (Kind.ITEM_DISCOUNT, PercentOff(percent=Decimal("7.5"), most=2000), branch),
        (Kind.BUY_X_GET_Y, BuyGet(buy=2, percent=Decimal(50)), branch),
        (Kind.BUNDLE_PRICE, BundlePrice(count=3, price=2100), branch),
        (Kind.ORDER_DISCOUNT, AmountOff(amount=500, per=10_000), frozenset()),
        (Kind.ITEM_DISCOUNT, UnitPrice(price=700), branch),
        (Kind.ORDER_DISCOUNT, PercentOff(percent=Decimal(3)), frozenset()),
        (Kind.SHIPPING, ShippingOff(most=400), frozenset()),
        (Kind.GIFT, Gift(sku="CARD"), frozenset()),
        (Kind.POINTS_MULTIPLIER, PointsTimes(factor=Decimal(2)), frozenset()),
    )
    kind, reward, categories = kinds[number % len(kinds)]
    return Definition(
        kind=kind,
        reward=reward,
        items=Items(categories=categories),
        group=group,
        exclusive=number == 23,  # noqa: PLR2004 - one of them
        hours=(Hours(start=clock(8), end=clock(23)),) if number % 4 == 0 else (),
        **shared,
    )


def _condition(number: int) -> AtLeast | InTier | None:
    if number % 3 == 0:
        return AtLeast(amount=3000)
    if number % 5 == 0:
        return InTier(programme="club", tiers=frozenset({"gold", "black"}))
    return None


def _elsewhere(number: int) -> Definition:
    here = number % 4
    return Definition(
        id=f"far{number:03d}",
        kind=Kind.ITEM_DISCOUNT,
        reward=PercentOff(percent=Decimal(10)),
        items=Items(categories=frozenset({("tea", f"branch{number % _BRANCHES}")})),
        channels=frozenset({"pos"}) if here == 1 else frozenset(),
        stores=frozenset({f"M{number:04d}x"}) if here == 2 else frozenset(),  # noqa: PLR2004
    )


def _checked(quotes: Sequence[Quote]) -> dict[str, Any]:
    matching = [_ACTIVE - sum(one.why in _UNMATCHED for one in each.rejected) for each in quotes]
    applied = [len(each.applied) for each in quotes]
    if min(matching) < _LEAST_MATCHING or min(applied) < _LEAST_APPLIED:
        raise Differs(f"{min(matching)} promotions match and {min(applied)} apply")
    return {"match": mean(matching), "apply": mean(applied)}


def _measured(book: Book, carts: Sequence[Cart]) -> Any:
    async def measured(seconds: float, seed: int) -> Figures:
        del seed
        began, ends, count = time.process_time(), time.perf_counter() + seconds, 0
        while time.perf_counter() < ends:
            for one in carts:
                quote(book, one, _HERE)
            count += len(carts)
        return {"quote_us": (time.process_time() - began) * 1e6 / count}

    return measured
