"""`santong key`: API keys of machine clients."""

import getpass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.api_keys import ApiKey, KeyScope, checked_scope, new_secret
from capabilities.caller import Role
from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.store import at_store
from gateway.compat.consumers import PURPOSE, consumer_of
from gateway.keys import derived_key
from store.access.api_keys import ApiKeys

app = typer.Typer(name="key", help="API keys of machine clients.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client.")]


@app.command()
def new(
    name: Name,
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What it may do.")],
    channel: Annotated[
        list[str] | None, typer.Option(help="Code of a channel that it is bound to; repeatable.")
    ] = None,
    store: Annotated[
        list[str] | None, typer.Option(help="A guide's store; may be repeated.")
    ] = None,
) -> None:
    """Make an API key and print it, this once."""
    scope = KeyScope(role=role, channels=_some(channel), stores=_some(store))
    checked_scope(name, scope)
    text, made = new_secret()
    if not at_store(lambda store, brand: ApiKeys(store, brand).add(name, scope, made, by=_by())):
        raise BadInput(f"a key {name!r} stands already; rotate it", code="KEY_EXISTS")
    typer.echo(text)


@app.command(name="list")
def show() -> None:
    """Show all API keys, without their secrets."""
    table = Table("name", "id", "role", "channels", "stores", "created", "by", "stands")
    now = datetime.now(UTC)
    for one in at_store(lambda store, brand: ApiKeys(store, brand).all()):
        table.add_row(*map(Text, _row(one, now)))
    console.print(table)


@app.command()
def rotate(
    name: Name,
    overlap_minutes: Annotated[
        float, typer.Option(min=0, help="How long the old key stands beside the new one.")
    ] = 60.0,
) -> None:
    """Make a new key of the same scope and print it; the old one ends after the overlap."""
    text, made = new_secret()
    overlap = timedelta(minutes=overlap_minutes)
    scope = at_store(
        lambda store, brand: ApiKeys(store, brand).rotate(name, made, overlap, by=_by())
    )
    if scope is None:
        raise BadInput(f"no key {name!r} stands", code="KEY_UNKNOWN")
    typer.echo(text)


@app.command()
def consumer(name: Name) -> None:
    """Print an API key as a shop's own clients show one: a consumer key and its secret.

    It stands as long as the API key does, for channels whose shop's wire is answered here.
    """
    master = derived_key(signing_settings(command_settings()), PURPOSE)
    now = datetime.now(UTC)
    every = at_store(lambda store, brand: ApiKeys(store, brand).all())
    standing = [one for one in every if one.name == name and one.stands(now)]
    if not standing:
        raise BadInput(f"no key {name!r} stands", code="KEY_UNKNOWN")
    newest = max(standing, key=lambda one: one.created_at)
    if newest.scope.role is not Role.SERVICE or newest.scope.channels is None:
        raise BadInput("such a key has the role SERVICE and names its channels")
    found = consumer_of(master, newest.id)
    typer.echo(f"{found.key}\n{found.secret}")


@app.command()
def revoke(name: Name) -> None:
    """End every key of a client, within seconds in all processes."""
    if not at_store(lambda store, brand: ApiKeys(store, brand).revoke(name, by=_by())):
        raise BadInput(f"no key {name!r} stands", code="KEY_UNKNOWN")
    typer.echo(f"{name} may call no more")


def _by() -> str:
    return f"operator:{getpass.getuser()}"


def _some(values: list[str] | None) -> frozenset[str] | None:
    return frozenset(values) if values else None


def _row(one: ApiKey, now: datetime) -> tuple[str, ...]:
    scope = one.scope
    cut = (", ".join(sorted(some or ())) or "all" for some in (scope.channels, scope.stores))
    made = f"{one.created_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return one.name, one.id, scope.role.value, *cut, made, one.created_by, _standing(one, now)


def _standing(one: ApiKey, now: datetime) -> str:
    if one.revoked_at is not None:
        return "revoked"
    if one.expires_at is None:
        return "yes"
    until = f"{one.expires_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return f"until {until}" if one.stands(now) else f"ended {until}"
