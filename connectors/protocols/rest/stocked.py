"""The stock of a REST system as manifests declare it: how it is read, and how it is set."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from connectors.protocols.declared import Finding, Path, Schema
from connectors.protocols.templates import bad_marks
from connectors.protocols.written import bad_expression

_TEXT: Schema = {"type": "string"}
_TABLE: Schema = {"type": "object", "additionalProperties": _TEXT}
_GIVEN = ("code", "units", "reference")


class StockRead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the row of a product is found, and where in it (JMESPath) its stock stands.

    A row counts where `code_at` is the code that was asked for. `values` are parts of it that its
    change needs; what is null, empty or 0 there is absent.
    """

    resource: str
    code_at: str
    left_at: str
    params: dict[str, str] = {}
    rows_at: str = ""
    reference_at: str = ""
    values: dict[str, str] = {}


class StockWrite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a stock is set: at the first of `paths` whose values are there, or by a named call."""

    method: Literal["PATCH", "POST", "PUT"] = "PUT"
    paths: tuple[str, ...] = ()
    call: str = ""
    params: dict[str, str] = {}
    body: dict[str, Any] = {}


class Stocked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system whose stock can be set; `code` is the kind of code that it knows products by."""

    code: str
    read: StockRead
    push: StockWrite


def _object(properties: Schema, *needed: str) -> Schema:
    whole: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**whole, "required": list(needed)} if needed else whole


STOCK_SCHEMA: Schema = _object(
    {
        "code": _TEXT,
        "read": _object(
            {
                **dict.fromkeys(("resource", "code_at", "left_at"), _TEXT),
                **dict.fromkeys(("rows_at", "reference_at"), _TEXT),
                **dict.fromkeys(("params", "values"), _TABLE),
            },
            *("resource", "code_at", "left_at"),
        ),
        "push": _object(
            {
                "method": {"enum": ["PATCH", "POST", "PUT"]},
                "paths": {"type": "array", "items": _TEXT, "minItems": 1},
                "call": _TEXT,
                "params": _TABLE,
                "body": {"type": "object"},
            }
        ),
    },
    *("code", "read", "push"),
)


def check_stock(manifest: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with a manifest's stock."""
    stock = manifest.get("stock")
    if stock is None:
        return
    read, push, path = stock["read"], stock["push"], ("stock", "read")
    for key in ("code_at", "left_at", "reference_at"):
        if read.get(key):
            yield from bad_expression((*path, key), read[key])
    for name, expression in read.get("values", {}).items():
        yield from bad_expression((*path, "values", name), expression)
    yield from bad_marks((*path, "params"), read.get("params", {}), {"": ("code",)})
    yield from _push(push, ("stock", "push"), tuple(read.get("values", {})))


def _push(push: dict[str, Any], path: Path, values: tuple[str, ...]) -> Iterator[Finding]:
    if ("paths" in push) == ("call" in push):
        message = "exactly one of call, paths sets a stock"
        yield Finding(path, "MANIFEST_AMBIGUOUS", message)
    known = {"": (*_GIVEN, *values)}
    for key in ("paths", "params", "body"):
        if key in push:
            yield from bad_marks((*path, key), push[key], known)
