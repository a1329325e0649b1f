"""One system under test: its connector, what the observer heard, and what is really there."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from capabilities.estate import Capability
from capabilities.member.records import IdentityKind, MembershipFilter
from capabilities.order.records import OrderFilter, OrderKind, OrderStatus, StoreFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.records import PromotionFilter
from demo.pos.money import total_of
from demo.sample import make_retailer
from demo.sample.records import POS, SAP, WOO

# Lists are looked at in a window, so that small pages are few; it holds rows of one moment.
WINDOW = (datetime(2026, 10, 15, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC))
_DOORS = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}
_CHANNELS = {"20": "jd", "30": "tmall", "40": "waimai"}
_SITES = {"M": "store", "T": "terminal", "P": "popup"}

LIN = {
    IdentityKind.PHONE: "+8613912345678",
    IdentityKind.EMAIL: "lin.xiaoman@example.com",
    IdentityKind.CARD_NO: "BW88880001",
}
STRANGER = {
    IdentityKind.PHONE: "+8613911112222",
    IdentityKind.EMAIL: "nobody@example.com",
    IdentityKind.CARD_NO: "BW00000000",
}

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


class Truth(Struct, frozen=True):
    """What the generator made: order number → channel, customer, cents; members; mirrors."""

    orders: dict[str, tuple[str, str | None, int]]
    members: frozenset[str]
    mirrors: dict[str, str]
    lin: str


class Case(Struct, frozen=True):
    """What a check gets."""

    system: str
    connector: Any
    ear: Ear
    truth: Truth

    def channels(self, capability: Capability) -> tuple[str, ...]:
        return tuple(sorted(set(self.connector.spec.channels[capability].values())))


class List(Struct, frozen=True):
    """A list port as a check sees it."""

    capability: Capability
    ask: Callable[[Any, Any, PageAsk], Awaitable[SourcePage[Any]]]
    everything: Any


LISTS = {
    "search_orders": List(
        Capability.ORDER,
        lambda c, filters, ask: c.search_orders(filters, ask),
        OrderFilter(placed_from=WINDOW[0], placed_before=WINDOW[1]),
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
    filters = port.everything if filters is None else filters
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


def truth_of(system: str) -> Truth:
    retailer = make_retailer()
    if system == "sap":
        own = [order for order in retailer.sap_orders if order.channel in _CHANNELS]
        orders = {
            str(o.number): (
                _CHANNELS[o.channel],
                str(o.account.number) if o.account else None,
                0 if o.kind == "ZKL" else sum(line.after for line in o.lines),
            )
            for o in own
        }
        mirrors = {o.mirrors: str(o.number) for o in retailer.sap_orders if o.mirrors}
        return Truth(orders, _members(retailer, SAP), mirrors, _lin(retailer, SAP))
    if system == "woo":
        orders = {
            str(o.number): (
                _DOORS[o.created_via],
                str(o.account.number) if o.account else None,
                sum(line.after for line in o.lines) + o.shipping,
            )
            for o in retailer.woo_orders
            if o.status != "trash"
        }
        return Truth(orders, _members(retailer, WOO), {}, _lin(retailer, WOO))
    orders = {
        f"{s.store.code}-{s.placed:%Y%m%d}-{s.kind}-1-{s.number}": (
            _SITES[s.store.code[0]],
            str(s.account.number) if s.account else None,
            _till_total(s),
        )
        for s in retailer.pos_sales
    }
    return Truth(orders, _members(retailer, POS), {}, _lin(retailer, POS))


def _till_total(sale: Any) -> int:
    """Cash is rounded down to the jiao, towards zero for a return."""
    total = total_of(sale.lines, added=sale.tax_added)
    cash = sale.status == 0 and sale.payment == "现金"
    return int(total / 10) * 10 if cash else total


def _members(retailer: Any, system: str) -> frozenset[str]:
    return frozenset(str(account.number) for account in retailer.accounts[system])


def _lin(retailer: Any, system: str) -> str:
    return str(retailer.accounts[system][0].number)
