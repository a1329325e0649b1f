"""SOAP as manifests declare it: how the service is called, and operations with their bodies."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.choices import choices
from connectors.protocols.declared import Declared, Finding, Keys, Path, Schema, lookups
from connectors.protocols.meanings import ERRORS
from connectors.protocols.soap.template import Template

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TABLE: Schema = {"type": "object", "additionalProperties": _TEXT}
_LISTING = ("since", "until", "limit", "page", "offset", "direction", "channels")


class SoapLogin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operation that opens a session; marks in its body are settings and secrets."""

    operation: str
    body: str
    session: str


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the service is called; `path` is below the address.

    `qualified` puts elements of bodies into the name space of the operations. `header` goes with
    every call, with settings and secrets as its marks.
    """

    namespace: str = ""
    path: str = ""
    version: str = "1.1"
    action: str = ""
    qualified: bool = False
    namespaces: dict[str, str] = {}
    header: str | None = None
    login: SoapLogin | None = None
    time: str = "%Y-%m-%dT%H:%M:%S"


class SoapFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of a SOAP manifest shares."""

    soap: Service
    errors: dict[str, tuple[str, ...]] = {}


class SoapSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of elements that are lists, also where there is one: for functions and JMESPath."""

    repeated: tuple[str, ...] = ()


class SoapQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation; `rows` is the path of the rows below its response's element."""

    operation: str = ""
    body: str = ""
    rows: str = ""


class SoapSearch(SoapQuestion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page by an operation, with the path of its total where it has one."""

    total: str = ""


class SoapOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service's words for its two directions."""

    newest: str = "desc"
    oldest: str = "asc"


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    service = manifest.get("soap", {})
    spaces = service.get("namespaces", {})
    bodies: list[tuple[Path, str | None]] = [
        (("soap", "header"), service.get("header")),
        (("soap", "login", "body"), service.get("login", {}).get("body")),
    ]
    for path, body in bodies:
        if body is not None:
            yield from _template(path, body, spaces, None)
    common = ("session",) if "login" in service else ()
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        filters = section.get("search", {}).get("filters", {})
        listing = (*common, *_LISTING, *(one["push"] for one in filters.values() if "push" in one))
        for path, lookup in lookups(section):
            customers = path == ("by_customer",) and not lookup.get("scan")
            known = ("customers", *listing) if customers else (*common, "keys")
            yield from _question((name, *path), lookup, spaces, known)
        if "search" in section:
            yield from _question((name, "search"), section["search"], spaces, listing)


def _question(
    path: Path, asked: dict[str, Any], spaces: dict[str, str], known: tuple[str, ...]
) -> Iterator[Finding]:
    if "operation" in asked:
        yield from _template((*path, "body"), asked.get("body", ""), spaces, known)
        if "rows" not in asked:
            message = "'rows' is missing: where the rows are in the response"
            yield Finding(path, "MANIFEST_MISSING_FIELD", message)


def _template(
    path: Path, body: str, spaces: dict[str, str], known: tuple[str, ...] | None
) -> Iterator[Finding]:
    try:
        marks = Template(body, "operation", spaces).marks
    except ValueError as exc:
        yield Finding(path, "MANIFEST_BAD_VALUE", f"the body is no XML: {exc}")
        return
    for mark in sorted(marks):
        if known is not None and mark not in known:
            message = f"unknown mark {{{mark}}}; {choices(mark, known)}"
            yield Finding(path, "MANIFEST_UNKNOWN_PARAMETER", message)


def _object(properties: Schema, *needed: str) -> Schema:
    whole: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**whole, "required": list(needed)} if needed else whole


_LOGIN = _object(
    dict.fromkeys(("operation", "body", "session"), _TEXT), "operation", "body", "session"
)
_SERVICE = _object(
    {
        **dict.fromkeys(("namespace", "path", "action", "header", "time"), _TEXT),
        "version": {"enum": ["1.1", "1.2"]},
        "qualified": {"const": True},
        "namespaces": _TABLE,
        "login": _LOGIN,
    }
)
_QUESTION: dict[str, Schema] = {"operation": _TEXT, "body": _TEXT, "rows": _TEXT}

SOAP = Declared(
    name="soap",
    ways=("operation",),
    keys={
        "file": Keys(SoapFile, {"soap": _SERVICE, "errors": ERRORS}, needed=("soap",)),
        "section": Keys(SoapSection, {"repeated": _TEXTS}),
        "lookup": Keys(SoapQuestion, _QUESTION),
        "search": Keys(SoapSearch, {**_QUESTION, "total": _TEXT}, needed=("operation",)),
        "order": Keys(SoapOrder, {"newest": _TEXT, "oldest": _TEXT}),
    },
    order_needs=("by",),
    ties=("complete",),
    check=_check,
)
