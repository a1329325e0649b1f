"""The report of the lifecycle as tables for a person, and as plain data."""

from decimal import Decimal
from typing import Any

from rich.console import Group
from rich.table import Table

from capabilities.lifecycle.outcomes import CampaignFigures, LifecycleReport
from capabilities.money import Money

_COUNTS = (
    "treated",
    "treated_bought",
    "held_out",
    "held_out_bought",
    "sent",
    "unknown",
    "delivered",
    "opened",
    "answered",
    "surveys",
)
_SHARES = (
    "treated_rate",
    "held_out_rate",
    "uplift",
    "uplift_low",
    "uplift_high",
    "extra_purchases",
    "score",
)


def report_data(report: LifecycleReport) -> dict[str, Any]:
    """The report as JSON takes it; exact numbers are texts."""
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "stages": {one.stage.value: one.people for one in report.stages},
        "campaigns": [_data(one) for one in report.campaigns],
    }


def report_tables(report: LifecycleReport) -> Group:
    """Stages, then each campaign against its hold-out."""
    stages = Table("stage", "people")
    for one in report.stages:
        stages.add_row(one.stage.value, str(one.people))
    campaigns = Table(
        "campaign", "for", "treated", "bought", "held out", "bought", "uplift", "95 %", "extra",
        "cost", "each extra"
    )  # fmt: skip
    for figures in report.campaigns:
        campaigns.add_row(*_row(figures))
    return Group(stages, campaigns)


def _data(figures: CampaignFigures) -> dict[str, Any]:
    shares = {name: getattr(figures, name) for name in _SHARES}
    each = figures.cost_per_extra
    return {
        "campaign": figures.campaign,
        "rule": figures.rule,
        "occasion": figures.occasion and figures.occasion.value,
        "window_days": figures.window_days,
        **{name: getattr(figures, name) for name in _COUNTS},
        **{name: None if one is None else str(one) for name, one in shares.items()},
        "cost": str(figures.cost.amount),
        "cost_per_extra": None if each is None else str(each.amount),
        "currency": figures.currency,
    }


def _row(figures: CampaignFigures) -> list[str]:
    low, high = figures.uplift_low, figures.uplift_high
    interval = "–" if low is None or high is None else f"{percent(low)} to {percent(high)}"
    return [
        figures.campaign,
        "–" if figures.occasion is None else figures.occasion.value,
        str(figures.treated),
        f"{figures.treated_bought} ({percent(figures.treated_rate)})",
        str(figures.held_out),
        f"{figures.held_out_bought} ({percent(figures.held_out_rate)})",
        percent(figures.uplift),
        interval,
        "–" if figures.extra_purchases is None else str(figures.extra_purchases),
        money(figures.cost),
        money(figures.cost_per_extra),
    ]


def percent(share: Decimal | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{share * 100:.1f} %"


def money(amount: Money | None) -> str:
    """An amount with its currency."""
    return "–" if amount is None else f"{amount.amount} {amount.currency}"
