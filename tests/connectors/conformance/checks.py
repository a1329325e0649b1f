"""What every port of every system must hold; each check raises AssertionError."""

from typing import Any

from msgspec.structs import replace

from capabilities.errors import Refused
from capabilities.estate import Capability
from capabilities.member.records import Identity
from capabilities.order.records import OrderFilter, OrderKind, OrderStatus
from capabilities.page import PageAsk, SortKey, before
from capabilities.promotion.records import PromotionStatus
from tests.connectors.conformance.case import (
    LISTS,
    SOURCES,
    VALUES,
    Case,
    all_orders,
    some,
    walk,
)

_NO_SUCH = {"orders": "9", "memberships": "999999999", "stores": "X", "coupons": "9999999"}


async def batch_law(case: Case, name: str) -> None:
    """One answer per key, in order, None where there is none, the same for a key asked twice."""
    _, field = SOURCES[name]
    rows = await some(case, name, 5)
    first, last = getattr(rows[0], field), getattr(rows[-1], field)
    no_such = case.subject.no_such.get(name, _NO_SUCH.get(name, "none"))
    keys = [last, no_such, first, "", last]
    answer = list(await getattr(case.connector, name)(keys))
    assert answer == [rows[-1], None, rows[0], None, rows[-1]]


async def no_key_no_call(case: Case, name: str) -> None:
    """Nothing asked, nothing called."""
    case.ear.upstream = 0
    assert list(await getattr(case.connector, name)([])) == []
    assert case.ear.upstream == 0


async def one_call(case: Case, name: str) -> None:
    """All keys of a batch by one call, of the size that is declared."""
    _, field = SOURCES[name]
    keys = [getattr(row, field) for row in await some(case, name, 40)]
    case.ear.upstream = 0
    await getattr(case.connector, name)(keys)
    assert case.ear.upstream == case.calls(name, "by_key", len(keys))


async def same_records(case: Case, name: str) -> None:
    """A record by key is the record of the list, whatever the order of the keys."""
    _, field = SOURCES[name]
    rows = await some(case, name, 30)
    keys = [getattr(row, field) for row in reversed(rows)]
    assert list(await getattr(case.connector, name)(keys)) == rows[::-1]


async def unique(case: Case, name: str) -> None:
    """No id and no natural key stands twice in a list."""
    rows = await walk(case, name, 50)
    assert len({row.id for row in rows}) == len(rows) > 0
    assert len({row.sort_key for row in rows}) == len(rows)


async def in_order(case: Case, name: str) -> None:
    """Newest first is the one order, oldest first its exact reverse."""
    newest = await walk(case, name, 50)
    oldest = await walk(case, name, 50, newest_first=False)
    ranks = [row.sort_key.rank for row in newest]
    assert ranks == sorted(ranks)
    assert oldest == newest[::-1]


async def pages_are_the_list(case: Case, name: str) -> None:
    """Pages of any size, put together, are the whole list, in both directions."""
    whole = await walk(case, name, 100)
    for size in (1, 2, 7, 50):
        most = min(len(whole), size * 12)
        assert await walk(case, name, size, most=most) == whole[:most]
        back = await walk(case, name, size, newest_first=False, most=most)
        assert back == whole[::-1][:most]


async def strictly_after(case: Case, name: str) -> None:
    """From any place, also one of a foreign channel or between two rows."""
    whole = await walk(case, name, 100)
    row = whole[len(whole) // 2].sort_key
    places = [
        row,
        *(replace(row, channel=channel) for channel in ("a", "m", "shop", "zz")),
        replace(row, value=row.value + 1),
        replace(row, value=row.value - 1),
        replace(row, natural_key=""),
        SortKey(row.value, row.channel, "9" * 40),
    ]
    for place in places:
        for newest in (True, False):
            found = await walk(case, name, 7, after=place, newest_first=newest, most=14)
            rest = [r for r in whole if before(place, r.sort_key, newest_first=newest)]
            assert found == (rest if newest else rest[::-1])[:14]


async def honest_more(case: Case, name: str) -> None:
    """`has_more` says exactly whether a row comes after the page."""
    port, whole = LISTS[name], await walk(case, name, 100)
    channels = case.channels(port.capability)
    for first, at in ((1, len(whole) - 2), (1, len(whole) - 3), (3, len(whole) - 4), (2, 0)):
        after = whole[at].sort_key
        ask = PageAsk(first=first, channels=channels, after=after)
        page = await port.ask(case.connector, case.everything(name), ask)
        assert page.has_more == (len(whole) - 1 - at > first)
    assert not (
        await port.ask(
            case.connector,
            case.everything(name),
            PageAsk(first=5, channels=channels, after=whole[-1].sort_key),
        )
    ).has_more


async def own_channels(case: Case, name: str) -> None:
    """Some channels of a list are exactly its rows of those channels."""
    whole = await walk(case, name, 100)
    channels = case.channels(LISTS[name].capability)
    for part in (channels[:1], channels[1:], channels[::2], ("elsewhere",)):
        found = await walk(case, name, 50, channels=part)
        assert found == [row for row in whole if row.channel in part]


async def honest_filters(case: Case, name: str) -> None:
    """A filtered list is exactly the rows of the list that the filter accepts."""
    whole = await walk(case, name, 100)
    for filters in _filters(case, name, whole):
        found = await walk(case, name, 50, filters=filters)
        assert found == [row for row in whole if filters.accepts(row)]


async def refuses_other_filters(case: Case, name: str) -> None:
    """A filter that is not declared is refused; the message lists those that are."""
    declared = _declared(case, name)
    for field, values in VALUES.get(name, {}).items():
        if field in declared:
            continue
        filters = replace(case.everything(name), **values)
        try:
            await walk(case, name, 5, filters=filters, most=5)
        except Refused as refusal:
            assert all(word in refusal.message for word in declared)  # noqa: PT017 - as text
        else:
            raise AssertionError(f"{field} was ignored")


async def one_call_a_page(case: Case, name: str) -> None:
    """The first page of whole channels needs one call."""
    port = LISTS[name]
    case.ear.upstream = 0
    ask = PageAsk(first=3, channels=case.channels(port.capability))
    await port.ask(case.connector, case.everything(name), ask)
    assert case.ear.upstream == 1


async def customers_pages(case: Case, _: str) -> None:
    """Each customer's page is her part of the list, in both directions, and resumes."""
    wanted = [
        "",
        case.truth.lin,
        case.subject.nobody,
        *sorted(case.truth.members)[1:6],
        case.truth.lin,
    ]
    channels = case.channels(Capability.ORDER)
    whole = await walk(case, "search_orders", 100, filters=OrderFilter())
    for newest in (True, False):
        mine = whole if newest else whole[::-1]
        after: SortKey | None = None
        for first in (1, 3, 50):
            ask = PageAsk(first=first, channels=channels, after=after, newest_first=newest)
            pages = await case.connector.orders_by_customer(wanted, OrderFilter(), ask)
            for customer, page in zip(wanted, pages, strict=True):
                rest = [
                    row
                    for row in mine
                    if row.customer == customer
                    and (after is None or before(after, row.sort_key, newest_first=newest))
                ]
                assert list(page.rows) == rest[:first]
                assert page.has_more == (len(rest) > first)
            after = pages[1].rows[-1].sort_key


async def customers_calls(case: Case, _: str) -> None:
    """Customers share calls of the size that is declared."""
    ask = PageAsk(first=2, channels=case.channels(Capability.ORDER))
    wanted = sorted(case.truth.members)[1:4]
    case.ear.upstream = 0
    await case.connector.orders_by_customer(wanted, OrderFilter(), ask)
    assert case.ear.upstream == case.calls("orders", "by_customer", len(wanted))
    case.ear.upstream = 0
    assert list(await case.connector.orders_by_customer([], OrderFilter(), ask)) == []
    assert case.ear.upstream == 0


async def identities(case: Case, _: str) -> None:
    """A person is found by each kind of identity, by one call; a stranger is not."""
    subject = case.subject
    for kind in sorted(case.connector.identity_kinds, key=lambda one: one.value):
        case.ear.upstream = 0
        known = Identity(kind, "", subject.known.get(kind, case.truth.lin))
        found = await case.connector.memberships_by_identity([known])
        assert case.ear.upstream == 1
        assert [one.number for one in found[0]] == [case.truth.lin]
        stranger = Identity(kind, "", subject.stranger.get(kind, subject.nobody))
        both = await case.connector.memberships_by_identity([stranger, known, stranger])
        assert both == [(), found[0], ()]
    case.ear.upstream = 0
    assert list(await case.connector.memberships_by_identity([])) == []
    assert case.ear.upstream == 0


async def true_orders(case: Case, _: str) -> None:
    """Exactly the system's own orders, with channel, customer and money to the cent."""
    rows = await all_orders(case)
    assert {row.number for row in rows} == set(case.truth.orders)
    for row in rows:
        channel, customer, cents = case.truth.orders[row.number]
        assert (row.channel, row.total.minor, row.total.currency) == (channel, cents, "CNY")
        if customer is not None:
            assert row.customer == customer
        assert row.kind is OrderKind.RETURN or cents >= 0
        assert not row.integrity_warnings


async def unknowns_are_counted(case: Case, _: str) -> None:
    """An order's status is UNKNOWN exactly where an unknown word was met, and each is counted."""
    case.ear.unknowns.clear()
    rows = await all_orders(case)
    counted = sum(n for (field, _), n in case.ear.unknowns.items() if field == "orders.status")
    unknown = [row for row in rows if row.status is OrderStatus.UNKNOWN]
    words = sum(bool(row.source_status) for row in unknown)
    assert counted >= words
    assert (counted > 0) == (words > 0) == case.subject.unknown_words


async def customers_coupons(case: Case, _: str) -> None:
    """Whoever holds coupons gets all of them, and nobody else's."""
    everyone = await walk(case, "search_memberships", 100)
    everything = await walk(case, "search_coupons", 100)
    some = [one for one in everyone if one.number == case.truth.lin] + everyone[:20]
    held = await case.connector.coupons_by_membership(some)
    assert len(held[0]) == 1
    keys = {coupon.key for coupon in everything}
    for membership, coupons in zip(some, held, strict=True):
        assert all(coupon.customer == membership.number for coupon in coupons)
        assert {coupon.key for coupon in coupons} <= keys
    all_held = await case.connector.coupons_by_membership(everyone)
    assert sum(len(coupons) for coupons in all_held) == len(everything)


async def true_mirrors(case: Case, _: str) -> None:
    """A copy is found under the shop's number; orders without a copy have none."""
    numbers = list(case.truth.mirrors)[:20]
    case.ear.upstream = 0
    found = await case.connector.order_mirrors([*numbers, "1", numbers[0]])
    assert case.ear.upstream == case.calls("order_mirrors", "by_key", len(numbers) + 1)
    expected = [case.truth.mirrors[number] for number in numbers]
    assert [row and row.number for row in found] == [*expected, None, expected[0]]


def _declared(case: Case, name: str) -> frozenset[str]:
    attribute = {
        "search_orders": "order_filters",
        "search_memberships": "membership_filters",
        "search_stores": "store_filters",
        "search_promotions": "promotion_filters",
    }.get(name, "")
    return getattr(case.connector, attribute, frozenset())


def _filters(case: Case, name: str, whole: list[Any]) -> list[Any]:
    """Filters of every declared field, each with values that keep some rows and drop others."""
    everything, declared = case.everything(name), _declared(case, name)
    fields = {
        "status": ("statuses", lambda row: row.status),
        "kind": ("kinds", lambda row: row.kind),
        "store": ("stores", lambda row: row.store_code),
        "home_store": ("home_stores", lambda row: row.home_store_code),
        "code": ("codes", lambda row: row.code),
    }
    made = []
    for field, (attribute, value) in fields.items():
        if field in declared:
            values = sorted({value(row) for row in whole} - {None}, key=str)
            made += [
                replace(everything, **{attribute: frozenset(part)})
                for part in (values[:1], values[1:3], values)
            ]
    if "placed_at" in declared:
        middle = whole[len(whole) // 2].placed_at
        made += [replace(everything, placed_from=middle), replace(everything, placed_before=middle)]
    if name == "search_promotions":
        made.append(replace(everything, statuses=frozenset({PromotionStatus.PAUSED})))
    return made
