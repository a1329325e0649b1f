"""SQL as manifests declare it: statements, and what may stand in them."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from capabilities.member.writing import VALUES
from connectors.choices import choices
from connectors.protocols.commanded import (
    bad_templates,
    commands_of,
    known_values,
    missing,
    unknown_in,
)
from connectors.protocols.declared import Declared, Finding, Keys, Path, Schema, lookups
from connectors.protocols.sql.encodings import ENCODINGS, KEY_ENCODINGS
from connectors.protocols.sql.options import ISOLATION, SqlDatabase
from connectors.protocols.sql.statements import MARK, MARKS, PARAMETER, expand
from connectors.protocols.written import writes

_TEXT = {"type": "string"}
_MOMENTS = ("place", "place_utc", "since", "since_utc", "until", "until_utc")
_PLACE = (*_MOMENTS, "place_channel", "place_key", "channels", "limit")
_DATABASE: Schema = {
    "type": "object",
    "properties": {
        "dialect": {"enum": ["mysql", "postgresql", "sqlserver"]},
        "encoding": {"enum": list(ENCODINGS)},
        "columns": {"type": "object", "additionalProperties": {"enum": list(ENCODINGS)}},
        "documents": {"type": "array", "items": _TEXT},
        "key_encoding": {"enum": list(KEY_ENCODINGS)},
        "isolation": {"enum": list(ISOLATION)},
        "lock_timeout_ms": {"type": "integer", "minimum": 1, "maximum": 600_000},
    },
    "additionalProperties": False,
}


_STEPS: Schema = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "statement": _TEXT,
            "each": {"enum": ["lines"]},
            "given": _TEXT,
            "rows": {"type": "integer", "minimum": 1},
            "refused": {"type": "string", "pattern": "^[A-Z][A-Z_]{2,39}$"},
            "gives": {"type": "array", "items": _TEXT},
        },
        "required": ["statement"],
        "additionalProperties": False,
    },
}


class SqlFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fragments` are parts of statements, put in at `{name}`; `database` is how it is read."""

    fragments: dict[str, str] = {}
    database: SqlDatabase = SqlDatabase()


class SqlLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by a statement with `:keys`."""

    statement: str = ""


class SqlSearch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page by a statement."""

    statement: str = ""


class SqlWrite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change by one statement, which is one transaction and gives the number back.

    One that looks up (`find`) gives the number of what has `:reference`.
    """

    statement: str = ""


class SqlStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement of a transaction; `each: lines` runs it once for every line.

    `rows` is how many it must give back, else all is undone: refused as `refused`, or where that is
    not said, because there is no such order. `given` names a value without which it is left out.
    What its row says by the names in `gives` is known to the steps behind it.
    """

    statement: str
    each: str = ""
    given: str = ""
    rows: int | None = None
    refused: str = ""
    gives: tuple[str, ...] = ()


class SqlCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of an order by `steps`, one transaction; or a look-up by a `statement`.

    Either gives `number` back, and `document` where there is one.
    """

    statement: str = ""
    steps: tuple[SqlStep, ...] = ()


def _commands(name: str, section: dict[str, Any], fragments: dict[str, str]) -> Iterator[Finding]:
    yield from bad_templates(name, section, ())
    known = known_values(section)
    top, lines = known[""], known["lines"]
    for command, path, call in commands_of(section):
        looks = command.startswith("find")
        needs = ("statement",) if looks else ("steps",)
        yield from missing((name, *path), call, needs, "SQL")
        given: tuple[str, ...] = ()
        for place, step in enumerate(call.get("steps", ())):
            where = (name, *path, "steps", place)
            if step.get("given", top[0]) not in (*top, *lines):
                yield unknown_in((*where, "given"), step["given"], (*top, *lines))
            valid = (*top, *given, *(lines if "each" in step else ()))
            yield from _statement(where, step, valid, fragments, codes="each" in step)
            given += tuple(step.get("gives", ()))
        yield from _statement((name, *path), call, top, fragments)


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    fragments, database = manifest.get("fragments", {}), manifest.get("database", {})
    dialect = database.get("dialect")
    if dialect == "postgresql" and database.get("isolation") == "nolock":
        message = "postgresql has no 'nolock'; valid: read_committed, snapshot"
        yield Finding(("database", "isolation"), "MANIFEST_BAD_CHOICE", message)
    if "encoding" in database and dialect != "sqlserver":
        message = "'encoding' is for the dialect sqlserver; others say what their texts are"
        yield Finding(("database", "encoding"), "MANIFEST_UNKNOWN_FIELD", message)
    if "columns" in database and dialect == "sqlserver" and "encoding" not in database:
        message = "'encoding' is missing: of the texts in all other columns"
        yield Finding(("database",), "MANIFEST_MISSING_FIELD", message)
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        order = section.get("order", {})
        if dialect == "sqlserver" and order.get("ties") == "keyset" and "by" in order:
            message = "a datetime of sqlserver is never equal to itself; valid: complete"
            yield Finding((name, "order", "ties"), "MANIFEST_BAD_CHOICE", message)
        for path, call in writes(section):
            if "statement" not in call:
                message = "'statement' is missing: SQL writes by one"
                yield Finding((name, *path), "MANIFEST_MISSING_FIELD", message)
            yield from _statement((name, *path), call, VALUES, fragments)
        yield from _commands(name, section, fragments)
        for path, lookup in lookups(section):
            of_keys = ("keys", "keys_json")
            known = ("customers", *_listing(section)) if path == ("by_customer",) else of_keys
            yield from _statement((name, *path), lookup, known, fragments)
        yield from _statement(
            (name, "search"), section.get("search", {}), _listing(section), fragments
        )


def _listing(section: dict[str, Any]) -> tuple[str, ...]:
    filters = section.get("search", {}).get("filters", {})
    return (*_PLACE, *(one["push"] for one in filters.values() if "push" in one))


def _statement(
    path: Path,
    asked: dict[str, Any],
    valid: tuple[str, ...],
    fragments: dict[str, str],
    *,
    codes: bool = False,
) -> Iterator[Finding]:
    text, place = asked.get("statement", ""), (*path, "statement")
    for name in dict.fromkeys(PARAMETER.findall(expand(text, fragments))):
        if name not in valid and not (codes and name.startswith("code_")):
            message = f"unknown parameter :{name}; {choices(name, valid)}"
            yield Finding(place, "MANIFEST_UNKNOWN_PARAMETER", message)
    for mark in dict.fromkeys(MARK.findall(text)):
        if mark not in (*MARKS, *fragments):
            message = f"unknown mark {{{mark}}}; {choices(mark, (*MARKS, *fragments))}"
            yield Finding(place, "MANIFEST_UNKNOWN_PARAMETER", message)


SQL = Declared(
    name="sql",
    ways=("statement",),
    keys={
        "file": Keys(
            SqlFile,
            {
                "fragments": {"type": "object", "additionalProperties": _TEXT},
                "database": _DATABASE,
            },
        ),
        "lookup": Keys(SqlLookup, {"statement": _TEXT}),
        "write": Keys(SqlWrite, {"statement": _TEXT}),
        "command": Keys(SqlCommand, {"statement": _TEXT, "steps": _STEPS}),
        "search": Keys(SqlSearch, {"statement": _TEXT}, needed=("statement",)),
    },
    rows_are_text=False,
    check=_check,
)
