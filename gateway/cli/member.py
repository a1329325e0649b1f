"""`santong member`: the people of the brand. Each command is a file of its own, `member_*.py`."""

import typer

from gateway.cli import member_duplicates

app = typer.Typer(name="member", help="The people of the brand.", no_args_is_help=True)
app.command(name="find-duplicates")(member_duplicates.find_duplicates)
