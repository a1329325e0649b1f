"""`santong schema`: the contract."""

import typer

from capabilities.visibility import POLICY, printed
from gateway.cli.contract_check import check

app = typer.Typer(name="schema", help="The contract that the graph offers.", no_args_is_help=True)
app.command()(check)


@app.command("print")
def show() -> None:
    """Print the contract in GraphQL's schema language."""
    from schema.build import build_schema  # noqa: PLC0415  # only this command needs the schema

    typer.echo(build_schema().as_str())


@app.command()
def visibility() -> None:
    """Print who may see which field, as the tables of the documentation."""
    typer.echo(printed(POLICY))
