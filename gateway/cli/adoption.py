"""`santong adoption`: how far old applications are adopted, and what two sides write."""

import typer

from gateway.cli import adoption_steps as steps
from gateway.cli.adoption_compared import acknowledge, report, sample
from gateway.cli.adoption_halt import halt
from gateway.cli.adoption_writes import conflicts, decide, drain, pending, reconcile

app = typer.Typer(
    name="adoption",
    help="How far each capability of a channel is adopted, and what two sides write.",
    no_args_is_help=True,
)
app.command(name="list")(steps.list_all)
for step in (steps.show, steps.promote, steps.rollback, halt, steps.resume):
    app.command()(step)
for choice in (steps.percent, steps.keep_legacy, steps.route, steps.sign):
    app.command()(choice)
for compared in (report, sample, acknowledge):
    app.command()(compared)
for one in (reconcile, pending, drain, conflicts, decide):
    app.command()(one)
