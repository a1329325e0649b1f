"""Expressions of a generated mapping: a raw value out of a row, and its cast to a field."""

from typing import Any

import msgspec

from connectors.manifest.model import Field, Section
from connectors.manifest.shape import Shape, identifier, is_plain, roots, steps
from connectors.manifest.targets import Kind, Target

_EPOCHS = ("seconds", "milliseconds")
_TEXTS = ("phone", "alpha")
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY)


class Expressions:
    """Writes expressions over a row, and keeps what they name and which fields they read.

    `deep` are the fields that a JMESPath somewhere starts from: everything below them is untyped.
    """

    def __init__(
        self, shape: Shape, deep: frozenset[str], section: Section, *, rows_are_text: bool
    ) -> None:
        self.shape = shape
        self.section = section
        self.deep = deep
        self.constants: dict[str, Any] = {}
        # SQL drivers answer times as such; in JSON they are text.
        self.moment = "text" if rows_are_text else "any"

    def raw(self, field: Field, shape: Shape, leaf: str) -> str:
        """The raw value that a field is cast from."""
        if field.loose or field.unit in _EPOCHS:
            leaf = "any"
        if field.source is not None:
            return self.access(field.source, shape, leaf)
        if field.any_of:
            parts = (self._part(as_field(part), shape, leaf) for part in field.any_of)
            return f"first_of({', '.join(parts)})"
        if field.join:
            parts = (self.access(part, shape, "text") for part in field.join)
            return f"joined({field.by!r}, [{', '.join(parts)}])"
        if field.call is not None:
            return self.call(field.call, field.arguments, shape)
        return repr(field.const)

    def _part(self, field: Field, shape: Shape, leaf: str) -> str:
        raw = self.raw(field, shape, leaf)
        return raw if leaf == "any" else f"text({raw}, {field.none!r})"

    def cast(self, target: Target, field: Field, raw: str, shape: Shape, path: str) -> str:
        """The raw value as what the record's field holds."""
        kind, none = target.kind, f", none={field.none!r}" if field.none else ""
        raw = self._spelt(kind, field, raw, shape)
        if kind is Kind.ENUM:
            word = self.use(target.inner)
            # A raw word is compared stripped, and a blank one is not: other keys are never met.
            words = {r: target.inner[w] for r, w in field.map.items() if r and r == r.strip()}
            table = self.constant(words)
            other = f"{word}.{field.blank}, {word}.UNKNOWN, {path!r}, at"
            return f"{table}.get(word := {raw}) or pick({table}, word, {other})"
        if kind is Kind.MONEY:
            own = field.currency is not None or field.currency_from is not None
            currency = self.currency(field, shape) if own else "currency"
            rule = field.rounding or self.section.rounding
            rounding = f", Rounding.{rule}" if rule != "HALF_UP" else ""
            return f"cash({raw}, {currency}{rounding}{none})"
        if kind in (Kind.MOMENT, Kind.DAY):
            return self._time(kind, field, raw)
        if kind is Kind.TEXT and field.cast in _TEXTS:
            return f"{field.cast}({raw}{none})"
        if kind is Kind.TEXT and not none:
            return as_text(raw)
        return f"{kind.value}({raw}{none})"

    def _spelt(self, kind: Kind, field: Field, raw: str, shape: Shape) -> str:
        """The raw value as plain casts read it, where a key says how it is written."""
        if field.none and (field.loose or kind in (Kind.MOMENT, Kind.DAY)):
            raw = f"absent({raw}, {field.none!r})"
        if field.loose and kind in _NUMBERS:
            raw = f"loose({raw}, {field.point!r})"
        if field.unit == "minor" and kind is Kind.MONEY:
            own = field.currency is not None or field.currency_from is not None
            raw = f"minor({raw}, {self.currency(field, shape) if own else 'currency'})"
        if field.unit in _EPOCHS:
            raw = f"epoch({raw}, {field.unit!r})"
        return f"parsed({raw}, {field.format!r})" if field.format else raw

    def _time(self, kind: Kind, field: Field, raw: str) -> str:
        zone = self.constant_zone(field.zone) if field.zone else "None"
        local = zone if field.zone else "at.zone"
        if kind is Kind.MOMENT:
            if field.cast == "date":
                return f"last_of({raw}, {local})"
            return f"instant({raw}, {local if field.cast == 'local' else zone})"
        if field.cast == "date":
            return f"day({raw}, {local})"
        return f"day_of({raw}, at.zone, {zone})"

    def currency(self, of: Section | Field, shape: Shape) -> str:
        """The currency that a field or its section names."""
        if of.currency is not None:
            return repr(of.currency)
        return self.text(of.currency_from, shape) if of.currency_from else "None"

    def text(self, path: str, shape: Shape) -> str:
        """The text at a path."""
        return as_text(self.access(path, shape, "text"))

    def access(self, path: str, shape: Shape, leaf: str | None) -> str:
        """The raw value at a path: attributes where they suffice, JMESPath for anything deeper."""
        if not is_plain(path) or (shape is self.shape and path.partition(".")[0] in self.deep):
            return self._search(path, shape)
        if leaf == "whole":
            shape.whole(path)
        elif leaf is not None:
            maybe = leaf == "number" and self.section.false_is_none
            shape.leaf(path, "maybe" if maybe else leaf)
        names = [identifier(name) for name in path.split(".")]
        if shape is self.shape and path.partition(".")[0] in self.section.json:
            names.insert(1, "value")
        whole = ".".join(("row", *names))
        parents = [".".join(("row", *names[:depth])) for depth in range(1, len(names))]
        if not self.section.false_is_none:
            tests = " or ".join(f"{parent} is None" for parent in parents)
            return f"(None if {tests} else {whole})" if tests else whole
        tests = " or ".join(f"not {parent}" for parent in parents)
        found = f"truth({whole})" if leaf in ("text", "number", "any") else whole
        return f"(None if {tests} else {found})" if tests else found

    def _search(self, path: str, shape: Shape) -> str:
        down = steps(path)
        if down is not None:
            shape.down(down)
            return f"dig(row.{identifier(str(down[0]))}, {down[1:]!r})"
        used = sorted(roots(path))
        for root in used:
            shape.leaf(root, "any")
        name = self.constant_path(path)
        row = ", ".join(f"{root!r}: row.{identifier(root)}" for root in used)
        return f"{name}({{{row}}})"

    def call(self, name: str, arguments: tuple[str, ...], shape: Shape) -> str:
        """A function of mapping.py over values as they were decoded."""
        values = (self.access(path, shape, "whole") for path in arguments)
        return f"mapping.{name}({', '.join(values)})"

    # Constants

    def use(self, kind: type[Any]) -> str:
        """The name of a class in the text."""
        self.constants[kind.__name__] = kind
        return kind.__name__

    def constant(self, value: Any) -> str:
        """The name of a table in the text."""
        for name, known in self.constants.items():
            if name.startswith("TABLE_") and known == value:
                return name
        name = f"TABLE_{len(self.constants)}"
        self.constants[name] = value
        return name

    def constant_zone(self, zone: str) -> str:
        """The name of a time zone in the text."""
        name = f"ZONE_{identifier(zone)}"
        self.constants[name] = zone
        return name

    def constant_path(self, path: str) -> str:
        """The name of a compiled JMESPath search in the text."""
        paths = {known: name for name, known in self.constants.items() if name.startswith("PATH_")}
        name = paths.get(path, f"PATH_{len(paths)}")
        self.constants[name] = path
        return name


def as_text(raw: str) -> str:
    """A raw value as `text` makes it, which is called for what is no text yet."""
    return f"((raw.strip() or None) if type(raw := {raw}) is str else text(raw))"


def as_field(spec: Any) -> Field:
    """A field of the manifest; a bare text is a path."""
    return Field(source=spec) if isinstance(spec, str) else msgspec.convert(spec, Field)


def leaf_of(kind: Kind, moment: str) -> str:
    """How a raw value for a field of this kind is decoded."""
    if kind in _NUMBERS:
        return "number"
    if kind is Kind.FLAG:
        return "flag"
    return moment if kind in (Kind.MOMENT, Kind.DAY) else "text"
