"""GraphQL as manifests declare it: documents, where their rows stand, and tables of errors."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.protocols.declared import Declared, Finding, Keys
from connectors.protocols.meanings import ERRORS, MEANINGS

_TEXT: dict[str, Any] = {"type": "string"}
_TABLE: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_TYPES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"enum": ["row", "not_found", *MEANINGS]},
    "minProperties": 1,
}


class GraphQLFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`endpoint` is the path below the address, `errors` what the system's codes mean."""

    endpoint: str = "graphql"
    fragments: dict[str, str] = {}
    errors: dict[str, tuple[str, ...]] = {}


class GraphQLQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document, where its rows stand, and which types of a result are rows."""

    document: str = ""
    rows: str = ""
    types: dict[str, str] = {}


class GraphQLOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The system's words for `$direction`."""

    newest: str = "DESC"
    oldest: str = "ASC"


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    from connectors.protocols.graphql.checked import check  # noqa: PLC0415 - slow to import, and few speak it

    return check(manifest)


_QUESTION: dict[str, dict[str, Any]] = {"document": _TEXT, "rows": _TEXT, "types": _TYPES}

GRAPHQL = Declared(
    name="graphql",
    ways=("document",),
    keys={
        "file": Keys(GraphQLFile, {"endpoint": _TEXT, "fragments": _TABLE, "errors": ERRORS}),
        "lookup": Keys(GraphQLQuestion, _QUESTION),
        "search": Keys(GraphQLQuestion, _QUESTION, needed=("document",)),
        "order": Keys(GraphQLOrder, {"newest": _TEXT, "oldest": _TEXT}),
    },
    ties=("complete",),
    check=_check,
)
