"""How far a promotion is: what orders used, and what it was to bring."""

from decimal import Decimal

from msgspec import Struct

from capabilities.money import Money
from capabilities.promotion.records import Promotion, PromotionTerms

_WHOLE = Decimal("0.0001")


class Progressed(Struct, frozen=True, kw_only=True):
    """What was counted, in minor units, net of what came back."""

    used: int = 0
    spend: int = 0
    revenue: int = 0
    units: int = 0


class PromotionProgress(Struct, frozen=True, kw_only=True, gc=False):
    """How far a promotion is; a share is of 1, None where nothing bounds it."""

    used: int
    spend: Money
    revenue: Money
    units: int
    used_share: Decimal | None
    budget_share: Decimal | None
    amount_share: Decimal | None
    units_share: Decimal | None


def progress_of(promotion: Promotion, terms: PromotionTerms, done: Progressed) -> PromotionProgress:
    """The figures against the limits and the target."""
    currency, budget, target = terms.currency, terms.budget, terms.target_amount
    return PromotionProgress(
        used=done.used,
        spend=Money(done.spend, currency),
        revenue=Money(done.revenue, currency),
        units=done.units,
        used_share=_share(done.used, promotion.usage_limit),
        budget_share=_share(done.spend, None if budget is None else budget.minor),
        amount_share=_share(done.revenue, None if target is None else target.minor),
        units_share=_share(done.units, terms.target_units),
    )


def _share(done: int, whole: int | None) -> Decimal | None:
    return None if not whole else (Decimal(done) / whole).quantize(_WHOLE)
