"""What a promotion would have cost: past orders weighed as if it had been in force then.

It is taken off what was paid, so what was in force then stays. Its own dates do not count, its
hours do; its limits and its budget are used up in the order in which people bought.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from capabilities.money import Money
from capabilities.pricing.book import Book
from capabilities.pricing.cart import Cart, CartLine, Occasion, Usage
from capabilities.pricing.pricing import quote
from capabilities.pricing.quote import Why
from capabilities.promotion.plans import PromotionPlan
from capabilities.time import local_date

ZoneOf = Callable[[str], ZoneInfo]


class PastLine(Struct, frozen=True, kw_only=True, gc=False):
    """A line as it was paid; `net` in minor units."""

    ref: str
    sku: str
    quantity: Decimal
    net: int
    category: tuple[str, ...] = ()


class PastOrder(Struct, frozen=True, kw_only=True, gc=False):
    """An order as the platform keeps it; `buyer` None of an anonymous sale."""

    channel: str
    number: str
    store: str | None = None
    placed_at: datetime
    buyer: str | None = None
    first_purchase: bool = False
    lines: tuple[PastLine, ...] = ()


class PreviewShare(Struct, frozen=True, kw_only=True, gc=False):
    """A day's or a channel's part: orders, those it applied to, what they cost and would have."""

    day: date | None = None
    channel: str | None = None
    orders: int
    applied: int
    turnover: Money
    discount: Money


class PreviewReason(Struct, frozen=True, gc=False):
    """How many orders it did not apply to for a reason."""

    why: Why
    orders: int


class PromotionPreview(Struct, frozen=True, kw_only=True):
    """What it would have cost; `unpriced` orders have lines of which nobody knows the price.

    Where it is not `complete`, `upto` is the moment of the last order that was weighed.
    """

    promotion: str
    version: int
    since: date
    until: date
    orders: int
    applied: int
    unpriced: int
    turnover: Money
    discount: Money
    days: tuple[PreviewShare, ...]
    channels: tuple[PreviewShare, ...]
    reasons: tuple[PreviewReason, ...]
    complete: bool
    upto: datetime | None


class _Sums:
    __slots__ = ("applied", "discount", "orders", "turnover")

    def __init__(self) -> None:
        self.orders = self.applied = self.turnover = self.discount = 0

    def add(self, turnover: int, discount: int, *, applied: bool) -> None:
        """Count one order."""
        self.orders += 1
        self.applied += applied
        self.turnover += turnover
        self.discount += discount

    def shared(
        self, currency: str, day: date | None = None, channel: str | None = None
    ) -> PreviewShare:
        """As a record."""
        return PreviewShare(
            day=day,
            channel=channel,
            orders=self.orders,
            applied=self.applied,
            turnover=Money(self.turnover, currency),
            discount=Money(self.discount, currency),
        )


class Previewing:
    """Weighs past orders, the oldest first; days are those of `zone`, hours those of `zone_of`."""

    def __init__(self, plan: PromotionPlan, zone: ZoneInfo, zone_of: ZoneOf) -> None:
        self._plan = replace(plan, starts_at=None, ends_at=None)
        self._book = Book([self._plan])
        self._zone = zone
        self._zone_of = zone_of
        self._all = _Sums()
        self._days: defaultdict[date, _Sums] = defaultdict(_Sums)
        self._channels: defaultdict[str, _Sums] = defaultdict(_Sums)
        self._reasons: Counter[Why] = Counter()
        self._of_buyers: Counter[str] = Counter()
        self._of_stores: Counter[str] = Counter()
        self._uses = self._spend = self._unpriced = 0
        self._upto: datetime | None = None

    def weigh(self, orders: Sequence[PastOrder]) -> None:
        """Count some more."""
        for one in orders:
            self._upto = one.placed_at
            if not one.lines:
                self._unpriced += 1
            else:
                self._weigh(one)

    def told(self, since: date, until: date, *, complete: bool) -> PromotionPreview:
        """What it came to so far."""
        currency = self._plan.currency
        return PromotionPreview(
            promotion=self._plan.id,
            version=self._plan.version,
            since=since,
            until=until,
            orders=self._all.orders,
            applied=self._all.applied,
            unpriced=self._unpriced,
            turnover=Money(self._all.turnover, currency),
            discount=Money(self._all.discount, currency),
            days=tuple(one.shared(currency, day=day) for day, one in sorted(self._days.items())),
            channels=tuple(
                one.shared(currency, channel=code) for code, one in sorted(self._channels.items())
            ),
            reasons=tuple(PreviewReason(why, many) for why, many in self._reasons.most_common()),
            complete=complete,
            upto=self._upto,
        )

    def _weigh(self, one: PastOrder) -> None:
        found = quote(self._book, _cart(one, self._plan.currency), self._occasion(one))
        turnover = sum(line.net for line in one.lines)
        sums = (
            self._all,
            self._days[local_date(one.placed_at, self._zone)],
            self._channels[one.channel],
        )
        for each in sums:
            each.add(turnover, found.discount, applied=bool(found.applied))
        for applied in found.applied:
            self._uses += 1
            self._spend += applied.amount
            if one.buyer is not None:
                self._of_buyers[one.buyer] += 1
            if one.store is not None:
                self._of_stores[one.store] += 1
        if not found.applied:
            self._reasons.update(rejected.why for rejected in found.rejected)

    def _occasion(self, one: PastOrder) -> Occasion:
        used = Usage(
            self._uses,
            self._of_buyers[one.buyer] if one.buyer is not None else 0,
            self._of_stores[one.store] if one.store is not None else 0,
            self._spend,
        )
        return Occasion(
            channel=one.channel,
            at=one.placed_at,
            zone=self._zone_of(one.channel),
            store=one.store,
            first_purchase=one.first_purchase,
            usage={self._plan.id: used},
            anonymous=one.buyer is None,
        )


def _cart(one: PastOrder, currency: str) -> Cart:
    """The goods at what was paid for them."""
    return Cart(lines=tuple(cut for line in one.lines for cut in _cut(line)), currency=currency)


def _cut(line: PastLine) -> list[CartLine]:
    """A line as pieces that cost whole minor units: some may be dearer by one than the others.

    What is sold by weight has a price that is rounded.
    """
    pieces = int(line.quantity)
    if pieces != line.quantity:
        weighed = (line.net / line.quantity).quantize(Decimal(1), ROUND_HALF_UP)
        return [_cart_line(line, line.ref, int(weighed), line.quantity)]
    each, dearer = divmod(line.net, pieces)
    cut = [(f"{line.ref}+", each + 1, dearer), (line.ref, each, pieces - dearer)]
    return [_cart_line(line, ref, price, Decimal(many)) for ref, price, many in cut if many]


def _cart_line(line: PastLine, ref: str, price: int, quantity: Decimal) -> CartLine:
    return CartLine(
        ref=ref, sku=line.sku, unit_price=price, quantity=quantity, category=line.category
    )
