"""What a person's orders show: figures per channel, never blended, and her categories.

The rules here are the definition; the store computes the same in SQL, for a million people at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from msgspec import Struct

from capabilities.money import Money
from capabilities.order.facts import OrderFact

STATISTICS_MODEL = "statistics-1"
AFFINITY_MODEL = "affinity-1"
HALF_LIFE_DAYS = 90
# Weights are kept as of this moment: their shares are the same at every other.
WEIGHT_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
SEPARATOR = ">"
_DAY_SECONDS = 86_400


class Input(Struct, frozen=True, gc=False):
    """One figure or setting that a derived value was computed from."""

    name: str
    value: str


class ChannelStatistics(Struct, frozen=True, kw_only=True, gc=False):
    """A person's purchases in one channel and currency; `net` in minor units.

    An order counts when it was paid and not wholly given back; returns lower `net` alone.
    """

    channel_code: str
    currency: str
    orders: int
    net: int
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def net_amount(self) -> Money | None:
        """What stayed with the retailer; None where no source names a currency."""
        return Money(self.net, self.currency) if self.currency else None

    @property
    def average_basket(self) -> Money | None:
        """Net amount per order, rounded half to even; None without an order."""
        if not self.orders or not self.currency:
            return None
        return Money(round(Fraction(self.net, self.orders)), self.currency)

    @property
    def average_gap_days(self) -> float | None:
        """Mean days from one order to the next; None below two dated orders."""
        if self.first_at is None or self.last_at is None or self.orders <= 1:
            return None
        days = (self.last_at - self.first_at).total_seconds() / _DAY_SECONDS
        return round(days / (self.orders - 1), 2)


class MemberStatistics(Struct, frozen=True, kw_only=True):
    """The figures of all channels, each for itself."""

    channels: tuple[ChannelStatistics, ...]
    computed_at: datetime
    model_version: str
    inputs: tuple[Input, ...]


class CategoryAffinity(Struct, frozen=True, kw_only=True, gc=False):
    """How much a person buys of one category; `weight` as of `WEIGHT_EPOCH`.

    `share` is of all her weights, from 0 to 1; `score` is the weight as of when she was asked for.
    """

    category: tuple[str, ...]
    weight: float
    share: float
    orders: int
    last_at: datetime
    score: float = 0.0


class MemberAffinity(Struct, frozen=True, kw_only=True):
    """A person's categories, the strongest first."""

    categories: tuple[CategoryAffinity, ...]
    computed_at: datetime
    model_version: str
    inputs: tuple[Input, ...]


def statistics_of(facts: Iterable[OrderFact]) -> tuple[ChannelStatistics, ...]:
    """The figures per channel and currency, in that order."""
    groups: defaultdict[tuple[str, str], list[OrderFact]] = defaultdict(list)
    for fact in facts:
        if fact.sold:
            groups[fact.channel, fact.currency or ""].append(fact)
    return tuple(_figures(*key, groups[key]) for key in sorted(groups))


def _figures(channel: str, currency: str, facts: Sequence[OrderFact]) -> ChannelStatistics:
    bought = [one for one in facts if one.net_paid]
    moments = [one.placed_at for one in bought if one.placed_at is not None]
    return ChannelStatistics(
        channel_code=channel,
        currency=currency,
        orders=len(bought),
        net=sum(one.net for one in facts),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
    )


def weight_of(placed_at: datetime) -> float:
    """What one order weighs: 2 ** (days since the epoch / half-life); a later one weighs more."""
    days = (placed_at - WEIGHT_EPOCH).total_seconds() / _DAY_SECONDS
    return float(2 ** (days / HALF_LIFE_DAYS))


def affinity_of(
    facts: Iterable[OrderFact], paths: Mapping[str, tuple[str, ...]]
) -> tuple[CategoryAffinity, ...]:
    """Recency-weighted counts over all channels, the strongest first; `paths` by sku.

    Every net-paid order weighs once in each category that it has a line of, gifts apart:
    affinity(c) = sum over her orders with c of 0.5 ** (age in days / 90); a share is of all sums.
    A line without a product, or whose product has no category, weighs nothing and is not guessed.
    """
    found: defaultdict[tuple[str, ...], list[datetime]] = defaultdict(list)
    for fact in facts:
        if fact.net_paid and fact.placed_at is not None:
            for category in {
                paths.get(line.sku or "", ()) for line in fact.lines if not line.gift
            } - {()}:
                found[category].append(fact.placed_at)
    weights = {category: sum(map(weight_of, sorted(days))) for category, days in found.items()}
    whole = sum(weights[category] for category in sorted(weights))
    rows = [
        CategoryAffinity(
            category=category,
            weight=weight,
            share=weight / whole,
            orders=len(found[category]),
            last_at=max(found[category]),
        )
        for category, weight in weights.items()
    ]
    return tuple(sorted(rows, key=lambda one: (-one.weight, SEPARATOR.join(one.category))))


class RecommendationReason(Struct, frozen=True, kw_only=True, gc=False):
    """Why a new product is named to a person: what she bought of its category."""

    category: tuple[str, ...]
    share: float
    orders: int
    last_at: datetime


class Recommendation(Struct, frozen=True, kw_only=True, gc=False):
    """A product that is new, of a category she buys, and in none of her orders."""

    sku: str
    reason: RecommendationReason


def reason_text(reason: RecommendationReason, language: str) -> str:
    """The reason as a sentence for the person who advises her."""
    category, share = " > ".join(reason.category), f"{reason.share:.0%}"
    day = reason.last_at.date().isoformat()
    if language == "zh-CN":
        return (
            f"常买品类 {category}：共 {reason.orders} 单，占其购买的 {share}，"
            f"最近一次 {day}；此新品尚未买过。"
        )
    return (
        f"She buys {category}: {reason.orders} orders, {share} of her purchases, last on {day}; "
        "she never had this new one."
    )
