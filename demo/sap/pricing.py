"""The pricing procedure in short: prices without tax, one tax, lines of conditions."""

from decimal import Decimal
from typing import Any, Final

TAX: Final = Decimal(13)
_CENT: Final = Decimal("0.01")
_RATE: Final = Decimal("0.000000001")


def condition(kind: str, step: int, base: int, amount: int, rate: Decimal) -> dict[str, Any]:
    """One line of the pricing procedure; only a price has a rate in a currency."""
    return {
        "PricingProcedureStep": str(step),
        "PricingProcedureCounter": "1",
        "ConditionType": kind,
        "ConditionCalculationType": "C" if kind == "PPR0" else "A",
        "ConditionBaseValue": money(base).quantize(_RATE),
        "ConditionRateValue": rate.quantize(_RATE),
        "ConditionCurrency": "CNY" if kind == "PPR0" else "",
        "ConditionAmount": money(amount),
        "TransactionCurrency": "CNY",
    }


def net_of(kind: str, gross: int) -> int:
    """Cents without 13 % tax, rounded half up; what is free of charge costs nothing."""
    return 0 if kind == "ZKL" else (gross * 200 + 113) // 226


def money(cents: int) -> Decimal:
    """Cents as SAP writes an amount."""
    return (Decimal(cents) / 100).quantize(_CENT)
