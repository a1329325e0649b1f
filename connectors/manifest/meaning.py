"""What a schema cannot say: paths that parse, casts that fit, functions that exist."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from connectors.choices import choices
from connectors.manifest.errors import Fault
from connectors.manifest.questions import check_questions
from connectors.manifest.shape import is_plain, roots
from connectors.manifest.source import Path, Source
from connectors.manifest.targets import RECORDS, Kind, Target, targets

_CASTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("text", "phone", "alpha"),
    Kind.INTEGER: ("integer",),
    Kind.FLAG: ("flag",),
    Kind.DECIMAL: ("decimal",),
    Kind.MONEY: ("money",),
    Kind.MOMENT: ("instant", "local", "date"),
    Kind.DAY: ("date", "instant", "local"),
    Kind.ENUM: (),
}
_CONSTANTS: Mapping[Kind, type] = {
    Kind.TEXT: str,
    Kind.ENUM: str,
    Kind.INTEGER: int,
    Kind.FLAG: bool,
}
_WORDS = {str: "text, in quotes", int: "a whole number", bool: "true or false"}
_NO_CONSTANT = "a field of this kind has no constant"
_TIMES = (Kind.MOMENT, Kind.DAY)


def check_meaning(source: Source, mapping: ModuleType | SimpleNamespace | None) -> list[Fault]:
    """Everything that is wrong in a manifest whose shape is right."""
    checker = _Checker(source, mapping)
    faults = list(checker.manifest())
    return sorted(faults, key=lambda fault: (fault.line, fault.column, fault.message))


class _Checker:
    def __init__(self, source: Source, mapping: ModuleType | SimpleNamespace | None) -> None:
        self.source = source
        self.mapping = mapping
        self.folded: frozenset[str] = frozenset()
        self.listed: frozenset[str] = frozenset()

    def manifest(self) -> Iterator[Fault]:
        value = self.source.value
        if "time" in value:
            yield from self._zone(("time", "zone"), value["time"]["zone"])
        yield from check_questions(self.source)
        for name, record in RECORDS.items():
            if name in value:
                yield from self._section(name, value[name], record)

    def _section(self, name: str, section: dict[str, Any], record: type[Any]) -> Iterator[Fault]:
        currency = "currency" in section or "currency_from" in section
        self.folded = frozenset(section.get("json", ()))
        fields = (field for field in section["record"].values() if isinstance(field, dict))
        self.listed = frozenset(field["each"] for field in fields if "each" in field)
        yield from self._record((name, "record"), section["record"], record, currency=currency)
        for key in ("currency_from", "external_id"):
            yield from self._path((name, key), section.get(key))
        for kind, where in section.get("identities", {}).items():
            yield from self._path((name, "identities", kind), where)
        yield from self._path((name, "channel", "from"), section["channel"].get("from"))
        for part in ("native", "attributes"):
            for key, spec in section.get(part, {}).items():
                yield from self._loose((name, part, key), spec)
        if "keep" in section:
            yield from self._call((name, "keep"), section["keep"])
        if "changes" in section:
            moment = Target(Kind.MOMENT, datetime, required=True)
            spec, path = section["changes"]["moment"], (name, "changes", "moment")
            yield from self._field(path, spec, moment, currency=False)
        for question in ("by_key", "by_customer"):
            yield from self._path((name, question, "match"), section.get(question, {}).get("match"))

    def _record(
        self, path: Path, specs: dict[str, Any], record: type[Any], *, currency: bool
    ) -> Iterator[Fault]:
        known = targets(record)
        for name, target in known.items():
            if target.required and name not in specs:
                yield self.source.fault(path, "MANIFEST_MISSING_FIELD", f"{name!r} is missing")
        for name, spec in specs.items():
            yield from self._field((*path, name), spec, known[name], currency=currency)

    def _field(self, path: Path, spec: Any, target: Target, *, currency: bool) -> Iterator[Fault]:
        if isinstance(spec, list):
            for row, item in enumerate(spec):
                yield from self._path((*path, row), item if isinstance(item, str) else item["from"])
            return
        field: dict[str, Any] = {"from": spec} if isinstance(spec, str) else spec
        yield from self._parts(path, field)
        if "zone" in field:
            yield from self._zone((*path, "zone"), field["zone"])
        if "each" in field and "record" not in field:
            yield self.source.fault(path, "MANIFEST_MISSING_FIELD", "'record' is missing")
        if "record" in field:
            outer, inner = self.folded, field["record"]
            self.folded = frozenset() if "each" in field else outer
            yield from self._record((*path, "record"), inner, target.inner, currency=currency)
            self.folded = outer
        elif "const" not in field:
            yield from self._cast(path, field, target, currency=currency)
        elif type(field["const"]) is not _CONSTANTS.get(target.kind):
            valid = _CONSTANTS.get(target.kind)
            word = f"a constant of this field is {_WORDS[valid]}" if valid else _NO_CONSTANT
            yield self.source.fault((*path, "const"), "MANIFEST_WRONG_TYPE", word)

    def _loose(self, path: Path, spec: Any) -> Iterator[Fault]:
        """A field that no record has."""
        field = {"from": spec} if isinstance(spec, str) else spec
        yield from self._parts(path, field)
        if "zone" in field:
            yield from self._zone((*path, "zone"), field["zone"])

    def _parts(self, path: Path, field: dict[str, Any]) -> Iterator[Fault]:
        for key in ("from", "currency_from", "each"):
            yield from self._path((*path, key), field.get(key))
        for key in ("join", "of"):
            for row, item in enumerate(field.get(key, ())):
                yield from self._path((*path, key, row), item)
        for row, part in enumerate(field.get("any", ())):
            inner = {"from": part} if isinstance(part, str) else part
            yield from self._parts((*path, "any", row), inner)
        if "call" in field:
            yield from self._call(path, field)

    def _cast(
        self, path: Path, field: dict[str, Any], target: Target, *, currency: bool
    ) -> Iterator[Fault]:
        kind, word = target.kind, field.get("as")
        valid = _CASTS.get(kind, ())
        if (word is not None and word not in valid) or (word is None and kind in _TIMES):
            found = f"found {word!r}" if word is not None else "nothing is declared"
            message = (
                f"a field of this kind is cast `as` {' or '.join(valid) or 'nothing'}; {found}"
            )
            yield self.source.fault((*path, "as"), "MANIFEST_BAD_CAST", message)
        yield from self._spelling(path, field, kind)
        if kind is Kind.ENUM and "map" not in field:
            message = "'map' is missing: the source's words and ours"
            yield self.source.fault(path, "MANIFEST_MISSING_FIELD", message)
        own = "currency" in field or "currency_from" in field
        if kind is Kind.MONEY and not (own or currency):
            message = "an amount needs 'currency' or 'currency_from', here or for the section"
            yield self.source.fault(path, "MANIFEST_MISSING_FIELD", message)

    def _spelling(self, path: Path, field: dict[str, Any], kind: Kind) -> Iterator[Fault]:
        """Whether keys for ways of writing fit the kind of field."""
        numbers = (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY)
        epochs = {"seconds": _TIMES, "milliseconds": _TIMES, "minor": (Kind.MONEY,)}
        fits = {"loose": numbers, "point": numbers, "format": _TIMES}
        fits["unit"] = epochs.get(field.get("unit", ""), ())
        for key, kinds in fits.items():
            if key in field and kind not in kinds:
                word = f"{key}: {field[key]}" if key == "unit" else key
                message = f"{word!r} is not for a field of this kind ({kind.value})"
                yield self.source.fault((*path, key), "MANIFEST_BAD_CAST", message)
        if "point" in field and "loose" not in field:
            message = "'loose' is missing: a number with a point of its own is written by people"
            yield self.source.fault(path, "MANIFEST_MISSING_FIELD", message)

    def _path(self, path: Path, text: str | None) -> Iterator[Fault]:
        if text is None:
            return
        # A function gets the list that `each` reads; of any other text nobody says what is inside.
        known = path[-1] == "each" or (text in self.listed and "of" in path)
        alone = text in self.folded and not known
        if is_plain(text) and not alone:
            return
        if alone or self._reaches_in(text):
            message = f"{text!r} is JSON in a text; a plain path says what is read inside"
            yield self.source.fault(path, "MANIFEST_BAD_PATH", message)
            return
        try:
            roots(text)
        except ValueError as exc:
            message = f"{text!r} is no path: {exc}"
            yield self.source.fault(path, "MANIFEST_BAD_PATH", message)

    def _reaches_in(self, text: str) -> bool:
        """Whether an expression starts from a field whose text is JSON."""
        try:
            return bool(roots(text) & self.folded)
        except ValueError:
            return False

    def _call(self, path: Path, call: dict[str, Any]) -> Iterator[Fault]:
        known = [name for name in vars(self.mapping or SimpleNamespace()) if name[0] != "_"]
        functions = [name for name in known if callable(getattr(self.mapping, name))]
        name = call["call"]
        if name not in functions:
            message = f"mapping.py has no function {name!r}; {choices(name, functions)}"
            yield self.source.fault((*path, "call"), "MANIFEST_UNKNOWN_FUNCTION", message)

    def _zone(self, path: Path, zone: str) -> Iterator[Fault]:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            message = f"{zone!r} is no time zone; an IANA name such as Asia/Shanghai is"
            yield self.source.fault(path, "MANIFEST_UNKNOWN_ZONE", message)
