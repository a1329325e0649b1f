"""Trials and drift as tables."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from capabilities.points.trial import Trial
from store.points.programme_runs import Drift

Row = tuple[str, str, str, str]


def trial_rows(trial: Trial) -> list[Row]:
    """What is counted, in force, by the draft, and the difference."""
    old, new = trial.in_force, trial.draft
    rows = [
        _row("orders with points", old.orders, new.orders),
        _row("points", old.points, new.points),
        _row("qualifying points", old.qualifying, new.qualifying),
        _row("cost", old.cost, new.cost),
    ]
    tiers = sorted({*old.tiers, *new.tiers})
    return rows + [_row(f"members in {one}", old.tiers[one], new.tiers[one]) for one in tiers]


def _row(what: str, old: Decimal | int, new: Decimal | int) -> Row:
    return what, f"{old:,}", f"{new:,}", f"{new - old:+,}"


def trial_table(trial: Trial) -> Table:
    """A trial for the terminal."""
    table = Table(title=f"{trial.programme}: {trial.memberships} memberships with orders")
    for name in ("", "in force", "draft", "difference"):
        table.add_column(name, justify="right" if name else "left")
    for row in trial_rows(trial):
        table.add_row(*row)
    return table


def drift_table(found: Sequence[Drift]) -> Table:
    """Drift for the terminal, a programme a row."""
    table = Table("programme", "memberships", "equal", "told", "mirrored", "drift", "largest")
    for one in found:
        figures = (one.memberships, one.equal, one.told, one.mirrored)
        away = (one.mirrored - one.told, one.largest)
        table.add_row(one.programme, *(f"{each:,}" for each in (*figures, *away)))
    return table
