"""`santong member`: the people of the brand. Each command is a file of its own, `member_*.py`."""

import typer

from gateway.cli import (
    member_duplicates,
    member_erase,
    member_export,
    member_merge,
    member_report,
    member_rules,
)

app = typer.Typer(name="member", help="The people of the brand.", no_args_is_help=True)
app.command(name="find-duplicates")(member_duplicates.find_duplicates)
app.command(name="erase")(member_erase.erase)
app.command(name="erasures")(member_erase.erasures)
app.command(name="erased-by-hand")(member_erase.by_hand)
app.command(name="export")(member_export.export)
app.command(name="merge")(member_merge.merge)
app.command(name="unmerge")(member_merge.unmerge)
app.command(name="candidates")(member_merge.candidates)
app.command(name="decide")(member_merge.decide)
app.add_typer(member_rules.rules)
app.command(name="recompute")(member_rules.recompute)
app.command(name="report")(member_report.report)
