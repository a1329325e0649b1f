"""Each check fails for a port that breaks what it is about: a check that cannot fail is none."""

import inspect
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from capabilities.money import Money
from capabilities.order.records import OrderStatus
from capabilities.page import PageAsk
from tests.connectors.conformance import checks, feeds
from tests.connectors.conformance.suite import ALL


class Mutant:
    """A connector with one method that does wrong."""

    def __init__(self, connector: Any, method: str, wrong: Any) -> None:
        self._connector, self._method, self._wrong = connector, method, wrong

    def __getattr__(self, name: str) -> Any:
        right = getattr(self._connector, name)
        if name != self._method:
            return right

        if inspect.isasyncgenfunction(self._wrong):
            return partial(self._wrong, right)

        async def broken(*args: Any) -> Any:
            return await self._wrong(right, *args)

        return broken


async def unordered(right, keys):
    return list(await right(sorted(keys)))


async def calls_for_nothing(right, keys):
    return (await right(keys or ["1"]))[: len(keys)]


async def calls_for_each(right, keys):
    return [(await right([key]))[0] for key in keys]


async def shifted(right, keys):
    return [*(await right(keys))[1:], None]


async def doubled(right, filters, ask):
    page = await right(filters, ask)
    return replace(page, rows=(page.rows[:1] + page.rows)[: ask.first])


async def reversed_page(right, filters, ask):
    page = await right(filters, ask)
    return replace(page, rows=page.rows[::-1])


async def loses_the_last(right, filters, ask):
    page = await right(filters, ask)
    return replace(page, rows=page.rows[:-1] if len(page.rows) == ask.first > 1 else page.rows)


async def inclusive(right, filters, ask):
    back = ask.after and replace(ask.after, natural_key=ask.after.natural_key[:-1])
    return await right(filters, replace(ask, after=back))


async def promises_more(right, filters, ask):
    return replace(await right(filters, ask), has_more=True)


async def other_channels(right, filters, ask):
    everything = tuple({"shop", "app", "mini", "live", "jd", "tmall", "waimai", *ask.channels})
    return await right(filters, replace(ask, channels=everything))


async def ignores_filters(right, filters, ask):
    plain = replace(filters, statuses=None, kinds=None, stores=None)
    return await right(plain, ask)


async def asks_twice(right, filters, ask):
    await right(filters, ask)
    return await right(filters, ask)


async def shifted_customers(right, customers, filters, ask):
    pages = list(await right(customers, filters, ask))
    return pages[1:] + pages[:1]


async def customers_one_by_one(right, customers, filters, ask):
    return [(await right([one, one, "1"], filters, ask))[0] for one in customers]


async def everybody_is_lin(right, identities):
    found = await right(identities)
    return [max(found, key=len)] * len(found)


async def rounds_wrong(right, filters, ask):
    page = await right(filters, ask)
    cheap = replace(page.rows[0].money, total=Money(page.rows[0].total.minor + 1, "CNY"))
    return replace(page, rows=(replace(page.rows[0], money=cheap), *page.rows[1:]))


async def guesses(right, filters, ask):
    page = await right(filters, ask)
    rows = (
        replace(row, status=OrderStatus.COMPLETED) if row.status is OrderStatus.UNKNOWN else row
        for row in page.rows
    )
    return replace(page, rows=tuple(rows))


async def coupons_of_all(right, memberships):
    held = await right(memberships)
    return [tuple(coupon for coupons in held for coupon in coupons)] * len(held)


async def foreign_copies(right, numbers):
    found = await right(numbers)
    return [found[0]] * len(found)


async def loses_a_change(right, *asked):
    async for page in right(*asked):
        yield replace(page, rows=page.rows[1:])


async def begins_again(right, _position, since):
    async for page in right(None, since):
        yield page


async def ignores_since(right, position, _since):
    async for page in right(position, None):
        yield page


async def never_remembers(right, position, since):
    async for page in right(position, since):
        yield replace(page, position="[]") if page.done else page


# check → system, port name that the check is given, method that is broken, how.
MUTANTS = {
    checks.batch_law: ("sap", "orders", "orders", unordered),
    checks.no_key_no_call: ("sap", "orders", "orders", calls_for_nothing),
    checks.one_call: ("sap", "orders", "orders", calls_for_each),
    checks.same_records: ("sap", "orders", "orders", shifted),
    checks.unique: ("sap", "search_orders", "search_orders", doubled),
    checks.in_order: ("sap", "search_orders", "search_orders", reversed_page),
    checks.pages_are_the_list: ("sap", "search_orders", "search_orders", loses_the_last),
    checks.strictly_after: ("sap", "search_orders", "search_orders", inclusive),
    checks.honest_more: ("sap", "search_orders", "search_orders", promises_more),
    checks.own_channels: ("sap", "search_orders", "search_orders", other_channels),
    checks.honest_filters: ("sap", "search_orders", "search_orders", ignores_filters),
    checks.refuses_other_filters: ("sap", "search_orders", "search_orders", ignores_filters),
    checks.one_call_a_page: ("sap", "search_orders", "search_orders", asks_twice),
    feeds.feed_is_the_list: ("sap", "order_changes", "order_changes", loses_a_change),
    feeds.feed_goes_on: ("sap", "order_changes", "order_changes", begins_again),
    feeds.feed_since: ("sap", "order_changes", "order_changes", ignores_since),
    feeds.feed_ends: ("sap", "order_changes", "order_changes", never_remembers),
    checks.customers_pages: ("sap", "", "orders_by_customer", shifted_customers),
    checks.customers_calls: ("sap", "", "orders_by_customer", customers_one_by_one),
    checks.identities: ("sap", "", "memberships_by_identity", everybody_is_lin),
    checks.true_orders: ("sap", "", "search_orders", rounds_wrong),
    checks.unknowns_are_counted: ("sap", "", "search_orders", guesses),
    checks.customers_coupons: ("pos", "", "coupons_by_membership", coupons_of_all),
    feeds.promotions_read_whole: ("pos", "", "everything", loses_a_change),
    checks.true_mirrors: ("sap", "", "order_mirrors", foreign_copies),
}


def test_every_check_has_a_mutant():
    assert set(MUTANTS) == set(ALL)


@pytest.mark.parametrize(
    ("check", "system"),
    [(check, mutant[0]) for check, mutant in MUTANTS.items()],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
async def test_the_check_sees_the_mutant(case, check):
    _, name, method, wrong = MUTANTS[check]
    broken = replace(case, connector=Mutant(case.connector, method, wrong))
    with pytest.raises(AssertionError):
        await check(broken, name)


@pytest.mark.parametrize("system", ["sap"])
async def test_a_mutant_that_does_right_passes(case):
    async def same(right, filters, ask):
        return await right(filters, PageAsk(**{k: getattr(ask, k) for k in ask.__struct_fields__}))

    whole = replace(case, connector=Mutant(case.connector, "search_orders", same))
    await checks.honest_more(whole, "search_orders")
