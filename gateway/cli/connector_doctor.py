"""A doctor's report as a person reads it, or as JSON, with personal data masked."""

from typing import Any

import msgspec
import typer
from rich.table import Table

from connectors.connector import Connector
from connectors.doctor import Report, Verdict
from connectors.sampling import side_by_side
from gateway.cli.connector_try import told
from gateway.cli.console import console
from gateway.redact import redacted_text

_MARKS = {
    Verdict.GOOD: "[green]✓[/]",
    Verdict.NOTICE: "[yellow]![/]",
    Verdict.WRONG: "[red]✗[/]",
    Verdict.NOT_ASKED: "[dim]–[/]",
}


def show_report(connector: Connector, report: Report, *, as_json: bool) -> Report:
    """Print a report, and give it back."""
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_whole(connector, report))).decode())
        return report
    table = Table("", "check", "of", "found", title=f"{report.connector} ({report.system})")
    for one in report.findings:
        text = redacted_text(one.told).replace("[", r"\\[")
        table.add_row(_MARKS[one.verdict], one.check, one.section or "", text)
    console.print(table)
    wrong = sum(one.verdict is Verdict.WRONG for one in report.findings)
    notices = sum(one.verdict is Verdict.NOTICE for one in report.findings)
    console.print(
        f"{wrong} wrong, {notices} to look at; {report.calls} calls in {report.seconds} s. "
        f"Rows beside records: santong connector try {report.connector}"
    )
    return report


def _whole(connector: Connector, report: Report) -> dict[str, Any]:
    return {
        "connector": report.connector,
        "system": report.system,
        "sound": report.sound,
        "seconds": report.seconds,
        "calls": report.calls,
        "findings": [
            {
                "check": one.check,
                "section": one.section,
                "verdict": one.verdict.value,
                "told": redacted_text(one.told),
                "figures": one.figures,
            }
            for one in report.findings
        ],
        "samples": {
            name: [_sample(connector, name, row, record) for row, record in found]
            for name, found in report.samples.items()
        },
    }


def _sample(connector: Connector, name: str, row: Any, record: Any) -> dict[str, dict[str, str]]:
    if record is None:
        return {}
    sides = side_by_side(connector.sections[name], row, record)
    return {field: {"is": value, "was": was} for field, value, _, was in told(name, sides)}
