"""`santong connector`: connectors that are registered with the platform, and a look at any."""

import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.table import Table

from capabilities.errors import BadInput
from capabilities.estate import ConnectorOrigin, ConnectorSpec
from capabilities.registration import (
    ConnectorInvalid,
    ConnectorOutcome,
    RegisteredConnector,
    RegistrationAction,
)
from gateway.cli.console import console
from gateway.cli.given import author, given_secrets, read_text

if TYPE_CHECKING:
    from cache.loads import LoadNow
    from gateway.cli.connecting import Desk
    from gateway.federation.definition import Entry

_T = TypeVar("_T")

app = typer.Typer(
    name="connector", help="Connectors, registered while gateways run.", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="A connector by itself, in YAML.")]
Name = Annotated[str, typer.Argument(help="Name of a registered connector.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        help="Name of a secret to be sealed; it is asked for, or read from a line of standard "
        "input. May be repeated.",
    ),
]


@app.command("try")
def attempt(
    file_or_name: Annotated[
        str, typer.Argument(help="A connector's file, or the name of one that is known.")
    ],
    rows: Annotated[int, typer.Option(help="Rows of each list.", min=1, max=20)] = 2,
) -> None:
    """Ask the live system for its newest rows and show them beside their records."""
    from gateway.cli.connecting import spec_of  # noqa: PLC0415  # slow to import
    from gateway.cli.connector_try import show_trial, try_sections  # noqa: PLC0415  # as above

    async def work(desk: "Desk") -> bool:
        connector = await desk.open(await spec_of(desk, file_or_name))
        try:
            return show_trial(await try_sections(connector, rows))
        finally:
            await connector.aclose()

    if not _at_the_desk(work):
        raise typer.Exit(1)


@app.command()
def add(file: File, secret: Secrets = None, reason: Reason = "") -> None:
    """Register a connector; every gateway asks it within two seconds."""
    _change(RegistrationAction.REGISTER, None, reason, file=file, secrets=secret)


@app.command()
def update(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(help="Its new definition; absent where only secrets change.")
    ] = None,
    secret: Secrets = None,
    reason: Reason = "",
) -> None:
    """Replace the definition of a registered connector, or its secrets, or both."""
    _change(RegistrationAction.UPDATE, name, reason, file=file, secrets=secret)


@app.command()
def pause(name: Name, reason: Reason = "") -> None:
    """Let a registered connector rest: its lists say so, and its system is not asked."""
    _change(RegistrationAction.PAUSE, name, reason)


@app.command()
def resume(
    name: Annotated[str, typer.Argument(help="Name of any connector.")], reason: Reason = ""
) -> None:
    """Ask a paused connector again, and let a logon that failed be tried again everywhere."""

    async def work(desk: "Desk") -> tuple[bool, bool]:
        assembled = await desk.all()
        names = sorted(one.name for one in assembled.plan.connectors)
        registered = {one.name for one in (await desk.kept.current()).connectors}
        if name not in {*names, *registered}:
            message = f"there is no connector {name!r}; the connectors are {', '.join(names)}"
            raise BadInput(message, code="CONNECTOR_UNKNOWN")
        return name in registered, await desk.logons.resume(name, author())

    registered, was_latched = _at_the_desk(work)
    if registered:
        _change(RegistrationAction.RESUME, name, reason)
    typer.echo(f"{name}: {'resumed' if was_latched else 'its logon was not latched'}")


@app.command()
def remove(name: Name, reason: Reason = "") -> None:
    """Take a registered connector away, with its secrets; its history stays."""
    _change(RegistrationAction.REMOVE, name, reason)


@app.command()
def load(
    name: Annotated[str, typer.Argument(help="Name of the connector.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what was agreed with a system's owner, and what is asked of it, by cause."""
    from gateway.cli.connecting import spec_of  # noqa: PLC0415  # slow to import
    from gateway.cli.connector_load import show_load, used  # noqa: PLC0415  # as above

    async def work(desk: "Desk") -> "tuple[ConnectorSpec, LoadNow]":
        spec = await spec_of(desk, name)
        return spec, await used(desk, spec.name)

    show_load(*_at_the_desk(work), as_json=as_json)


@app.command()
def doctor(
    file_or_name: Annotated[
        str, typer.Argument(help="A connector's file, or the name of one that is known.")
    ],
    *,
    rows: Annotated[int, typer.Option(help="Rows of each list to look at.", min=5, max=500)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Examine a live system against its manifest; exit code 1 where something is wrong."""
    from connectors.doctor import Hearing, Report, examine  # noqa: PLC0415  # slow to import
    from gateway.cli.connecting import spec_of  # noqa: PLC0415  # as above
    from gateway.cli.connector_doctor import show_report  # noqa: PLC0415  # as above
    from gateway.cli.doctor_evidence import keep_report  # noqa: PLC0415  # as above

    async def work(desk: "Desk") -> Report:
        hearing = Hearing()
        async with desk.opened(await spec_of(desk, file_or_name), hearing) as connector:
            report = await examine(connector, hearing, rows)
            if not file_or_name.endswith((".yaml", ".yml")):  # what is in force, and no draft
                await keep_report(desk.evidence, connector, report)
            return show_report(connector, report, as_json=as_json)

    if not _at_the_desk(work).sound:
        raise typer.Exit(1)


@app.command("list")
def show_all() -> None:
    """List every connector: of the estate file, of the folder, and those that were registered."""
    assembled = _at_the_desk(lambda desk: desk.all())
    table = Table("name", "system", "from", "state", "changed")
    for spec in assembled.plan.connectors:
        definition = assembled.definitions.get(spec.name)
        when = "" if definition is None else _when(definition.entry)
        table.add_row(spec.name, spec.system, spec.origin.value, _state(spec), when)
    for place, refusal in assembled.refused.items():
        table.add_row(refusal.entry.name, "", place, "REFUSED", refusal.reason)
    console.print(table)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of the connector.")]) -> None:
    """Print the definition of a connector; secrets by reference only."""
    from gateway.cli.connecting import spec_of  # noqa: PLC0415  # slow to import

    async def work(desk: "Desk") -> tuple[ConnectorSpec, str | None]:
        spec = await spec_of(desk, name)
        if spec.origin is ConnectorOrigin.ESTATE_FILE:
            return spec, None
        return spec, (await desk.all()).definitions[spec.name].entry.text

    spec, text = _at_the_desk(work)
    if text is None:
        typer.echo(f"{name} is of the system {spec.system}; it stands in the estate file")
    else:
        typer.echo(text.rstrip("\n"))


@app.command()
def history(
    name: Annotated[str, typer.Argument(help="Name of the connector, also a past one.")],
) -> None:
    """List every version of a registered connector: what was done, by whom, when and why."""
    versions = _at_the_desk(lambda desk: desk.kept.history(name))
    table = Table("version", "action", "when", "by", "reason")
    for one in versions:
        when = f"{one.changed_at:%Y-%m-%d %H:%M:%S}Z"
        table.add_row(str(one.version), one.action.value, when, one.author, one.reason)
    console.print(table)
    if not versions:
        raise BadInput(f"no connector was ever registered as {name!r}", code="CONNECTOR_UNKNOWN")


@app.command()
def reseal() -> None:
    """Put the sealed secrets of registered connectors under the present SANTONG_SECRET_KEY."""
    from gateway.connector_secrets import ConnectorSecrets  # noqa: PLC0415  # slow to import

    old = given_secrets(["the key before"])["the key before"]

    async def work(desk: "Desk") -> tuple[int, list[str]]:
        before = ConnectorSecrets.under(old, desk.base.brand)
        done, lost = 0, []
        for connector, secrets in (await desk.kept.secrets()).items():
            for name, sealed in secrets.items():
                try:
                    value = before.unseal(connector, name, sealed)
                except ValueError:
                    lost.append(f"{connector}.{name}")
                    continue
                new = desk.secrets.seal(connector, {name: value})[name]
                await desk.kept.reseal(connector, name, sealed, new)
                done += 1
        return done, lost

    done, lost = _at_the_desk(work)
    typer.echo(f"{done} secrets are sealed anew")
    if lost:
        raise BadInput(f"not sealed with that key: {', '.join(lost)}", code="SECRET_MISSING")


def _at_the_desk(work: "Callable[[Desk], Awaitable[_T]]") -> _T:
    from gateway.cli.connecting import at_the_desk  # noqa: PLC0415  # slow to import

    return at_the_desk(work)


def _change(
    action: RegistrationAction,
    name: str | None,
    reason: str,
    *,
    file: Path | None = None,
    secrets: list[str] | None = None,
) -> None:
    from gateway.registering import Wish  # noqa: PLC0415  # slow to import

    wish = Wish(
        action=action,
        name=name,
        definition=None if file is None else read_text(file),
        secrets=given_secrets(secrets or []),
        author=author(),
        reason=reason,
        idempotency_key=uuid.uuid4().hex,
    )
    outcome = _at_the_desk(lambda desk: desk.registering.change(wish))
    if isinstance(outcome, RegisteredConnector):
        typer.echo(f"{outcome.name}: version {outcome.version}, {outcome.state.value}")
        return
    raise BadInput(_told(outcome, str(file or name)), code=outcome.code)


def _told(outcome: ConnectorOutcome, what: str) -> str:
    """Why nothing was done, in one line or one a fault."""
    if isinstance(outcome, ConnectorInvalid):
        lines = [
            f"{what}{'' if one.line is None else f':{one.line}:{one.column}'}: "
            f"{'' if one.key is None else f'{one.key}: '}{one.message} [{one.code}]"
            for one in outcome.faults
        ]
        return "\n".join(lines)
    valid: tuple[str, ...] = getattr(outcome, "valid", ())
    words = _WORDS.get(getattr(outcome, "code", ""), "nothing was done")
    return f"{what}: {words}{': ' if valid else ''}{', '.join(valid)}"


_WORDS = {
    "CONNECTOR_EXISTS": "a connector of this name is registered already; `update` it",
    "CONNECTOR_UNKNOWN": "no connector of this name is registered; there are",
    "CONNECTOR_NOT_REGISTERED": "it stands in a file of this machine; change it there",
    "CONNECTOR_NEEDED": "others answer for channels that it brings",
    "CONNECTOR_CHANGED": "connectors were changed at the same moment; try again",
}


def _when(entry: "Entry") -> str:
    at = entry.changed_at
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}Z by {entry.author}"


def _state(spec: ConnectorSpec) -> str:
    return "PAUSED" if spec.paused else "IN_FORCE"
