"""`santong query`: asks the running gateway."""

import json
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.json import JSON

from capabilities.caller import Role
from capabilities.errors import BadInput, SantongError
from gateway.cli.console import console
from gateway.cli.environment import command_settings
from gateway.cli.token import MemberOption, RoleOption, StoreOption, make_token
from gateway.settings import Settings

NAME = "query"
_TIMEOUT_SECONDS = 60.0
_LONGEST_NAME = 255


def run(
    file_or_text: Annotated[str, typer.Argument(help="A file, a query, or - for standard input.")],
    role: RoleOption = Role.OPERATIONS,
    store: StoreOption = None,
    member: MemberOption = None,
    variables: Annotated[str, typer.Option(help="Variables as a JSON object.")] = "{}",
) -> None:
    """Ask the running gateway and print its answer; exit code 1 where it holds no data."""
    answer = _ask(
        command_settings(),
        {"query": read_query(file_or_text), "variables": _read_variables(variables)},
        make_token(role, store or [], member),
    )
    if sys.stdout.isatty():
        console.print(JSON(answer.text, ensure_ascii=False))
    else:
        sys.stdout.write(answer.text + "\n")
    if answer.status_code != HTTPStatus.OK or answer.json().get("data") is None:
        raise typer.Exit(1)


def read_query(file_or_text: str) -> str:
    """The text of the file of that name, of standard input, or itself."""
    if file_or_text == "-":
        return sys.stdin.read()
    if len(file_or_text) <= _LONGEST_NAME and Path(file_or_text).is_file():
        return Path(file_or_text).read_text(encoding="utf-8")
    if "{" not in file_or_text:
        raise BadInput(f"{file_or_text!r} is neither a file nor a query", code="QUERY_NOT_FOUND")
    return file_or_text


def _read_variables(text: str) -> dict[str, Any]:
    try:
        variables = json.loads(text)
    except ValueError as error:
        raise BadInput("--variables is no JSON") from error
    if not isinstance(variables, dict):
        raise BadInput("--variables is no JSON object")
    return variables


def _ask(settings: Settings, body: dict[str, Any], token: str) -> httpx.Response:
    address = f"http://{settings.host}:{settings.port}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        # the environment's proxy is for the world outside, not for this machine
        with httpx.Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
            return client.post(f"{address}/graphql", json=body, headers=headers)
    except httpx.TransportError as error:
        raise SantongError(
            f"no gateway answers on {address}; start one with `make demo`",
            code="GATEWAY_UNREACHABLE",
        ) from error
