"""Commands over REST as manifests declare them."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from connectors.protocols.commanded import bad_templates, commands_of, missing
from connectors.protocols.declared import Finding, Keys, Schema
from connectors.protocols.written import bad_expression

_TEXT: Schema = {"type": "string"}


class RestCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call that changes an order, or looks up what a change came to.

    `add_to` is the field of a text that `line` is added to: it is read first, and `{line}` is the
    whole of it then. `page` is the parameter that goes on with a look-up's list.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str = ""
    params: dict[str, str] = {}
    body: dict[str, Any] = {}
    rows_at: str = ""
    number_at: str = "id"
    reference_at: str = ""
    add_to: str = ""
    page: str = ""


COMMAND_KEYS = Keys(
    RestCommand,
    {
        "method": {"enum": ["DELETE", "GET", "PATCH", "POST", "PUT"]},
        **dict.fromkeys(("path", "rows_at", "number_at", "reference_at", "add_to", "page"), _TEXT),
        "params": {"type": "object", "additionalProperties": _TEXT},
        "body": {"type": "object"},
    },
)


def check_commands(name: str, section: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with a section's commands."""
    yield from bad_templates(name, section, ("path", "params", "body"))
    for command, path, call in commands_of(section):
        looks = command.startswith("find")
        needs = ("path", "reference_at") if looks else ("path", "method")
        yield from missing((name, *path), call, needs, "REST")
        if not looks and call.get("method") == "GET":
            message = "a GET changes nothing; valid: DELETE, PATCH, POST, PUT"
            yield Finding((name, *path, "method"), "MANIFEST_BAD_CHOICE", message)
        if "reference_at" in call:
            yield from bad_expression((name, *path, "reference_at"), call["reference_at"])
