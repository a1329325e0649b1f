"""`santong operations`: the operations that clients may ask by their sha256."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from capabilities.caller import Role
from capabilities.errors import BadInput, SantongError
from capabilities.operations import operation_hash
from gateway.cli.console import console
from gateway.cli.environment import command_settings, read_settings
from gateway.cli.operations_export import export
from gateway.cli.operations_known import stored_operations
from gateway.cli.operations_openapi import openapi
from gateway.cli.query import ask_gateway, body_of
from gateway.cli.token import make_token
from gateway.execution.operations_file import ListedOperation, inspect_operations
from gateway.settings import Settings

app = typer.Typer(
    name="operations", help="Operations that clients ask by their sha256.", no_args_is_help=True
)
app.command()(openapi)
app.command()(export)
File = Annotated[Path, typer.Argument(help="A manifest of operations, or one .graphql document.")]

_REGISTER = """
mutation Register($text: String!, $name: String, $key: ID!) {
  registerOperation(input: {text: $text, name: $name, idempotencyKey: $key}) {
    ... on RegisteredOperation { documentId }
    ... on UserError { code message }
    ... on OperationInvalid { faults { message line column } }
  }
}
"""


@app.command()
def check(file: File) -> None:
    """Prepare every operation of a file as the gateway would; exit code 1 where one is refused."""
    from gateway.execution.configured import configured_documents  # noqa: PLC0415  # slow to import
    from gateway.writer import faults  # noqa: PLC0415  # as above

    entries, wrong = _entries(file)
    with console.status("reading the contract"):
        documents = configured_documents(read_settings())
    for entry in entries:
        wrong += [
            f"{file}:{entry.line}: {entry.name or entry.sha256}: {_place(one.line, one.column)}"
            f"{one.message}"
            for one in faults(documents.prepare(entry.text))
        ]
    for line in wrong:
        typer.echo(line)
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{file}: {len(entries)} fit the graph")


@app.command()
def add(file: File) -> None:
    """Register every operation of a file with the running gateway, as an administrator."""
    entries, wrong = _entries(file)
    if wrong:
        raise BadInput("; ".join(wrong), code="OPERATIONS_INVALID")
    settings = command_settings()
    token = make_token(Role.ADMIN, [], None)
    declined = 0
    for entry in entries:
        told = _registered(settings, token, entry)
        declined += "documentId" not in told
        typer.echo(_told(entry, told))
    if declined:
        raise typer.Exit(1)


@app.command("list")
def show() -> None:
    """List the operations of SANTONG_OPERATIONS and those that administrators registered."""
    settings = command_settings()
    table = Table("sha256", "name", "registered")
    if settings.operations is not None:
        for entry in inspect_operations(settings.operations).entries:
            table.add_row(entry.sha256, entry.name or "", str(settings.operations))
    for one in asyncio.run(stored_operations(settings)):
        when = f"{one.registered_at:%Y-%m-%d %H:%M}Z by {one.registered_by}"
        table.add_row(one.sha256, one.name or "", when)
    console.print(table)


def _entries(file: Path) -> tuple[Sequence[ListedOperation], list[str]]:
    """What a file holds, and its faults; a document by itself is one operation."""
    if file.suffix not in (".graphql", ".gql"):
        found = inspect_operations(file)
        return found.entries, list(found.faults)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{file} cannot be read", code="OPERATIONS_INVALID") from exc
    one = ListedOperation(sha256=operation_hash(text), text=text, name=file.stem, line=1)
    return (one,), []


def _registered(settings: Settings, token: str, entry: ListedOperation) -> dict[str, Any]:
    variables = {"text": entry.text, "name": entry.name, "key": f"file-{entry.sha256}"}
    answer = ask_gateway(settings, {"query": _REGISTER, "variables": variables}, token)
    body = body_of(answer)
    told = (body.get("data") or {}).get("registerOperation")
    if told is None:
        errors = body.get("errors") or [{"message": "it answers nothing"}]
        code = errors[0].get("extensions", {}).get("code", "SANTONG_ERROR")
        raise SantongError(errors[0]["message"], code=code)
    return dict(told)


def _told(entry: ListedOperation, told: dict[str, Any]) -> str:
    name = entry.name or entry.sha256
    if "documentId" in told:
        return f"{name}: {told['documentId']}"
    faults = [
        f"{_place(one['line'], one['column'])}{one['message']}" for one in told.get("faults", ())
    ]
    return f"{name}: {told['code']} {told['message']} {'; '.join(faults)}".rstrip()


def _place(line: int | None, column: int | None) -> str:
    return "" if line is None else f"{line}:{column}: "
