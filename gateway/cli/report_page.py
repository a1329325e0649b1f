"""The report of the data's quality as one page: no script, no font, nothing from elsewhere."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from capabilities.member.quality import DataQuality

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: #1d2733; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem }
dt { color: #5b6876 } dd { margin: 0; font-size: 1.5rem }
svg { width: 100%; height: auto } text { font: 13px system-ui, sans-serif; fill: currentColor }
@media (prefers-color-scheme: dark) { body { color: #e4e9ee; background: #14191f } }
"""
_ROW, _LABEL, _WIDTH = 26, 190, 640
_BAR = _WIDTH - _LABEL - 130


class Bar(NamedTuple):
    """One bar: `part` of `whole` is filled, `told` stands behind it."""

    label: str
    part: float
    whole: float
    told: str


def page_of(found: DataQuality) -> str:
    """The whole page."""
    day = f"{found.measured_at:%Y-%m-%d %H:%M} UTC"
    parts = "".join(_chart(title, bars) for title, bars in _charts(found).items() if bars)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Members: data quality</title>'
        f"<style>{_STYLE}</style><h1>Members: data quality</h1><p>{day}</p>"
        f"<dl>{_figures(found)}</dl>{parts}</html>\n"
    )


def _figures(found: DataQuality) -> str:
    told = {
        "people": f"{found.people:,}",
        "memberships": f"{found.memberships:,}",
        "people with several": f"{found.joined:,}",
        "orders of a person": _percent(found.order_coverage),
        "answered for marketing": _percent(found.consent_coverage),
        "pairs to decide": f"{found.candidates:,}",
    }
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told.items())


def _charts(found: DataQuality) -> dict[str, list[Bar]]:
    """Each list against its own largest, shares against the whole."""
    joined = max((one.identities for one in found.duplicates), default=0)
    contradicting = max((one.identities for one in found.conflicts), default=0)
    unusable = max((one.memberships for one in found.phones), default=0)
    return {
        "Orders that belong to a person": [
            Bar(one.channel, one.attributed, one.orders, f"{one.attributed:,} of {one.orders:,}")
            for one in found.coverage
        ],
        "Identities that several memberships of one person show": [
            Bar(one.rule, one.identities, joined, f"{one.identities:,}") for one in found.duplicates
        ],
        "Identities that different people show": [
            Bar(one.rule, one.identities, contradicting, f"{one.identities:,}")
            for one in found.conflicts
        ],
        "Phones that join nobody": [
            Bar(f"{one.connector}: {one.reason.lower()}", one.memberships, unusable,
                f"{one.memberships:,}")
            for one in found.phones
        ],
        "Marketing: people whom a way may reach": [
            Bar(one.medium, one.reachable, found.people, f"{one.reachable:,}")
            for one in found.consents
        ],
        "Points: balances of another system that are as reckoned": [
            Bar(one.programme, one.equal, one.memberships, f"{one.drift:+,} points in all")
            for one in found.drifts
        ],
    }  # fmt: skip


def _chart(title: str, bars: Sequence[Bar]) -> str:
    rows = "".join(_bar(place, bar) for place, bar in enumerate(bars))
    height = _ROW * len(bars)
    return (
        f'<h2>{escape(title)}</h2><svg viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{rows}</svg>'
    )


def _bar(place: int, bar: Bar) -> str:
    top, filled = place * _ROW, _BAR * bar.part / bar.whole if bar.whole else 0
    return (
        f'<text x="0" y="{top + 17}">{escape(bar.label)}</text>'
        f'<rect x="{_LABEL}" y="{top + 5}" width="{_BAR}" height="14" fill="#8884" rx="3"/>'
        f'<rect x="{_LABEL}" y="{top + 5}" width="{filled:.1f}" height="14" fill="#2f7ed8" rx="3"/>'
        f'<text x="{_LABEL + _BAR + 8}" y="{top + 17}">{escape(bar.told)}</text>'
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
