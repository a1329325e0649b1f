"""The plan of an answer, as tables for a person."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def plan_tables(plan: Mapping[str, Any]) -> Group:
    """What `extensions.plan` tells: engine, cache and steps, the waves, the calls."""
    parts: list[RenderableType] = [_summary(plan)]
    if plan["questions"]:
        parts.append(_waves(plan["questions"]))
    if plan["calls"]:
        parts.append(_calls(plan["calls"]))
    return Group(*parts)


def _summary(plan: Mapping[str, Any]) -> Table:
    because = f" because of {plan['fallback']}" if plan["fallback"] else ""
    kept = [f"{outcome} {loads}" for outcome, loads in plan["cache"].items()]
    steps = [f"{step} {_ms(took)}" for step, took in plan["stepsMs"].items()]
    table = Table("Plan", _ms(plan["ms"]), title_justify="left")
    table.add_row("engine", plan["engine"] + because)
    table.add_row("document", "known" if plan["documentCached"] else "read for the first time")
    table.add_row("plan", "known" if plan["planCached"] else "made for this answer")
    table.add_row("cache", ", ".join(kept) or "not asked")
    table.add_row("steps", ", ".join(steps))
    return table


def _waves(questions: Iterable[Mapping[str, Any]]) -> Table:
    table = _timed("Wave", "Field", "Times")
    for one in sorted(questions, key=lambda question: question["wave"]):
        field = Text(".".join(one["path"]))
        times = _ms(one["startedMs"]), _ms(one["ms"])
        table.add_row(str(one["wave"]), field, str(one["times"]), *times)
    return table


def _calls(calls: Iterable[Mapping[str, Any]]) -> Table:
    table = _timed("Source", "Port", "Keys", "Batch", "Requests")
    for one in calls:
        counts = (str(one[name]) for name in ("keys", "batch", "requests"))
        table.add_row(
            Text(one["source"]), Text(one["port"]), *counts, _ms(one["startedMs"]), _ms(one["ms"])
        )
    return table


def _timed(*names: str) -> Table:
    table = Table()
    for name in (*names, "Began", "Took"):
        is_text = name in ("Field", "Source", "Port")
        table.add_column(name, justify="left" if is_text else "right")
    return table


def _ms(took: float | None) -> str:
    return "–" if took is None else f"{took:.1f} ms"
