"""`santong adoption`: how far old applications are adopted, and what two sides write."""

import typer

from gateway.cli.adoption_writes import conflicts, decide, drain, pending, reconcile

app = typer.Typer(
    name="adoption",
    help="How far each capability of a channel is adopted, and what two sides write.",
    no_args_is_help=True,
)
for one in (reconcile, pending, drain, conflicts, decide):
    app.command()(one)
