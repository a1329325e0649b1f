"""What is asked of a quote, and the quote as the contract shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.member.changing import PLATFORM
from capabilities.money import Money
from capabilities.pricing.cart import Cart
from capabilities.pricing.quote import Applied, Quote, Rejected, Why
from capabilities.promotion.plans import Execution, PromotionPlan


class AskedLine(Struct, frozen=True, kw_only=True, gc=False):
    """A line as a front end has it: a sku of ours, or a code of the channel's system."""

    ref: str
    unit_price: int
    quantity: Decimal
    sku: str | None = None
    code: str | None = None
    code_kind: str = "sku"


class QuoteAsk(Struct, frozen=True, kw_only=True):
    """A cart and its occasion; amounts in minor units of `currency`."""

    channel: str
    lines: tuple[AskedLine, ...]
    currency: str = "CNY"
    shipping: int = 0
    store: str | None = None
    scene: str | None = None
    facts: Mapping[str, str] = {}
    units: tuple[str, ...] = ()


class Reduction(Struct, frozen=True, kw_only=True, gc=False):
    """What one promotion took off one line."""

    key: str
    amount: Money

    @property
    def promotion_id(self) -> str:
        """Global id of the promotion."""
        return global_id("Promotion", PLATFORM, self.key)


class ShownLine(Struct, frozen=True, kw_only=True, gc=False):
    """A line before and after all reductions."""

    ref: str
    sku: str | None
    gross: Money
    net: Money
    reductions: tuple[Reduction, ...]


class ShownApplied(Struct, frozen=True, kw_only=True, gc=False):
    """A promotion that applied."""

    key: str
    version: int
    name: str
    amount: Money
    times: int
    settled: bool
    gift_sku: str | None = None
    gift_quantity: int | None = None
    coupon: str | None = None
    points_times: Decimal | None = None

    @property
    def promotion_id(self) -> str:
        """Global id of the promotion."""
        return global_id("Promotion", PLATFORM, self.key)


class ShownRejected(Struct, frozen=True, kw_only=True, gc=False):
    """A promotion that did not apply; `missing` is what is short: an amount or a quantity."""

    key: str
    name: str
    why: Why
    missing: Decimal | None = None
    by: str | None = None

    @property
    def promotion_id(self) -> str:
        """Global id of the promotion."""
        return global_id("Promotion", PLATFORM, self.key)


class ShownQuote(Struct, frozen=True, kw_only=True):
    """What a cart costs here and now; `token` is it, to be asked again or to be ordered."""

    at: datetime
    policy_version: int
    book: str
    gross: Money
    discount: Money
    shipping: Money
    total: Money
    lines: tuple[ShownLine, ...]
    applied: tuple[ShownApplied, ...]
    rejected: tuple[ShownRejected, ...]
    unmatched: tuple[str, ...]
    token: str


def shown_quote(
    quote: Quote,
    cart: Cart,
    plans: Mapping[str, PromotionPlan],
    *,
    at: datetime,
    policy: int,
    token: str,
) -> ShownQuote:
    """The quote in the contract's words."""
    money = _Coin(cart.currency)
    skus = {line.ref: line.sku or None for line in cart.lines}
    parts: dict[str, list[Reduction]] = {}
    for one in quote.applied:
        for part in one.parts:
            told = Reduction(key=one.promotion, amount=money(part.amount))
            parts.setdefault(part.ref, []).append(told)
    return ShownQuote(
        at=at,
        policy_version=policy,
        book=quote.book,
        gross=money(sum(line.gross for line in quote.lines) + cart.shipping),
        discount=money(quote.discount),
        shipping=money(quote.shipping),
        total=money(quote.total),
        lines=tuple(
            ShownLine(
                ref=line.ref,
                sku=skus[line.ref],
                gross=money(line.gross),
                net=money(line.net),
                reductions=tuple(parts.get(line.ref, ())),
            )
            for line in quote.lines
        ),
        applied=tuple(_applied(one, plans[one.promotion], money) for one in quote.applied),
        rejected=_rejected(quote.rejected, plans, money),
        unmatched=tuple(ref for ref, sku in skus.items() if sku is None),
        token=token,
    )


class _Coin(Struct, frozen=True):
    """Makes money of minor units."""

    currency: str

    def __call__(self, minor: int) -> Money:
        return Money(minor, self.currency)


def _applied(one: Applied, plan: PromotionPlan, money: _Coin) -> ShownApplied:
    gift = one.gift or (None, None)
    return ShownApplied(
        key=one.promotion,
        version=one.version,
        name=plan.name,
        amount=money(one.amount),
        times=one.times,
        settled=plan.execution is Execution.SETTLED_TO_LEGACY,
        gift_sku=gift[0],
        gift_quantity=gift[1],
        coupon=one.coupon,
        points_times=one.points_times,
    )


def _rejected(
    rejected: Sequence[Rejected], plans: Mapping[str, PromotionPlan], money: _Coin
) -> tuple[ShownRejected, ...]:
    return tuple(
        ShownRejected(
            key=one.promotion,
            name=plans[one.promotion].name,
            why=one.why,
            missing=_missing(one, money),
            by=one.by,
        )
        for one in rejected
    )


def _missing(one: Rejected, money: _Coin) -> Decimal | None:
    if one.missing is None or one.why is not Why.AMOUNT_MISSING:
        return one.missing
    return money(int(one.missing)).amount
