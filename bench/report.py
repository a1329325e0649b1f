"""`python -m bench report`: the figures of bench/results into docs/benchmarks.md and its plot.

What stands between the two marks of the page is written anew each time; the rest is prose.
"""

import json
from pathlib import Path
from typing import Any

from bench.goals import table
from bench.plot import bars
from bench.processes import ROOT

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: written by `python -m bench report` -->"
END = "<!-- end of the figures -->"
_TITLES = {
    "federation": "One person over three systems",
    "fields": "What a field costs",
    "merge": "A merged list of many sources",
    "cache": "Cold and warm",
    "mapping": "From bytes to records",
    "resilience": "One dead system among ten",
    "quote": "A quote",
    "points": "Points that move",
    "members": "Memberships taken in",
    "flash": "A flash sale",
    "participants": "A crowd at a flash sale",
    "chaos": "A flash sale under blows",
    "standby": "A flash sale whose primary dies",
    "secrecy": "What times tell of a secret",
    "payments": "Confirmations of payments",
    "adoption": "Comparing beside callers",
}
_WORDS = {True: "yes", False: "no", None: "not measured"}


def write_report(results: Path = RESULTS, page: Path = PAGE) -> None:
    """Writes page and plot; a bench that has no file keeps what the page says of it."""
    told = {name: _read(results / f"{name}.json") for name in _TITLES}
    known = {name: one for name, one in told.items() if one is not None}
    plot = page.with_suffix(".svg")
    if "federation" in known:
        plot.write_text(_plot(known["federation"]), "utf-8")
    text = page.read_text("utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    parts = _written(old) | {name: _part(name, one, plot.name) for name, one in known.items()}
    ordered = [parts[name] for name in _TITLES if name in parts]
    figures = "\n\n".join(ordered) or "Nothing was measured yet."
    page.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", "utf-8")


def _written(old: str) -> dict[str, str]:
    """The parts that stand on the page already, by bench."""
    titled = {part.partition("\n")[0]: part.strip() for part in old.split("\n## ")[1:]}
    return {name: f"## {titled[title]}" for name, title in _TITLES.items() if title in titled}


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def _part(name: str, told: dict[str, Any], plot: str) -> str:
    lines = [f"## {_TITLES[name]}", "", _machine(told), ""]
    if name == "federation":
        lines += [f"![CPU per request of each server]({plot})", ""]
    lines += [told["table"], "", _goals(told["goals"])]
    return "\n".join(lines + [f"\n{one}" for one in _asides(told)])


def _machine(told: dict[str, Any]) -> str:
    one = told["machine"]
    return (
        f"On {one['cores']} cores of {one['processor']}, {one['memory_gb']} GB, "
        f"CPython {one['python']}, {told['date']}, with a load of {one['load_before']} before."
    )


def _goals(goals: list[dict[str, Any]]) -> str:
    return table(
        [
            {
                "goal": one["name"],
                "wanted": one["goal"],
                "measured": one["value"],
                "met": _WORDS[one["met"]],
            }
            for one in goals
        ]
    )


def _asides(told: dict[str, Any]) -> list[str]:
    """What a bench says beside its table."""
    found = []
    if told.get("upstream_answers_per_second"):
        found.append(
            f"The mock upstream can give {told['upstream_answers_per_second']:,} answers a second "
            f"on a core. A call of Santong's carried the keys of {told['mean_batch']} requests."
        )
    if told.get("strawberry_shares"):
        shares = told["strawberry_shares"]
        found.append(
            f"Of the CPU of plain Strawberry {shares['wire']:.0%} was the wire's and "
            f"{shares['execution']:.0%} that of everything else."
        )
    return found


def _plot(told: dict[str, Any]) -> str:
    rows = [one for one in told["figures"] if isinstance(one["CPU ms/request"], int | float)]
    values = {row["case"]: row["CPU ms/request"] for row in rows}
    return bars("CPU per request, ms (logarithmic)", values, marked="Santong")
