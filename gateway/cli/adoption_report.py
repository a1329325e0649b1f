"""The report of a pair's comparisons in the terminal: tables, the worst first, and the verdict."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capabilities.adoption.comparison_report import Comparison, NamedCount
from capabilities.adoption.verdict import Verdict
from capabilities.estate import Capability
from gateway.cli.adoption_tables import gates_table

_MOST_ROWS = 12
NOTHING = "nothing was compared yet"


class Report(Struct, frozen=True, kw_only=True):
    """What was compared, and the verdict on the next step; None where there is none."""

    channel: str
    capability: Capability
    state: str
    comparison: Comparison | None
    verdict: Verdict | None

    @property
    def ready(self) -> bool:
        """Whether every condition of the next step is met."""
        return self.verdict is not None and self.verdict.ok

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        if self.verdict is None:
            return f"{self.state}: no step leads up from here"
        target = self.verdict.target.value
        if self.verdict.ok:
            return f"ready for {target}, under the profile {self.verdict.profile}"
        names = ", ".join(gate.name for gate in self.verdict.failing)
        return f"not ready for {target}, under the profile {self.verdict.profile}: {names}"


def report_tables(report: Report) -> RenderableType:
    """All of it, as far as there is any."""
    parts: list[RenderableType] = []
    if report.comparison is None:
        parts.append(NOTHING)
    else:
        parts += _comparison(report.comparison)
    if report.verdict is not None:
        title = f"to {report.verdict.target.value}, {report.verdict.profile}"
        parts.append(gates_table(report.verdict.gates, title))
    return Group(*parts, Text(report.words))


def told_rate(rate: float | None) -> str:
    """A share as people read it; small ones exactly enough for the gate."""
    return "–" if rate is None else f"{rate:.3%}"


def _comparison(found: Comparison) -> Iterable[RenderableType]:
    title = f"{found.capability.value} of {found.channel}"
    if found.since is not None and found.until is not None:
        title += f", {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    whole = Table("pairs", "", title=title)
    whole.add_row("compared", f"{found.compared:,}")
    for one in found.classes:
        whole.add_row(one.klass.value, f"{one.count:,}")
    whole.add_row("against", f"{found.mismatched:,}, {told_rate(found.rate)}")
    whole.add_row("critical", f"{found.critical:,}")
    yield whole
    yield _fields(found)
    for name, counts in named_counts(found):
        yield _counts(name, counts)
    if found.samples:
        yield _samples(found)
    if found.rules:
        yield _rules(found)


def named_counts(found: Comparison) -> Sequence[tuple[str, Sequence[NamedCount]]]:
    """What is counted by name: those that say nothing are left out."""
    lists = (("store", found.stores), ("day", found.days), ("connector version", found.versions))
    return [(name, counts[:_MOST_ROWS]) for name, counts in lists if counts]


def _fields(found: Comparison) -> Table:
    table = Table("field", "about", "compared", "differ", "lagged", "expected")
    for one in found.fields:
        if one.mismatched or one.lag or one.expected:
            counts = (one.compared, one.mismatched, one.lag, one.expected)
            about = f"[bold]{one.of.value}[/bold]" if one.critical else ""
            table.add_row(one.field, about, *(f"{count:,}" for count in counts))
    equal = sum(not (one.mismatched or one.lag or one.expected) for one in found.fields)
    table.add_row(f"{equal} others", "", "", "equal in every pair", "", "")
    return table


def _counts(name: str, counts: Iterable[NamedCount]) -> Table:
    table = Table(name, "compared", "against", "share")
    for one in counts:
        told = (f"{one.compared:,}", f"{one.mismatched:,}", told_rate(one.share))
        table.add_row(*map(Text, (one.name or "none", *told)))
    return table


def _samples(found: Comparison) -> Table:
    table = Table("when", "field", "class", "legacy", "platform", "apart", "store", title="samples")
    for one in found.samples:
        masks = (one.legacy or "–", one.platform or "–", one.apart or "")
        when = f"{one.at:%m-%d %H:%M:%S}"
        told = (when, one.field or "whole record", one.klass.value, *masks, one.store)
        table.add_row(*map(Text, told))
    return table


def _rules(found: Comparison) -> Table:
    table = Table("field", "class", "pattern", "reason", "owner", "until", title="explained")
    for one in found.rules:
        about = (one.field or "whole record", one.klass.value, one.pattern)
        told = (*about, one.reason, one.owner, f"{one.expires_at:%Y-%m-%d %H:%M}")
        table.add_row(*map(Text, told))
    return table
