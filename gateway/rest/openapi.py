"""OpenAPI 3.1 of the resources in force: typed clients are made from it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson
from graphql import GraphQLNonNull
from msgspec.structs import replace

from gateway.rest.answer_schemas import Components, Schema
from gateway.rest.problem import PROBLEM
from gateway.rest.resource import Resource
from gateway.rest.shape import Place
from gateway.rest.values import Binding

_PROBLEM: Schema = {
    "type": "object",
    "description": "A refusal (RFC 9457); `code` is stable, `title` in the caller's language.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "retryable": {"type": "boolean"},
        "requestId": {"type": "string"},
        "path": {"type": "array", "items": {"type": "string"}},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}},
                "required": ["at"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "retryable", "requestId"],
}
_SOURCES = "Sources that this answer lacks, with code and `retryable`: a structured field."
_ERRORS = "Fields that had to be null, by their path in the operation's answer, with code."
_HEADERS: dict[str, Schema] = {
    "Santong-Sources": {"schema": {"type": "string"}, "description": _SOURCES},
    "Santong-Errors": {"schema": {"type": "string"}, "description": _ERRORS},
}
# The files of a list whose rows are of people are not given without.
_REASON: Schema = {
    "name": "X-Santong-Reason",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Why the caller takes these people along; asked for where the answer is CSV.",
}
_ETAG = {"schema": {"type": "string"}, "description": "Tag of this body, for If-None-Match."}
_LINK = {"schema": {"type": "string"}, "description": 'rel="next" and rel="prev": other pages.'}


def described(resources: Sequence[Resource], title: str) -> dict[str, Any]:
    """The document; its version is another one whenever anything of it is."""
    components = Components()
    components.schemas["Problem"] = _PROBLEM
    paths: dict[str, dict[str, Any]] = {}
    for one in resources:
        operations = paths.setdefault(one.route, {})
        operations[one.declared.method.lower()] = _operation(one, components)
    schemas = dict(sorted(components.schemas.items()))
    version = sha256(orjson.dumps([paths, schemas])).hexdigest()[:12]
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(resource: Resource, components: Components) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": resource.name,
        "parameters": _told_parameters(resource, components),
        "responses": _responses(resource, components),
    }
    if resource.declared.summary:
        told["summary"] = resource.declared.summary
    if resource.bound("body"):
        content = {"application/json": {"schema": _body(resource, components)}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _told_parameters(resource: Resource, components: Components) -> list[Schema]:
    told = [_parameter(one, components) for one in _parameters(resource)]
    return [*told, _REASON] if resource.personal and resource.row is not None else told


def _parameters(resource: Resource) -> list[Binding]:
    return [one for one in resource.bindings if one.place != "body"]


def _parameter(binding: Binding, components: Components) -> Schema:
    name = "Idempotency-Key" if binding.place == "header" else binding.name
    schema = components.given(binding.type)
    if binding.place == "header":
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
    return {
        "name": name,
        "in": binding.place,
        "required": binding.required or binding.place != "query",
        "schema": _there(schema),
    }


def _body(resource: Resource, components: Components) -> Schema:
    bound = resource.bound("body")
    elsewhere = {one.target for one in resource.bindings if one.name or one.place != "body"}
    for one in bound:
        if not one.name:
            depth = len(one.target)
            inner = {
                target[depth]
                for target in elsewhere
                if target[:depth] == one.target and len(target) == depth + 1
            }
            return components.given(_needed(one.type), frozenset(inner))
    return {
        "type": "object",
        "properties": {one.name: components.given(one.type) for one in bound},
        "required": [one.name for one in bound if one.required],
        "additionalProperties": False,
    }


def _needed(given: Any) -> Any:
    return given if isinstance(given, GraphQLNonNull) else GraphQLNonNull(given)


def _responses(resource: Resource, components: Components) -> dict[str, Any]:
    schema = _there(components.answer(_yes(resource), _capital(resource.name)))
    headers = dict(_HEADERS)
    if not resource.writes:
        headers["ETag"] = _ETAG
    if resource.pages is not None:
        headers["Link"] = _LINK
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if resource.row is not None:
        content["text/csv"] = {"schema": {"type": "string"}}
    responses: dict[str, Any] = {
        "200": {"description": "The answer.", "headers": headers, "content": content}
    }
    if resource.declared.absent == 204:  # noqa: PLR2004 - as declared
        responses["204"] = {"description": "Nothing answers to this address."}
    if not resource.writes:
        responses["304"] = {"description": "The body is the one that the client has."}
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses["default"] = {"description": "A refusal.", "content": problem}
    return responses


def _yes(resource: Resource) -> Place:
    """The body without what says no: that is a problem."""
    body = resource.body
    kept = {name: one for name, one in body.variants.items() if name not in resource.refusals}
    return replace(body, variants=kept)


def _there(schema: Schema) -> Schema:
    """A value that is there: a body that is not is a status, and an address has no null."""
    if isinstance(schema.get("type"), list):
        return {**schema, "type": schema["type"][0]}
    if "anyOf" in schema:
        kept = [one for one in schema["anyOf"] if one != {"type": "null"}]
        return kept[0] if len(kept) == 1 else {"anyOf": kept}
    return schema


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
