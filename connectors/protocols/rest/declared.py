"""REST as manifests declare it."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.protocols.declared import Declared, Finding, Keys, lookups

_TEXT = {"type": "string"}


class Paging(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of the interface's own paging parameters."""

    limit: str
    offset: str
    sort: str
    direction: str
    exclude: str | None = None


class RestFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of a REST manifest shares."""

    paging: Paging


class RestLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by a parameter.

    `per_customer` says that one answer for several customers has as many rows of each as the limit
    says, and not that many in all.
    """

    param: str = ""
    per_customer: bool = False


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        for path, lookup in lookups(section):
            if "per_customer" in lookup:
                yield from _per_customer((name, *path), section, lookup)


def _per_customer(
    path: tuple[str | int, ...], section: dict[str, Any], lookup: dict[str, Any]
) -> Iterator[Finding]:
    """Whether a limit can hold for each customer: by a window, and not by positions.

    A position in an answer of several customers is nobody's position.
    """
    if path[1] != "by_customer" or lookup.get("scan"):
        message = "'per_customer' is for the customers of a REST list"
        yield Finding((*path, "per_customer"), "MANIFEST_UNKNOWN_FIELD", message)
    elif "before" not in section.get("order", {}):
        message = "'before' is missing: a list with a limit per customer goes on in a window"
        yield Finding((path[0], "order"), "MANIFEST_MISSING_FIELD", message)


_PAGING = {
    "type": "object",
    "properties": dict.fromkeys(("limit", "offset", "sort", "direction", "exclude"), _TEXT),
    "required": ["limit", "offset", "sort", "direction"],
    "additionalProperties": False,
}

REST = Declared(
    name="rest",
    ways=("param",),
    keys={
        "file": Keys(RestFile, {"paging": _PAGING}, needed=("paging",)),
        "section": Keys(needed=("resource",)),
        "lookup": Keys(RestLookup, {"param": _TEXT, "per_customer": {"const": True}}),
    },
    order_needs=("by",),
    check=_check,
)
