"""Goals: what a bench must show, what it measured, and whether that is enough."""

from dataclasses import dataclass
from typing import Any

_PLAIN = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_least` or else at most `bound`; `value` is None where it was not measured."""

    name: str
    bound: float
    value: float | None
    at_least: bool = True
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value keeps the bound."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def told(self) -> dict[str, Any]:
        """As it stands in a bench's figures."""
        sign = "≥" if self.at_least else "≤"
        value = None if self.value is None else round(self.value, 3)
        return {
            "name": self.name,
            "goal": f"{sign} {self.bound:g}",
            "value": value,
            "met": self.met,
            "note": self.note,
        }


def ratio(one: float | None, other: float | None) -> float | None:
    """How many times `other` goes into `one`; None where either was not measured."""
    return None if not one or not other else one / other


def figures(bench: str, rows: list[dict[str, Any]], goals: list[Goal]) -> dict[str, Any]:
    """What a bench tells; `table` is Markdown of its rows."""
    told = [goal.told() for goal in goals]
    return {"bench": bench, "figures": rows, "goals": told, "table": table(rows)}


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as Markdown: columns in the order of their first use; a missing value is a dash."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(names)} |", "|" + "---|" + "---:|" * (len(names) - 1)]
    lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= _PLAIN else f"{value:.3g}"
