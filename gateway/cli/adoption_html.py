"""The report of a pair's comparisons as one page with charts: no script, nothing from elsewhere."""

from collections.abc import Sequence
from html import escape

from capabilities.adoption.comparison_report import Comparison
from gateway.cli.adoption_report import NOTHING, Report, named_counts, told_rate

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1d2733; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem }
dt { color: #5b6876 } dd { margin: 0; font-size: 1.4rem }
table { border-collapse: collapse } td, th { padding: .25rem .7rem; text-align: left }
tr { border-bottom: 1px solid #8884 }
svg { width: 100%; height: auto } text { font: 12px system-ui, sans-serif; fill: currentColor }
.pairs { fill: #2f7ed8 } .against { fill: #c33 } .ground { fill: #8883 }
.verdict { padding: .6rem 1rem; border-left: 4px solid #c33 } .ready { border-color: #2a7 }
@media (prefers-color-scheme: dark) { body { color: #e4e9ee; background: #14191f } }
"""
_WIDTH, _ROW, _LABEL, _TOLD = 720, 24, 220, 150
_BAR = _WIDTH - _LABEL - _TOLD
_HEIGHT = 160


def adoption_page(report: Report) -> str:
    """The whole page."""
    title = escape(f"{report.capability.value} of {report.channel}: comparisons")
    ready = " ready" if report.verdict is not None and report.verdict.ok else ""
    found = report.comparison
    body = f"<p>{NOTHING}</p>" if found is None else _body(found)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        f'<p class="verdict{ready}">{escape(report.words)}</p>{_gates(report)}{body}</html>\n'
    )


def _body(found: Comparison) -> str:
    figures = {
        "pairs compared": f"{found.compared:,}",
        "against": f"{found.mismatched:,}",
        "share against": told_rate(found.rate),
        "critical": f"{found.critical:,}",
    }
    figures |= {one.klass.value: f"{one.count:,}" for one in found.classes}
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items())
    fields = [
        (one.field, one.mismatched, f"{one.mismatched:,} of {one.compared:,}")
        for one in found.fields
        if one.mismatched
    ]
    charts = _chart("Fields that differ", fields)
    for name, counts in named_counts(found):
        bars = [
            (one.name or "none", one.share, f"{told_rate(one.share)} of {one.compared:,}")
            for one in counts
        ]
        charts += _chart(f"Share against, by {name}", bars)
    return f"<dl>{told}</dl>{_trend(found)}{charts}{_samples(found)}{_rules(found)}"


def _trend(found: Comparison) -> str:
    """Pairs over time, and on the same ground those against."""
    points = found.trend
    if not points:
        return ""
    most = max(one.compared for one in points) or 1
    wide = _WIDTH / len(points)
    bars = ""
    for place, one in enumerate(points):
        left, gap = place * wide, min(2.0, wide / 4)
        label = f"{one.at:%Y-%m-%d %H:%M}: {one.mismatched:,} of {one.compared:,}"
        bars += f"<g><title>{label}</title>"
        for kind, count in (("pairs", one.compared), ("against", one.mismatched)):
            high = _HEIGHT * count / most
            bars += (
                f'<rect class="{kind}" x="{left:.1f}" y="{_HEIGHT - high:.1f}" '
                f'width="{wide - gap:.1f}" height="{high:.1f}"/>'
            )
        bars += "</g>"
    first, last = f"{points[0].at:%Y-%m-%d %H:%M}", f"{points[-1].at:%Y-%m-%d %H:%M} UTC"
    return (
        f'<h2>Pairs over time</h2><svg viewBox="0 0 {_WIDTH} {_HEIGHT + 20}" role="img" '
        f'aria-label="Pairs over time">{bars}<text x="0" y="{_HEIGHT + 15}">{first}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 15}" text-anchor="end">{last}</text></svg>'
    )


def _chart(title: str, bars: Sequence[tuple[str, float, str]]) -> str:
    """Bars against the largest of them."""
    if not bars:
        return ""
    most = max(value for _, value, _ in bars) or 1
    rows = ""
    for place, (label, value, told) in enumerate(bars):
        top = place * _ROW
        rows += (
            f'<text x="0" y="{top + 16}">{escape(label)}</text>'
            f'<rect class="ground" x="{_LABEL}" y="{top + 4}" width="{_BAR}" height="14"/>'
            f'<rect class="against" x="{_LABEL}" y="{top + 4}" height="14" '
            f'width="{_BAR * value / most:.1f}"/>'
            f'<text x="{_LABEL + _BAR + 8}" y="{top + 16}">{escape(told)}</text>'
        )
    return (
        f'<h2>{escape(title)}</h2><svg viewBox="0 0 {_WIDTH} {_ROW * len(bars)}" role="img" '
        f'aria-label="{escape(title)}">{rows}</svg>'
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _gates(report: Report) -> str:
    gates = () if report.verdict is None else report.verdict.gates
    rows = [
        (
            one.name,
            f"{one.required} ({one.shortened})" if one.shortened else one.required,
            one.observed,
            "ok" if one.ok else "missing",
        )
        for one in gates
    ]
    return _table("Gates of the next step", ("gate", "required", "observed", ""), rows)


def _samples(found: Comparison) -> str:
    rows = [
        (
            *(f"{one.at:%Y-%m-%d %H:%M:%S}", one.field or "whole record", one.klass.value),
            *(one.legacy or "–", one.platform or "–", one.apart or "", one.store, one.version),
        )
        for one in found.samples
    ]
    heads = ("when", "field", "class", "legacy", "platform", "apart", "store", "version")
    return _table("Samples, masked", heads, rows)


def _rules(found: Comparison) -> str:
    rows = [
        (
            *(one.field or "whole record", one.klass.value, one.pattern, one.reason, one.owner),
            f"{one.expires_at:%Y-%m-%d %H:%M}",
        )
        for one in found.rules
    ]
    heads = ("field", "class", "pattern", "reason", "owner", "until")
    return _table("Explained differences", heads, rows)
