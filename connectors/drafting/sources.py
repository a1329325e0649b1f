"""Where a description comes from: a file of one of the kinds below, told apart by what it holds."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from capabilities.errors import Garbled
from connectors._kit.xml import name, parse
from connectors.drafting.introspection import read_introspection
from connectors.drafting.odata import read_odata
from connectors.drafting.openapi import read_openapi
from connectors.drafting.outline import DraftError, Outline
from connectors.drafting.wsdl import read_wsdl

SOURCES: Mapping[str, str] = {
    "odata": "OData $metadata, XML",
    "openapi": "OpenAPI 3 or Swagger 2, YAML or JSON",
    "graphql": "the JSON answer of a GraphQL introspection",
    "wsdl": "a WSDL, XML",
}
_XML: Mapping[str, tuple[str, Callable[[Any], Outline]]] = {
    "Edmx": ("odata", read_odata),
    "definitions": ("wsdl", read_wsdl),
}
_KINDS = ", ".join(f"{kind} ({what})" for kind, what in SOURCES.items())


def read_outline(text: bytes) -> Outline:
    """The outline of a description, whatever kind it is; DraftError where it is none of ours."""
    if text.lstrip()[:1] == b"<":
        return _of_xml(text)
    try:
        told = json.loads(text) if text.lstrip()[:1] == b"{" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as exc:
        raise DraftError(f"the description cannot be read; it should be one of: {_KINDS}") from exc
    if isinstance(told, Mapping) and ("__schema" in told or "data" in told):
        return outline_of("graphql", told)
    if isinstance(told, Mapping) and ("openapi" in told or "swagger" in told):
        return outline_of("openapi", told)
    raise DraftError(f"this is no description of a system; it should be one of: {_KINDS}")


def outline_of(kind: str, told: Any) -> Outline:
    """The outline of a description that was read; DraftError where it is not what its kind says."""
    reads: Mapping[str, Callable[[Any], Outline]] = {
        "odata": read_odata,
        "wsdl": read_wsdl,
        "openapi": read_openapi,
        "graphql": read_introspection,
    }
    try:
        return reads[kind](told)
    except (LookupError, TypeError, AttributeError, ValueError) as exc:
        raise DraftError(f"this {SOURCES[kind]} is not as its standard says") from exc


def _of_xml(text: bytes) -> Outline:
    try:
        root = parse(text)
    except Garbled as exc:
        raise DraftError(f"the description cannot be read: {exc.message}") from exc
    kind = _XML.get(name(root))
    if kind is None:
        raise DraftError(
            f"<{name(root)}> is no description of a system; it should be one of: {_KINDS}"
        )
    return outline_of(kind[0], root)
