"""Whether the questions of a manifest can be put in its protocol."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from connectors.manifest.errors import Fault, choices
from connectors.manifest.model import SECTIONS
from connectors.manifest.source import Path, Source

WAY = {"odata": "field", "rest": "param", "sql": "statement"}
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_PLACE = ("place", "place_channel", "place_key", "channels", "since", "until", "limit")
_MARKS = ("desc", "asc", "before", "upto", "beyond")
_MARK = re.compile(r"\{(\w*)\}")
_FORMS = ("value", "lower", "national", "wide", "a", "b", "c")


def expand(statement: str, fragments: Mapping[str, str]) -> str:
    """A statement with the manifest's fragments in the place of their marks."""
    for name, text in fragments.items():
        statement = statement.replace(f"{{{name}}}", text)
    return statement


def check_questions(source: Source) -> Iterator[Fault]:
    """Faults of how rows are asked: resource, ways, orderings, filters, statements."""
    value = source.value
    protocol = value["protocol"]
    if protocol == "rest" and "paging" not in value:
        yield source.fault((), "MANIFEST_MISSING_FIELD", "'paging' is missing")
    if value.get("auth", {}).get("kind") == "basic":
        for name in ("user", "password"):
            if name not in value["auth"]:
                yield source.fault(("auth",), "MANIFEST_MISSING_FIELD", f"{name!r} is missing")
    for name in SECTIONS:
        if name in value:
            yield from _Questions(source, protocol, name).check()


class _Questions:
    def __init__(self, source: Source, protocol: str, name: str) -> None:
        self.source = source
        self.protocol = protocol
        self.name = name
        self.section: dict[str, Any] = source.value[name]

    def check(self) -> Iterator[Fault]:
        if self.protocol != "sql" and "resource" not in self.section:
            yield self._missing((), "'resource' is missing")
        for path, lookup in self._lookups():
            yield from self._lookup(path, lookup)
        listed = [name for name in ("search", "by_customer") if name in self.section]
        scans = self.section.get("by_customer", {}).get("scan")
        if ("search" in listed or ("by_customer" in listed and not scans)) and (
            "order" not in self.section
        ):
            yield self._missing((), f"'order' is missing: {listed[0]} answers pages")
        yield from self._order()
        yield from self._search()

    def _lookups(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for name in ("by_key", "by_customer"):
            if name in self.section:
                yield (name,), self.section[name]
        for kind, lookup in self.section.get("by_identity", {}).items():
            yield ("by_identity", kind), lookup

    def _lookup(self, path: Path, lookup: dict[str, Any]) -> Iterator[Fault]:
        way = WAY[self.protocol]
        if way not in lookup and not lookup.get("scan"):
            yield self._missing(path, f"{way!r} is missing: {self.protocol} asks by it")
        for other in set(WAY.values()) - {way}:
            if other in lookup:
                message = f"{other!r} is not for {self.protocol}; valid: {way}"
                yield self._fault((*path, other), "MANIFEST_UNKNOWN_FIELD", message)
        yield from self._wording(path, lookup)
        yield from self._limit(path, lookup)
        if "statement" in lookup:
            names = (
                ("customers", *self._listing())
                if path == ("by_customer",)
                else ("keys", "keys_json")
            )
            yield from self._statement((*path, "statement"), lookup["statement"], names)

    def _limit(self, path: Path, lookup: dict[str, Any]) -> Iterator[Fault]:
        """Whether a limit can hold for each customer: in REST, and by a window, not by positions.

        A position in an answer of several customers is nobody's position.
        """
        if "per_customer" not in lookup:
            return
        if path != ("by_customer",) or self.protocol != "rest" or lookup.get("scan"):
            message = "'per_customer' is for the customers of a REST list"
            yield self._fault((*path, "per_customer"), "MANIFEST_UNKNOWN_FIELD", message)
        elif "before" not in self.section.get("order", {}):
            message = "'before' is missing: a list with a limit per customer goes on in a window"
            yield self._missing(("order",), message)

    def _wording(self, path: Path, lookup: dict[str, Any]) -> Iterator[Fault]:
        """Whether keys are a pattern, and spellings made of forms that a value has."""
        try:
            re.compile(lookup.get("keys", ""))
        except re.error as exc:
            message = f"{lookup['keys']!r} is no pattern: {exc}"
            yield self._fault((*path, "keys"), "MANIFEST_BAD_VALUE", message)
        for row, spelling in enumerate(lookup.get("spellings", ())):
            try:
                names = [name for _, name, form, _ in Formatter().parse(spelling) if name or form]
                spelling.format_map(dict.fromkeys(_FORMS, ""))
            except (ValueError, LookupError, AttributeError):
                names = [spelling]
            if not set(names) <= set(_FORMS):
                message = f"{spelling!r} is no spelling; its forms: {', '.join(_FORMS)}"
                yield self._fault((*path, "spellings", row), "MANIFEST_BAD_VALUE", message)

    def _listing(self) -> tuple[str, ...]:
        filters = self.section.get("search", {}).get("filters", {})
        pushed = [one["push"] for one in filters.values() if "push" in one]
        return (*_PLACE, *pushed)

    def _order(self) -> Iterator[Fault]:
        order = self.section.get("order")
        if order is None:
            return
        needed = {"odata": ("by", "channel", "key"), "rest": ("by",), "sql": ()}[self.protocol]
        for name in needed:
            if name not in order:
                yield self._missing(("order",), f"{name!r} is missing")
        if self.protocol == "odata" and order["ties"] != "keyset":
            message = "odata pages by keyset; valid: keyset"
            yield self._fault(("order", "ties"), "MANIFEST_BAD_CHOICE", message)

    def _search(self) -> Iterator[Fault]:
        search = self.section.get("search")
        if search is None:
            return
        for name, one in search.get("filters", {}).items():
            ways = [way for way in ("push", "window", "scan") if way in one]
            if len(ways) != 1:
                found = ", ".join(ways) or "none"
                message = f"exactly one of push, window, scan answers a filter; found {found}"
                yield self._fault(("search", "filters", name), "MANIFEST_AMBIGUOUS", message)
        if self.protocol == "sql" and "statement" not in search:
            yield self._missing(("search",), "'statement' is missing: sql asks by it")
        if "statement" in search:
            path = ("search", "statement")
            yield from self._statement(path, search["statement"], self._listing())

    def _statement(self, path: Path, text: str, valid: tuple[str, ...]) -> Iterator[Fault]:
        fragments = self.source.value.get("fragments", {})
        for name in dict.fromkeys(PARAMETER.findall(expand(text, fragments))):
            if name not in valid:
                message = f"unknown parameter :{name}; {choices(name, valid)}"
                yield self._fault(path, "MANIFEST_UNKNOWN_PARAMETER", message)
        for mark in dict.fromkeys(_MARK.findall(text)):
            if mark not in (*_MARKS, *fragments):
                message = f"unknown mark {{{mark}}}; {choices(mark, (*_MARKS, *fragments))}"
                yield self._fault(path, "MANIFEST_UNKNOWN_PARAMETER", message)

    def _missing(self, path: Path, message: str) -> Fault:
        return self._fault(path, "MANIFEST_MISSING_FIELD", message)

    def _fault(self, path: Path, code: str, message: str) -> Fault:
        return self.source.fault((self.name, *path), code, message)
