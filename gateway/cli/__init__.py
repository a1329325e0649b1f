"""The `santong` command: one file a command group."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from capabilities.errors import SantongError
from gateway.cli import (
    adoption,
    audit,
    backup,
    cache,
    campaign,
    connector,
    consent,
    contract,
    coupon,
    demo,
    files,
    flash,
    hooks,
    inbox,
    key,
    lifecycle,
    manifest,
    member,
    migrate,
    operations,
    payments,
    points,
    profile,
    programme,
    promotion,
    query,
    retention,
    saga,
    sealing,
    segment,
    serve,
    suggestions,
    sync,
    token,
    touches,
    usage,
    work,
)
from gateway.cli import (
    command as command_group,
)
from gateway.cli.console import show_error

__all__ = ["main"]

_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

app = typer.Typer(
    name="santong",
    help="One GraphQL graph over the systems a retailer already has.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
GROUPS = (
    adoption,
    demo,
    contract,
    usage,
    operations,
    payments,
    cache,
    connector,
    manifest,
    files,
    inbox,
    command_group,
    saga,
    key,
    audit,
    adoption,
    member,
    flash,
    programme,
    promotion,
    coupon,
    points,
    segment,
    profile,
    suggestions,
    touches,
    lifecycle,
    campaign,
    sync,
    hooks,
    consent,
    retention,
    sealing,
    work,
)
for group in GROUPS:
    app.add_typer(group.app)
for command in (serve, migrate, token, query):
    app.command(name=command.NAME)(command.run)
app.command(name="backup")(backup.backup)
app.command(name="restore")(backup.restore)


def main() -> None:
    """Runs the command line; an error of ours is one line and exit code 1."""
    try:
        app()
    except SantongError as error:
        show_error(error)
        sys.exit(1)


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=lambda on: _version(on=on)),
    ] = False,
) -> None:
    pass


def _version(*, on: bool) -> None:
    if not on:
        return
    try:
        number = metadata.version("santong")
    except metadata.PackageNotFoundError:  # run from its sources
        number = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
    typer.echo(f"santong {number}")
    raise typer.Exit
