"""A request to a resource as the variables of its operation; nothing that was sent is ignored."""

import re
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qsl

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    type_from_ast,
)
from graphql.type import is_input_type
from graphql.utilities import validate_input_value

from capabilities.errors import BadInput
from gateway.http.bad_request import BadRequest
from gateway.rest.resource import Resource
from gateway.rest.values import Binding, assign, read_texts, taken

_MOST_PARAMETERS = 200
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MOST_FAULTS = 10


def variables_of(
    resource: Resource,
    values: tuple[str, ...],
    query_string: bytes,
    key: str | None,
    body: Any,
) -> dict[str, Any]:
    """The variables; BadInput or BadRequest where the request does not fit the resource."""
    named = dict(zip(resource.template.names, values, strict=True))
    given = _parameters(resource, query_string)
    _check_body(resource, body)
    variables: dict[str, Any] = {}
    for one in resource.bindings:
        if one.place == "body":
            _from_body(variables, one, body)
        elif one.place == "header":
            _put(variables, one, idempotency_key(key))
        elif one.place == "path":
            _put(variables, one, read_texts(one, [named[one.name]]))
        elif one.name in given:
            _put(variables, one, read_texts(one, given[one.name]))
        elif one.required:
            raise BadInput(f"query parameter {one.name!r} is missing")
    return variables


def idempotency_key(header: str | None) -> str:
    """The key of a write; BadRequest where there is none, or none that can be kept."""
    text = (header or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':  # a string of structured fields
        text = text[1:-1]
    if not _KEY.fullmatch(text):
        told = "a write brings the header Idempotency-Key: 1 to 255 visible characters, no spaces"
        raise BadRequest(told, 400, "IDEMPOTENCY_KEY_MISSING")
    return text


def faults_of(
    resource: Resource,
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
    variables: dict[str, Any],
) -> list[dict[str, str]]:
    """Where values stood that do not fit the operation's types; never the values themselves."""
    found: list[dict[str, str]] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        given = type_from_ast(schema, definition.type)
        if name not in variables or given is None or not is_input_type(given):
            continue

        def wrong(error: GraphQLError, path: list[str | int], name: str = name) -> None:
            del error
            found.append({"at": _came_from(resource, name, path)})

        validate_input_value(variables[name], given, wrong)
    return found[:_MOST_FAULTS]


def _came_from(resource: Resource, name: str, path: list[str | int]) -> str:
    """The part of the request that a value came from."""
    way = (name, *map(str, path))
    for one in reversed(resource.bindings):
        if one.target == way[: len(one.target)]:
            rest = [*([one.name] if one.name else []), *way[len(one.target) :]]
            return ".".join((one.place, *rest))
    return "the request"


def _parameters(resource: Resource, query_string: bytes) -> dict[str, list[str]]:
    """The query's parameters, each of them known to the resource."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except (UnicodeDecodeError, ValueError) as exc:
        raise BadInput("the query parameters are no UTF-8, or too many") from exc
    bindings = resource.bound("query")
    known = {one.name for one in bindings}
    several = {one.name for one in bindings if one.listed}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, text in pairs:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise BadInput(f"a query parameter is unknown here; there are {listed}")
        if name in found and name not in several:
            raise BadInput(f"query parameter {name!r} stands twice")
        found[name].append(text)
    return found


def _check_body(resource: Resource, body: Any) -> None:
    bound = resource.bound("body")
    if not bound:
        return
    if not isinstance(body, dict):
        raise BadInput("the body must be a JSON object")
    if all(one.name for one in bound) and body.keys() - {one.name for one in bound}:
        listed = ", ".join(sorted(one.name for one in bound))
        raise BadInput(f"a key of the body is unknown here; there are {listed}")


def _from_body(variables: dict[str, Any], binding: Binding, body: dict[str, Any]) -> None:
    if not binding.name:
        assign(variables, binding.target, dict(body))
    elif binding.name in body:
        _put(variables, binding, body[binding.name])
    elif binding.required:
        raise BadInput(f"the body lacks {binding.name!r}")


def _put(variables: dict[str, Any], binding: Binding, value: Any) -> None:
    if taken(variables, binding.target):
        told = f"{binding.target[-1]!r} is told by the {binding.place}; leave it out of the body"
        raise BadInput(told)
    assign(variables, binding.target, value)
