"""Declared variables against an operation's own: every value has a place, a target and a type."""

from collections.abc import Mapping, Sequence

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    type_from_ast,
)
from graphql.type import is_input_type, is_required_input_field

from gateway.rest.declared import IDEMPOTENCY_KEY, DeclaredResource
from gateway.rest.template import Template
from gateway.rest.values import Binding, readable
from gateway.rest.wrong import Wrong

_CODE = "RESOURCE_VARIABLE"


def bindings_of(
    declared: DeclaredResource,
    template: Template,
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
) -> tuple[Binding, ...]:
    """The bindings of a resource, those of whole bodies first; Wrong where one cannot be."""
    known = {one.variable.name.value: one for one in operation.variable_definitions or ()}
    found = [_binding(declared, target, known, schema) for target in declared.variables]
    found.sort(key=lambda one: len(one.target))
    _check_path(found, template)
    _check_method(declared, found)
    _check_required(found, known, schema)
    return tuple(found)


def _binding(
    declared: DeclaredResource,
    target: str,
    known: Mapping[str, VariableDefinitionNode],
    schema: GraphQLSchema,
) -> Binding:
    key = f"variables.{target}"
    variable, *fields = target.split(".")
    if variable not in known:
        raise Wrong(key, f"the operation's variables are {_listed(known)}", code=_CODE)
    definition = known[variable]
    given = _type(definition, schema)
    required = isinstance(given, GraphQLNonNull) and definition.default_value is None
    for field in fields:
        inner = get_nullable_type(given)
        if not isinstance(inner, GraphQLInputObjectType) or field not in inner.fields:
            choices = inner.fields if isinstance(inner, GraphQLInputObjectType) else {}
            raise Wrong(key, f"{field!r} is none of {_listed(choices)}", code=_CODE)
        given = inner.fields[field].type
        required = is_required_input_field(inner.fields[field])
    place, _, name = declared.variables[target].partition(".")
    if place in ("path", "query") and not readable(given):
        raise Wrong(key, f"no text of an address is a {given}; take it from body", code=_CODE)
    return Binding(
        target=(variable, *fields), place=place, name=name, type=given, required=required
    )


def _check_path(found: Sequence[Binding], template: Template) -> None:
    named = {one.name for one in found if one.place == "path"}
    for name in template.names:
        if name not in named:
            raise Wrong("path", f"{{{name}}} becomes no variable", code=_CODE)
    for name in named - set(template.names):
        raise Wrong("path", f"path.{name} is asked for and is no place of it", code=_CODE)


def _check_method(declared: DeclaredResource, found: Sequence[Binding]) -> None:
    keys = [one for one in found if one.place == "header"]
    if declared.method == "GET":
        if keys or any(one.place == "body" for one in found):
            raise Wrong("variables", "a GET has neither a body nor a key of its own", code=_CODE)
        return
    if [one.name for one in keys] != [IDEMPOTENCY_KEY]:
        told = "a write needs header.idempotency-key as one of its variables, once"
        raise Wrong("variables", told, code=_CODE)
    if any(one.place == "query" for one in found):
        raise Wrong("variables", "a write takes path, body and header only", code=_CODE)


def _check_required(
    found: Sequence[Binding], known: Mapping[str, VariableDefinitionNode], schema: GraphQLSchema
) -> None:
    """Every value that the operation cannot do without comes from somewhere."""
    targets = {one.target for one in found}
    for name, definition in known.items():
        given = _type(definition, schema)
        if (name,) in targets:
            continue
        inner = get_nullable_type(given)
        below = {target[1] for target in targets if target[0] == name and len(target) > 1}
        if below and isinstance(inner, GraphQLInputObjectType):
            missing = [
                key
                for key, field in inner.fields.items()
                if is_required_input_field(field) and key not in below
            ]
            if missing:
                raise Wrong("variables", f"{name}.{missing[0]} comes from nowhere", code=_CODE)
        elif isinstance(given, GraphQLNonNull) and definition.default_value is None:
            raise Wrong("variables", f"{name} comes from nowhere", code=_CODE)


def _type(definition: VariableDefinitionNode, schema: GraphQLSchema) -> GraphQLInputType:
    found = type_from_ast(schema, definition.type)
    if found is None or not is_input_type(found):
        raise TypeError("a validated operation's variables have input types")
    return found


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"
