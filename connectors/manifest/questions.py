"""Whether the questions of a manifest can be put in its protocol."""

from collections.abc import Iterator
from string import Formatter
from typing import Any

from connectors.manifest.errors import Fault
from connectors.manifest.model import CHANGES, SECTIONS
from connectors.manifest.overlay import overlaid
from connectors.manifest.patterns import wrong_pattern
from connectors.manifest.source import Path, Source
from connectors.protocols.auth_kinds import check_auth
from connectors.protocols.declared import Declared, Level, lookups
from connectors.protocols.table import PROTOCOLS, schema_of

# The one filter that the window of time is about.
_OF_TIME = "placed_at"
_FORMS = ("value", "lower", "national", "wide", "a", "b", "c")


def check_questions(source: Source) -> Iterator[Fault]:
    """Faults of how rows are asked: resource, ways, orderings, filters, statements."""
    value = source.value
    declared = PROTOCOLS[value["protocol"]]
    if declared.addressed and "address" not in value:
        yield source.fault((), "MANIFEST_MISSING_FIELD", "'address' is missing")
    if not declared.addressed and "address" in value:
        message = f"'address' is not for {declared.name}: its system comes to us"
        yield source.fault(("address",), "MANIFEST_UNKNOWN_FIELD", message)
    for path, code, message in check_auth(value.get("auth", {})):
        yield source.fault(("auth", *path), code, message)
    yield from _own_keys(source, declared, "file", (), value)
    for name in SECTIONS:
        if name in value:
            yield from _Questions(source, declared, name).check()
    for path, code, message in declared.check(value):
        yield source.fault(path, code, message)
    for name in SECTIONS:
        if "changes" in value.get(name, {}):
            yield from _changes(source, declared, name)


def _changes(source: Source, declared: Declared, name: str) -> Iterator[Fault]:
    """The section as it is asked for changes, as far as that is another one."""
    section = source.value[name]
    asked, own = overlaid(section), section["changes"]
    yield from _Questions(source, declared, name, asked, ("changes",)).listed()
    if "search" not in section and own.get("new_apart"):
        message = "'search' is missing: rows that never changed are found in the section's list"
        place = (name, "changes", "new_apart")
        yield source.fault(place, "MANIFEST_MISSING_FIELD", message)
    for path, code, message in declared.check({**source.value, name: asked}):
        if path[0] == name and path[1:2] and path[1] in own:
            yield source.fault((name, "changes", *path[1:]), code, message)


def _own_keys(
    source: Source, declared: Declared, level: Level, path: Path, value: dict[str, Any]
) -> Iterator[Fault]:
    """Keys of other protocols, and those that this one cannot do without."""
    keys = declared.at(level)
    for name in value:
        if name in schema_of(level) and name not in keys.schema:
            valid = ", ".join(sorted(keys.schema)) or "none"
            message = f"{name!r} is not for {declared.name}; valid: {valid}"
            yield source.fault((*path, name), "MANIFEST_UNKNOWN_FIELD", message)
    for name in keys.needed:
        if name not in value:
            message = f"{name!r} is missing: {declared.name} asks by it"
            yield source.fault(path, "MANIFEST_MISSING_FIELD", message)


class _Questions:
    def __init__(
        self,
        source: Source,
        declared: Declared,
        name: str,
        section: dict[str, Any] | None = None,
        below: Path = (),
    ) -> None:
        self.source = source
        self.declared = declared
        self.name = name
        self.below = below
        self.section: dict[str, Any] = source.value[name] if section is None else section

    def check(self) -> Iterator[Fault]:
        yield from self._own("section", (), self.section)
        for path, lookup in lookups(self.section):
            yield from self._lookup(path, lookup)
        listed = [name for name in ("search", "by_customer") if name in self.section]
        scans = self.section.get("by_customer", {}).get("scan")
        if ("search" in listed or ("by_customer" in listed and not scans)) and (
            "order" not in self.section
        ):
            yield self._missing((), f"'order' is missing: {listed[0]} answers pages")
        yield from self._order()
        yield from self._search()
        yield from self._writes()
        yield from self._commands()

    def _writes(self) -> Iterator[Fault]:
        """A section that writes has a protocol that can, and something to write."""
        calls = self.section.get("write")
        if calls is None:
            return
        if not self.declared.at("write").schema:
            message = f"{self.declared.name} writes nothing; valid: rest, sql"
            yield self._fault(("write",), "MANIFEST_UNKNOWN_FIELD", message)
        if not set(calls) & {"register", "update", "erase"}:
            yield self._missing(("write",), "one of 'register', 'update', 'erase' is missing")
        for name, call in calls.items():
            yield from self._own("write", ("write", name), call)

    def _commands(self) -> Iterator[Fault]:
        """A section that is written to has a protocol that can, and a way to look up what was."""
        commands = self.section.get("commands")
        if commands is None:
            return
        if not self.declared.at("command").schema:
            message = f"orders are not written over {self.declared.name}; valid: odata, rest, sql"
            yield self._fault(("commands",), "MANIFEST_UNKNOWN_FIELD", message)
            return
        if not set(commands) & set(CHANGES):
            yield self._missing(("commands",), f"one of {', '.join(CHANGES)} is missing")
        if "by_key" not in self.section:
            yield self._missing((), "'by_key' is missing: what was written is read back by it")
        for name, finding in (("place", "find"), ("return", "find_return")):
            if name in commands and finding not in commands:
                message = f"{finding!r} is missing: it is looked up before {name!r} is repeated"
                yield self._missing(("commands",), message)
        for name, call in commands.items():
            if name != "values":
                yield from self._own("command", ("commands", name), call)

    def listed(self) -> Iterator[Fault]:
        """Faults of the list alone."""
        yield from self._order()
        yield from self._own("search", ("search",), self.section["search"])

    def _lookup(self, path: Path, lookup: dict[str, Any]) -> Iterator[Fault]:
        ways = self.declared.ways
        if ways and not any(way in lookup for way in ways) and not lookup.get("scan"):
            named = " or ".join(map(repr, ways))
            yield self._missing(path, f"{named} is missing: {self.declared.name} asks by it")
        yield from self._own("lookup", path, lookup)
        yield from self._wording(path, lookup)

    def _wording(self, path: Path, lookup: dict[str, Any]) -> Iterator[Fault]:
        """Whether keys are a pattern, and spellings made of forms that a value has."""
        wrong = wrong_pattern(lookup.get("keys", ""))
        if wrong is not None:
            message = f"{lookup['keys']!r} is no pattern for keys: {wrong}"
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

    def _order(self) -> Iterator[Fault]:
        order = self.section.get("order")
        if order is None:
            return
        for name in self.declared.order_needs:
            if name not in order:
                yield self._missing(("order",), f"{name!r} is missing")
        if order["ties"] not in self.declared.ties:
            valid = ", ".join(self.declared.ties)
            message = f"{self.declared.name} pages by {valid}; valid: {valid}"
            yield self._fault(("order", "ties"), "MANIFEST_BAD_CHOICE", message)
        yield from self._own("order", ("order",), order)

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
            elif "window" in one and name != _OF_TIME:
                message = f"only {_OF_TIME} is answered by the window of time; valid: push, scan"
                yield self._fault(("search", "filters", name), "MANIFEST_BAD_CHOICE", message)
        yield from self._indexes(search)
        yield from self._own("search", ("search",), search)

    def _indexes(self, search: dict[str, Any]) -> Iterator[Fault]:
        """A search that needs a filter has it, and one that is slow has a quick one beside it."""
        filters = search.get("filters", {})
        for place, names in enumerate(search.get("needs", ())):
            for name in names:
                if name not in filters:
                    valid = ", ".join(filters) or "none"
                    message = f"the search has no filter {name!r}; valid: {valid}"
                    path = ("search", "needs", place)
                    yield self._fault(path, "MANIFEST_BAD_CHOICE", message)
        slow = [name for name, one in filters.items() if not one.get("indexed", True)]
        quick = [name for name, one in filters.items() if name not in slow and "scan" not in one]
        if slow and not quick:
            message = "no filter is indexed, so a search by this one can never be asked"
            yield self._fault(("search", "filters", slow[0]), "MANIFEST_BAD_CHOICE", message)

    def _own(self, level: Level, path: Path, value: dict[str, Any]) -> Iterator[Fault]:
        yield from _own_keys(
            self.source, self.declared, level, (self.name, *self.below, *path), value
        )

    def _missing(self, path: Path, message: str) -> Fault:
        return self._fault(path, "MANIFEST_MISSING_FIELD", message)

    def _fault(self, path: Path, code: str, message: str) -> Fault:
        return self.source.fault((self.name, *self.below, *path), code, message)
