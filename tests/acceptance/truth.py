"""What is true of the demo retailer, from its generator alone."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from demo.sample import make_retailer
from demo.sample.files import count_unmatched
from demo.sample.records import POS, SAP, WOO, PosSale, SapOrder, WooOrder

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONNECTORS = {SAP: "sap", WOO: "woo", POS: "pos"}
LIN = {"phone": "13912345678", "name": "林小满", "email": "lin.xiaoman@example.com"}
LIN_CARD = "BW88880001"
LIN_MEMBERSHIPS = {("tmall", "1000100"), ("shop", "101"), ("store", "1001")}
SHARED_PHONE = "13800000000"
_DAY_END = time(23, 59, 59, 999_000)
_SAP_CHANNELS = {"20": "jd", "30": "tmall", "40": "waimai"}
_VIAS = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}
_SITES = {"M": "store", "T": "terminal", "P": "popup"}


class Truth(NamedTuple):
    """An order as the merged list must show it."""

    connector: str
    channel: str
    number: str
    placed_at: datetime
    store: str | None = None
    person: int | None = None
    status: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.channel, self.number)

    @property
    def rank(self) -> tuple[float, str, int, str]:
        """Ascending is newest first; the one order of every merged list."""
        return (-self.placed_at.timestamp(), self.channel, len(self.number), self.number)


@cache
def orders() -> tuple[Truth, ...]:
    """Every order that some channel answers for, newest first: no mirrors, no trash."""
    retailer = make_retailer()
    return ranked(
        [
            *(_sap(one) for one in retailer.sap_orders if not one.mirrors),
            *(_woo(one) for one in retailer.woo_orders if one.status != "trash"),
            *(_pos(one) for one in retailer.pos_sales),
        ]
    )


def ranked(some: Iterable[Truth]) -> tuple[Truth, ...]:
    return tuple(sorted(some, key=lambda one: one.rank))


def keys(wanted: Callable[[Truth], bool] = lambda _: True) -> list[tuple[str, str]]:
    """The keys of the wanted orders, newest first."""
    return [one.key for one in orders() if wanted(one)]


def unmatched() -> set[tuple[str, str, str]]:
    """The planted codes that match no product, with the connector that shows them."""
    return {(CONNECTORS[key[0]], *key[1:]) for key, _ in count_unmatched(make_retailer())}


def _sap(one: SapOrder) -> Truth:
    placed = datetime.combine(one.placed.date(), _DAY_END, SHANGHAI)
    return _order("sap", _SAP_CHANNELS[one.channel], str(one.number), placed, one)


def _woo(one: WooOrder) -> Truth:
    placed = one.placed.replace(tzinfo=SHANGHAI)
    return _order("woo", _VIAS[one.created_via], str(one.number), placed, one)


def _pos(one: PosSale) -> Truth:
    code = one.store.code
    number = f"{code}-{one.placed:%Y%m%d}-{one.kind}-1-{one.number}"
    placed = one.placed.replace(tzinfo=SHANGHAI)
    status = {0: "COMPLETED", 1: "DRAFT", 2: "CANCELLED"}[one.status]
    order = _order("pos", _SITES[code[0]], number, placed, one)
    return order._replace(store=code, status=status)


def _order(
    connector: str,
    channel: str,
    number: str,
    placed: datetime,
    one: SapOrder | WooOrder | PosSale,
) -> Truth:
    person = one.account.person.index if one.account else None
    return Truth(connector, channel, number, placed.astimezone(UTC), person=person)


def days_before_the_end(days: int) -> datetime:
    """A moment of the sample data, counted back from its fixed end."""
    return datetime(2026, 11, 1, tzinfo=SHANGHAI) - timedelta(days=days)
