"""`santong schema`: the contract."""

import typer

app = typer.Typer(name="schema", help="The contract that the graph offers.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `print` a subcommand while it is the only one."""


@app.command("print")
def show() -> None:
    """Print the contract in GraphQL's schema language."""
    from schema.build import build_schema  # noqa: PLC0415  # only this command needs the schema

    typer.echo(build_schema().as_str())
