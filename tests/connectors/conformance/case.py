"""One system under test: its connector, what the observer heard, and what is really there."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from capabilities.estate import Capability
from capabilities.member.records import MembershipFilter
from capabilities.order.records import OrderFilter, OrderKind, OrderStatus, StoreFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.records import PromotionFilter
from tests.connectors.conformance.subject import WINDOW, Subject, Truth

VALUES: dict[str, dict[str, dict[str, Any]]] = {
    "search_orders": {
        "store": {"stores": frozenset({"M0001"})},
        "status": {"statuses": frozenset({OrderStatus.COMPLETED})},
        "kind": {"kinds": frozenset({OrderKind.SALE})},
        "placed_at": {"placed_from": WINDOW[0]},
    },
    "search_memberships": {"home_store": {"home_stores": frozenset({"M0001"})}},
}


class Ear:
    """Counts unknown values and calls that reached the protocol."""

    def __init__(self) -> None:
        self.unknowns: Counter[tuple[str, str]] = Counter()
        self.ports: Counter[str] = Counter()
        self.upstream = 0

    def called(self, *heard: object) -> None:
        self.ports[str(heard[1])] += 1

    def unknown(self, *heard: str) -> None:
        self.unknowns[heard[1], heard[2]] += 1


class Case(Struct, frozen=True):
    """What a check gets."""

    subject: Subject
    connector: Any
    ear: Ear
    truth: Truth

    def channels(self, capability: Capability) -> tuple[str, ...]:
        return tuple(sorted(set(self.connector.spec.channels[capability].values())))

    def everything(self, name: str) -> Any:
        """The filter under which a list is looked at."""
        if name in self.subject.everything:
            return self.subject.everything[name]
        if name == "search_orders":
            first, last = self.subject.window
            return OrderFilter(placed_from=first, placed_before=last)
        return LISTS[name].everything

    def calls(self, section: str, question: str, keys: int) -> int:
        """How many calls so many keys need at the size of batch that the manifest declares."""
        lookup = getattr(self.connector._bound[section].compiled.section, question)
        return self.batches(lookup, keys)

    def batches(self, lookup: Any, keys: int) -> int:
        """As `calls`, of one way to look up."""
        most = self.connector.spec.limits.max_batch
        return -(-keys // min(most, lookup.batch or most))


class List(Struct, frozen=True):
    """A list port as a check sees it."""

    capability: Capability
    ask: Callable[[Any, Any, PageAsk], Awaitable[SourcePage[Any]]]
    everything: Any


LISTS = {
    "search_orders": List(
        Capability.ORDER,
        lambda c, filters, ask: c.search_orders(filters, ask),
        OrderFilter(),
    ),
    "search_memberships": List(
        Capability.MEMBER,
        lambda c, filters, ask: c.search_memberships(filters, ask),
        MembershipFilter(),
    ),
    "search_stores": List(
        Capability.ORDER,
        lambda c, filters, ask: c.search_stores(filters, ask),
        StoreFilter(codes=frozenset(f"{k}{n:04d}" for k in "MTP" for n in range(1, 30))),
    ),
    "search_promotions": List(
        Capability.PROMOTION,
        lambda c, filters, ask: c.search_promotions(filters, ask),
        PromotionFilter(),
    ),
    "search_coupons": List(Capability.PROMOTION, lambda c, _, ask: c.search_coupons(ask), None),
}

# A source of single records, and the list that says which keys it has.
SOURCES = {
    "orders": ("search_orders", "number"),
    "memberships": ("search_memberships", "number"),
    "stores": ("search_stores", "code"),
    "promotions": ("search_promotions", "key"),
    "coupons": ("search_coupons", "key"),
}


async def some(case: Case, name: str, most: int) -> list[Any]:
    """Records that a source has: the first of its list, or asked one by one where it has none."""
    listed, _ = SOURCES[name]
    if hasattr(case.connector, listed):
        return await walk(case, listed, 50, most=most)
    known = case.truth.members if name == "memberships" else case.truth.orders
    ask, keys = getattr(case.connector, name), sorted(known)[:most]
    return [(await ask([key]))[0] for key in keys]


async def all_orders(case: Case) -> list[Any]:
    """Every order that is listed; where there is no list, those that there are, by their keys."""
    if hasattr(case.connector, "search_orders"):
        return await walk(case, "search_orders", 100, filters=OrderFilter())
    found = await case.connector.orders(sorted(case.truth.orders))
    return [row for row in found if row is not None]


async def walk(
    case: Case,
    name: str,
    size: int,
    *,
    newest_first: bool = True,
    filters: Any = None,
    channels: tuple[str, ...] | None = None,
    after: SortKey | None = None,
    most: int = 10_000,
) -> list[Any]:
    """A list page by page, resumed as the federation resumes it; at most `most` rows."""
    port, rows = LISTS[name], []
    filters = case.everything(name) if filters is None else filters
    channels = case.channels(port.capability) if channels is None else channels
    for _ in range(5000):
        ask = PageAsk(first=size, channels=channels, after=after, newest_first=newest_first)
        page = await port.ask(case.connector, filters, ask)
        assert len(page.rows) <= size
        rows += page.rows
        if not page.has_more or len(rows) >= most:
            return rows[:most]
        assert page.rows or page.truncated_at is not None, "more is promised and nothing comes"
        cut = page.truncated_at if len(page.rows) < size else None
        after = cut or page.rows[-1].sort_key
    raise AssertionError("the walk has no end")
