"""REST as manifests declare it: how is asked, how lists go on, what answers mean."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

from connectors.protocols.declared import Declared, Finding, Keys, Path, Schema, lookups
from connectors.protocols.rest.commanded import COMMAND_KEYS, check_commands
from connectors.protocols.rest.messaged import MESSAGES_SCHEMA, Messaged, check_messages
from connectors.protocols.rest.stocked import STOCK_SCHEMA, Stocked, check_stock
from connectors.protocols.rest.verdict import WORDS
from connectors.protocols.written import LOOKED_UP, bad_expression, bad_values, writes

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TABLE: Schema = {"type": "object", "additionalProperties": _TEXT}

# What each way to give out a list needs beside its sizes.
PAGING: Mapping[str, tuple[str, ...]] = {
    "offset": ("limit", "offset"),
    "page": ("limit", "page"),
    "cursor": ("limit", "cursor", "cursor_at"),
    "next_link": ("limit", "link_at"),
    "link_header": ("limit",),
    "keyset": ("limit", "cursor"),
    "none": (),
}


class Paging(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How lists are given out: names of parameters, and paths in the body (`…_at`).

    `only` says that a list has one direction, newest first.
    """

    kind: str = "offset"
    limit: str = ""
    offset: str = ""
    page: str = ""
    first: int = 1
    cursor: str = ""
    cursor_at: str = ""
    link_at: str = ""
    total_at: str = ""
    more_at: str = ""
    sort: str = ""
    direction: str = ""
    newest: str = "desc"
    oldest: str = "asc"
    only: str = ""
    exclude: str | None = None


class Calls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form of all calls."""

    method: Literal["GET", "POST"] = "GET"
    send: Literal["query", "form", "json"] = "query"
    path: str = ""
    name: str = ""
    wrap: str = ""


class Failures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What codes in bodies and statuses mean."""

    code: tuple[str, ...] = ()
    ok: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    logon: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    statuses: dict[str, str] = {}


class RestFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of a REST manifest shares."""

    paging: Paging
    calls: Calls = Calls()
    failures: Failures | None = None
    stock: Stocked | None = None
    messages: Messaged | None = None


class RestSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where rows lie in a list's body, and how this list is given out where it differs."""

    rows_at: str = ""
    list_as: Paging | None = None


class RestLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by a parameter, or by a path that names one key.

    `several` is how several keys stand in the parameter; `item` a key of several parts, made of
    the named groups of `keys`. `call` is a resource of its own, whose answer has no pages.
    `per_customer` says that one answer for several customers has as many rows of each as the limit
    says, and not that many in all.
    """

    param: str = ""
    path: str = ""
    several: Literal["comma", "repeat", "list"] = "comma"
    item: dict[str, str] = {}
    call: str = ""
    found_at: str = ""
    per_customer: bool = False


class RestOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How moments are written, how long a window may be, and how far back rows go."""

    stamp: str = ""
    window_days: int | None = None
    window_minutes: int | None = None
    history_days: int | None = None

    @property
    def window(self) -> timedelta | None:
        """The longest window; None where any length may be asked."""
        if self.window_minutes is not None:
            return timedelta(minutes=self.window_minutes)
        return None if self.window_days is None else timedelta(days=self.window_days)


class RestWrite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call that changes something or looks up what was changed.

    Values stand as `{name}` in `path`, `params` and the texts of `body`; what holds one that is
    absent is left out. `number_at` is where the answer has the number, `rows_at` where a list of
    candidates lies, `reference_at` (JMESPath) where one of them has the reference.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    params: dict[str, str] = {}
    body: dict[str, Any] = {}
    rows_at: str = ""
    number_at: str = "id"
    reference_at: str = ""


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    yield from check_stock(manifest)
    yield from check_messages(manifest)
    if "paging" in manifest:
        yield from _paging(("paging",), manifest["paging"])
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        if "list_as" in section:
            yield from _paging((name, "list_as"), section["list_as"])
        yield from _ordered(name, section, section.get("list_as", manifest.get("paging", {})))
        for path, call in writes(section):
            yield from _write((name, *path), call)
        yield from check_commands(name, section)
        for path, lookup in lookups(section):
            yield from _one_by_one((name, *path), lookup)
            if "per_customer" in lookup:
                yield from _per_customer((name, *path), section, lookup)


def _write(path: Path, call: dict[str, Any]) -> Iterator[Finding]:
    if "path" not in call:
        yield Finding(path, "MANIFEST_MISSING_FIELD", "'path' is missing: REST writes to one")
    if path[-1] in LOOKED_UP and "reference_at" not in call:
        message = "'reference_at' is missing: what was written is known by our reference"
        yield Finding(path, "MANIFEST_MISSING_FIELD", message)
    if path[-1] not in LOOKED_UP and call.get("method", "GET") == "GET":
        message = "a GET changes nothing; valid: DELETE, PATCH, POST, PUT"
        yield Finding((*path, "method"), "MANIFEST_BAD_CHOICE", message)
    if "reference_at" in call:
        yield from bad_expression((*path, "reference_at"), call["reference_at"])
    yield from bad_values(path, [call.get("path", ""), call.get("params", {}), call.get("body")])


def _paging(path: Path, paging: dict[str, Any]) -> Iterator[Finding]:
    kind = paging.get("kind", "offset")
    for name in PAGING[kind]:
        if name not in paging:
            message = f"{name!r} is missing: a list by {kind} needs it"
            yield Finding(path, "MANIFEST_MISSING_FIELD", message)
    if paging.get("only") and (kind != "page" or "total_at" not in paging):
        message = "a list in one direction is read backwards by numbered pages and 'total_at'"
        yield Finding((*path, "only"), "MANIFEST_BAD_CHOICE", message)


def _ordered(name: str, section: dict[str, Any], paging: dict[str, Any]) -> Iterator[Finding]:
    order = section.get("order", {})
    both = "sort" in paging or "direction" in paging
    if order and paging.get("kind") != "none" and not paging.get("only") and not both:
        message = "'direction' is missing: a list is asked for newest and for oldest first"
        yield Finding((name, "order"), "MANIFEST_MISSING_FIELD", message)
    for key in ("before", "after"):
        if ("window_days" in order or "window_minutes" in order) and key not in order:
            message = f"{key!r} is missing: a window has two ends"
            yield Finding((name, "order"), "MANIFEST_MISSING_FIELD", message)


def _one_by_one(path: Path, lookup: dict[str, Any]) -> Iterator[Finding]:
    if "path" in lookup and lookup.get("batch") != 1:
        yield Finding(path, "MANIFEST_MISSING_FIELD", "'batch: 1' is missing: a path names one key")
    if "path" in lookup and "param" in lookup:
        message = "exactly one of param, path asks; found param, path"
        yield Finding(path, "MANIFEST_AMBIGUOUS", message)


def _per_customer(path: Path, section: dict[str, Any], lookup: dict[str, Any]) -> Iterator[Finding]:
    """Whether a limit can hold for each customer: by a window, and not by positions.

    A position in an answer of several customers is nobody's position.
    """
    if path[1] != "by_customer" or lookup.get("scan"):
        message = "'per_customer' is for the customers of a REST list"
        yield Finding((*path, "per_customer"), "MANIFEST_UNKNOWN_FIELD", message)
    elif "before" not in section.get("order", {}):
        message = "'before' is missing: a list with a limit per customer goes on in a window"
        yield Finding((path[0], "order"), "MANIFEST_MISSING_FIELD", message)


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 10_000}
_PAGING: Schema = _object(
    {
        "kind": {"enum": list(PAGING)},
        **dict.fromkeys(("limit", "offset", "page", "cursor"), _TEXT),
        "first": {"type": "integer", "minimum": 0, "maximum": 1},
        **dict.fromkeys(("cursor_at", "link_at", "total_at", "more_at"), _TEXT),
        **dict.fromkeys(("sort", "direction", "newest", "oldest", "exclude"), _TEXT),
        "only": {"enum": ["newest"]},
    }
)
_CALLS: Schema = _object(
    {
        "method": {"enum": ["GET", "POST"]},
        "send": {"enum": ["query", "form", "json"]},
        **dict.fromkeys(("path", "name", "wrap"), _TEXT),
    }
)
_FAILURES: Schema = _object(
    {
        **dict.fromkeys(("code", "ok", "none", "denied", "logon", "retry"), _TEXTS),
        "statuses": {
            "type": "object",
            "propertyNames": {"pattern": "^[1-5][0-9]{2}$"},
            "additionalProperties": {"enum": list(WORDS)},
        },
    }
)

REST = Declared(
    name="rest",
    ways=("param", "path"),
    keys={
        "file": Keys(
            RestFile,
            {
                "paging": _PAGING,
                "calls": _CALLS,
                "failures": _FAILURES,
                "stock": STOCK_SCHEMA,
                "messages": MESSAGES_SCHEMA,
            },
            needed=("paging",),
        ),
        "section": Keys(RestSection, {"rows_at": _TEXT, "list_as": _PAGING}, needed=("resource",)),
        "lookup": Keys(
            RestLookup,
            {
                **dict.fromkeys(("param", "path", "call", "found_at"), _TEXT),
                "several": {"enum": ["comma", "repeat", "list"]},
                "item": _TABLE,
                "per_customer": {"const": True},
            },
        ),
        "write": Keys(
            RestWrite,
            {
                "method": {"enum": ["DELETE", "GET", "PATCH", "POST", "PUT"]},
                **dict.fromkeys(("path", "rows_at", "number_at", "reference_at"), _TEXT),
                "params": _TABLE,
                "body": {"type": "object"},
            },
        ),
        "command": COMMAND_KEYS,
        "order": Keys(
            RestOrder,
            {
                "stamp": _TEXT,
                **dict.fromkeys(("window_days", "window_minutes", "history_days"), _COUNT),
            },
        ),
    },
    order_needs=("by",),
    check=_check,
)
