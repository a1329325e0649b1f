"""The report of the lifecycle as one page with charts: no script, nothing from elsewhere."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from capabilities.lifecycle.outcomes import CampaignFigures, LifecycleReport
from gateway.cli.lifecycle_tables import money, percent

_WIDTH, _BAR, _GAP, _LABEL = 640, 18, 6, 210
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #222 }
table { border-collapse: collapse } td, th { padding: .3rem .8rem; text-align: right }
th:first-child, td:first-child { text-align: left } tr { border-bottom: 1px solid #ddd }
svg text { font: 13px system-ui, sans-serif } .treated { fill: #2a7 } .held { fill: #999 }
.people { fill: #47a }
"""

Bars = Sequence[tuple[str, Decimal, str, str]]


def report_page(report: LifecycleReport) -> str:
    """The whole page."""
    stages = [
        (one.stage.value, Decimal(one.people), "people", str(one.people)) for one in report.stages
    ]
    rates = [bar for one in report.campaigns for bar in _rates(one)]
    rows = "".join(map(_row, report.campaigns))
    heads = ("campaign", "treated", "held out", "uplift", "95 %", "extra", "cost", "each extra")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Lifecycle</title>'
        f"<style>{_STYLE}</style><h1>Lifecycle 生命周期</h1>"
        f"<p>Draws from {report.since:%Y-%m-%d %H:%M}Z until {report.until:%Y-%m-%d %H:%M}Z.</p>"
        f"<h2>Who bought, against the hold-out</h2>{_chart(rates, 'Share that bought')}"
        f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"
        f"<h2>Stages now</h2>{_chart(stages, 'People by stage')}</html>\n"
    )


def _rates(figures: CampaignFigures) -> Bars:
    treated, held = figures.treated_rate, figures.held_out_rate
    return [
        (figures.campaign, treated or Decimal(0), "treated", percent(treated)),
        ("… held out", held or Decimal(0), "held", percent(held)),
    ]


def _row(figures: CampaignFigures) -> str:
    low, high = percent(figures.uplift_low), percent(figures.uplift_high)
    extra = figures.extra_purchases
    cells = (
        figures.campaign,
        f"{figures.treated_bought} of {figures.treated}",
        f"{figures.held_out_bought} of {figures.held_out}",
        percent(figures.uplift),
        f"{low} to {high}",
        "–" if extra is None else str(extra),
        money(figures.cost),
        money(figures.cost_per_extra),
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _chart(bars: Bars, title: str) -> str:
    """Bars of one measure, each with its value behind it."""
    most = max((value for _, value, _, _ in bars), default=Decimal(0)) or Decimal(1)
    height = len(bars) * (_BAR + _GAP) + _GAP
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    named = f'role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"'
    parts = [f"<svg {named} {size}>"]
    for place, (label, value, kind, told) in enumerate(bars):
        top = _GAP + place * (_BAR + _GAP)
        length = int(value / most * (_WIDTH - _LABEL - 80))
        parts.append(
            f'<text x="{_LABEL - 8}" y="{top + 14}" text-anchor="end">{escape(label)}</text>'
            f'<rect class="{kind}" x="{_LABEL}" y="{top}" width="{length}" height="{_BAR}"/>'
            f'<text x="{_LABEL + length + 6}" y="{top + 14}">{escape(told)}</text>'
        )
    return "".join([*parts, "</svg>"])
