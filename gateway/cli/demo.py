"""`santong demo`: the retailer in a box, and what can be done to it while it runs."""

from typing import Annotated

import typer

from gateway.cli.box.control import call_control, control_of
from gateway.cli.box.orders import let_orders_arrive
from gateway.cli.box.run import run_box
from gateway.cli.box.state import read_state
from gateway.cli.console import console
from gateway.cli.environment import read_settings

app = typer.Typer(name="demo", help="A retailer in a box: start it, break it, let orders arrive.")

System = Annotated[str, typer.Argument(help="sap, shop or pos.")]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    scale: Annotated[int, typer.Option(min=1, help="Times the sample data.")] = 1,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the parent process does.")
    ] = False,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave the back door out: nothing is taken in.")
    ] = False,
) -> None:
    """Start three legacy systems, PostgreSQL, Valkey, the gateway and work, until Ctrl-C."""
    if context.invoked_subcommand is None:
        run_box(read_settings(), scale=scale, owned=with_parent, works=not no_work)


@app.command()
def fault(
    name: System,
    mode: Annotated[str, typer.Argument(help="timeout, slow, error500, ...; none heals it.")],
    seconds: Annotated[float | None, typer.Option(help="Heal it after so long.")] = None,
) -> None:
    """Break a system of the running demo on purpose, or heal it."""
    address = control_of(read_state(read_settings().home), name)
    told = call_control(address, "fault", {"mode": mode, "seconds": seconds})
    console.print(f"{name}: {told['mode']}")


@app.command()
def orders(
    name: System, count: Annotated[int, typer.Argument(min=1, help="How many arrive.")]
) -> None:
    """Let orders arrive in a system of the running demo."""
    let_orders_arrive(read_settings().home, name, count)
    console.print(f"{name}: {count} orders arrived")
