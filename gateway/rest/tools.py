"""Published queries as tools of the Model Context Protocol: what each takes, and who sees it."""

from collections.abc import Iterable, Mapping
from typing import Any

from capabilities.caller import Caller
from capabilities.errors import BadInput
from capabilities.visibility import POLICY
from gateway.rest.answer_schemas import Components, Schema
from gateway.rest.resource import Resource
from gateway.rest.values import assign

_REFERENCE = "#/components/schemas/"


def tools_of(resources: Iterable[Resource], caller: Caller) -> dict[str, Resource]:
    """The tools of a caller by name: queries whose root fields her role may see. Never a write."""
    return {one.name: one for one in resources if not one.writes and _sees(caller, one)}


def tool(resource: Resource) -> dict[str, Any]:
    """How a tool is listed."""
    return {
        "name": resource.name,
        "description": resource.declared.summary or resource.route,
        "inputSchema": _input_schema(resource),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }


def variables_of_arguments(resource: Resource, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The operation's variables; BadInput names what is unknown or missing."""
    known = {one.name: one for one in resource.bindings}
    if arguments.keys() - known.keys():
        raise BadInput(f"an argument is unknown here; there are {', '.join(sorted(known))}")
    variables: dict[str, Any] = {}
    for name, binding in known.items():
        if name in arguments:
            assign(variables, binding.target, arguments[name])
        elif binding.required or binding.place == "path":
            raise BadInput(f"the argument {name!r} is missing")
    return variables


def _sees(caller: Caller, resource: Resource) -> bool:
    fields = (one.fields[0].name.value for one in resource.whole.keys.values())
    return all(POLICY.rule("Query", name).refusal(caller) is None for name in fields)


def _input_schema(resource: Resource) -> Schema:
    components = Components()
    properties = {one.name: components.given(one.type) for one in resource.bindings}
    return {
        "type": "object",
        "properties": {name: _inlined(one, components) for name, one in properties.items()},
        "required": [one.name for one in resource.bindings if one.required or one.place == "path"],
        "additionalProperties": False,
    }


def _inlined(schema: Any, components: Components) -> Any:
    """The schema with what it refers to in its place: only enums are, and they refer to nothing."""
    if isinstance(schema, list):
        return [_inlined(one, components) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return components.schemas[schema["$ref"].removeprefix(_REFERENCE)]
    return {key: _inlined(one, components) for key, one in schema.items()}
