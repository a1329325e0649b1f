"""`santong query`: asks the running gateway."""

import os
import sys
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.json import JSON

from capabilities.caller import Role
from capabilities.errors import BadInput, SantongError
from gateway.cli.console import aside, console
from gateway.cli.environment import command_settings
from gateway.cli.plan_tables import plan_tables
from gateway.cli.token import MemberOption, RoleOption, StoreOption, make_token
from gateway.settings import Settings

NAME = "query"
_TIMEOUT_SECONDS = 60.0


def run(
    file_or_text: Annotated[str, typer.Argument(help="A file, a query, or - for standard input.")],
    role: RoleOption = Role.OPERATIONS,
    store: StoreOption = None,
    member: MemberOption = None,
    variables: Annotated[str, typer.Option(help="Variables as a JSON object.")] = "{}",
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show on standard error what the answer cost.")
    ] = False,
) -> None:
    """Ask the running gateway and print its answer; exit code 1 where it holds no data."""
    asked = {"query": read_query(file_or_text), "variables": read_variables(variables)}
    if explain:
        asked["extensions"] = {"explain": True}
    answer = ask_gateway(command_settings(), asked, make_token(role, store or [], member))
    body = body_of(answer)
    if sys.stdout.isatty():
        console.print(JSON(answer.text, ensure_ascii=False))
    else:
        sys.stdout.write(answer.text + "\n")
    if plan := (body.get("extensions") or {}).get("plan"):
        aside.print(plan_tables(plan))
    if answer.status_code != HTTPStatus.OK or body.get("data") is None:
        raise typer.Exit(1)


def read_query(file_or_text: str) -> str:
    """The text of the file of that name, of standard input, or itself."""
    if file_or_text == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    if _is_file(file_or_text):
        return _decoded(_content(Path(file_or_text)), file_or_text)
    if "{" not in file_or_text:
        raise BadInput(f"{file_or_text!r} is neither a file nor a query", code="QUERY_NOT_FOUND")
    return _decoded(os.fsencode(file_or_text), "the query")


def _is_file(file_or_text: str) -> bool:
    with suppress(OSError):  # a query may be too long for a name
        return Path(file_or_text).is_file()
    return False


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}", code="QUERY_NOT_FOUND"
        ) from error


def _decoded(text: bytes, name: str) -> str:
    """UTF-8, with the mark in front that some editors leave."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is not UTF-8") from error


def read_variables(text: str) -> dict[str, Any]:
    """The JSON object of an option; BadInput where it is none."""
    try:
        variables = orjson.loads(text)
    except ValueError as error:
        raise BadInput("--variables is no JSON") from error
    if not isinstance(variables, dict):
        raise BadInput("--variables is no JSON object")
    return variables


def ask_gateway(settings: Settings, body: dict[str, Any], token: str) -> httpx.Response:
    """The answer of the gateway that the settings name; SantongError where none answers."""
    with gateway_client(settings, token) as client:
        return ask_over(client, body)


def gateway_client(settings: Settings, token: str) -> httpx.Client:
    """A client of that gateway, for as many questions as there are."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    # the environment's proxy is for the world outside, not for this machine
    return httpx.Client(
        base_url=f"http://{settings.host}:{settings.port}",
        headers=headers,
        trust_env=False,
        timeout=_TIMEOUT_SECONDS,
    )


def ask_over(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    """The answer over an open client; SantongError where none answers."""
    try:
        return client.post("/graphql", json=body)
    except httpx.TransportError as error:
        address = str(client.base_url).rstrip("/")
        raise SantongError(
            f"no gateway answers on {address}; start one with `make demo`",
            code="GATEWAY_UNREACHABLE",
        ) from error


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """What a gateway answered; SantongError where it is none of a gateway's."""
    with suppress(ValueError):
        body = answer.json()
        if isinstance(body, dict):
            return body
    raise SantongError(
        f"what answers on {answer.url.netloc.decode()} is no gateway; set SANTONG_PORT to its port",
        code="GATEWAY_UNREACHABLE",
    )
