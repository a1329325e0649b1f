"""A trial as one page with charts that needs nothing but itself."""

from html import escape

from capabilities.points.trial import Trial
from gateway.cli.programme_tables import trial_rows

_WIDTH = 420
_BAR = 14
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;color:#1d2733}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .9rem;text-align:right;"
    "border-bottom:1px solid #d8dee6}td:first-child,th:first-child{text-align:left}"
    ".old{fill:#9fb3c8}.new{fill:#2d7dd2}"
)


def trial_page(trial: Trial) -> str:
    """The whole page."""
    head = "<tr><th></th><th>in force</th><th>draft</th><th>difference</th></tr>"
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in trial_rows(trial)
    )
    old, new = trial.in_force, trial.draft
    points = [("points", old.points, new.points), ("qualifying", old.qualifying, new.qualifying)]
    tiers = [(one, old.tiers[one], new.tiers[one]) for one in sorted({*old.tiers, *new.tiers})]
    title = escape(trial.programme)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        f"<p>What a draft would have made of the orders of {trial.memberships:,} memberships."
        " Grey: in force; blue: draft.</p>"
        f"<table>{head}{rows}</table><h2>Points</h2>{_bars(points)}"
        f"<h2>Members by tier</h2>{_bars(tiers)}</html>\n"
    )


def _bars(pairs: list[tuple[str, int, int]]) -> str:
    most = max((value for _, old, new in pairs for value in (old, new)), default=0) or 1
    parts, top = [], 0
    for name, old, new in pairs:
        parts.append(f'<text x="0" y="{top + _BAR + 5}">{escape(name)}</text>')
        for at, (kind, value) in enumerate((("old", old), ("new", new))):
            wide, y = max(value, 0) * _WIDTH // most, top + at * (_BAR + 2)
            parts.append(f'<rect class="{kind}" x="120" y="{y}" width="{wide}" height="{_BAR}"/>')
            parts.append(
                f'<text x="{125 + wide}" y="{y + _BAR - 2}" font-size="12">{value:,}</text>'
            )
        top += 2 * _BAR + 14
    return f'<svg width="{_WIDTH + 240}" height="{top or 1}" role="img">{"".join(parts)}</svg>'
