"""From a section of a manifest to the text of a mapping function, and the row type it reads.

The text is plain Python that can be read and dumped: one line a field, with the field's path
behind it, which is also how an error in a row finds its name.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from connectors.manifest.model import Code, Field, Lookup, Section
from connectors.manifest.shape import Shape, identifier, is_plain, roots
from connectors.manifest.targets import KEYS, RECORDS, Kind, Target, targets

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY)


# The moment by which a list of a section is sorted; a section without one has no dates.
SORTS = {
    "memberships": "joined_at",
    "orders": "placed_at",
    "promotions": "starts_at",
    "coupons": "issued_at",
}


class Generated(Struct, frozen=True):
    """The text of a section's functions, the shape of its rows, and the constants it names."""

    text: str
    shape: Shape
    constants: dict[str, Any]


class Writer:
    """Writes the functions of one section."""

    def __init__(self, name: str, section: Section, *, rows_are_text: bool) -> None:
        self.name = name
        self.section = section
        self.shape = Shape(name)
        self.constants: dict[str, Any] = {}
        self.functions: list[str] = []
        # SQL drivers answer times as such; in JSON they are text.
        self.moment = "text" if rows_are_text else "any"
        self.deep = frozenset().union(*(roots(p) for p in _paths(section) if not is_plain(p)))

    def write(self) -> Generated:
        """The whole text."""
        record = RECORDS[self.name]
        fields = dict(self._fields(record, self.section.record, self.shape, self.name))
        key = KEYS[self.name]
        identity = fields[key]
        fields[key] = f"need({identity})"
        where = self.section.external_id
        external = f"{self.text(where, self.shape)} or key" if where else "key"
        body = [
            "def map_row(row, at):",
            *self._guard(),
            f"    channel = {self._channel()}",
            "    if channel is None:",
            "        return None",
            f"    currency = {self._currency(self.section, self.shape)}  # {self.name}.currency",
            f"    key = {fields.pop(key)}  # {self.name}.{key}",
            f"    return {self.use(record)}(",
            "        channel=channel,",
            f"        {key}=key,",
            *self._arguments(fields, self.name),
            f"        source=SourceRef(connector=at.connector, system=at.system, "
            f"external_id={external}),",
            *(
                ["        mapping_version=at.version,"]
                if "mapping_version" in _names(record)
                else []
            ),
            "    )",
        ]
        self.functions.append("\n".join(body))
        when = fields.get(SORTS.get(self.name, ""), "None")
        self.functions.append(f"def moment_of(row, at):\n    return {when}  # {self.name} order")
        own = self.text(where, self.shape) if where else identity
        self.functions.append(f"def id_of(row):\n    return {own}")
        self._lookups()
        return Generated("\n\n\n".join(self.functions) + "\n", self.shape, self.constants)

    def _guard(self) -> list[str]:
        keep = self.section.keep
        if keep is None:
            return []
        call = self._call(keep.call, keep.arguments, self.shape)
        return [f"    if not {call}:  # {self.name}.keep", "        return None"]

    def _channel(self) -> str:
        channel = self.section.channel
        if channel.setting is not None:
            return f"at.settings.get({channel.setting!r}, {channel.const!r})"
        if channel.const is not None:
            return repr(channel.const)
        raw = self.access(channel.source, self.shape, "text") if channel.source else "None"
        return f"own(at.channels, {raw})"

    def _currency(self, of: Section | Field, shape: Shape) -> str:
        if of.currency is not None:
            return repr(of.currency)
        return self.text(of.currency_from, shape) if of.currency_from else "None"

    def _lookups(self) -> None:
        """What a row says it answers, where that is not the record's own key."""
        named: dict[str, Lookup | None] = {
            "match_key": self.section.by_key,
            "match_customer": self.section.by_customer,
        }
        for function, lookup in named.items():
            if lookup is not None and lookup.match is not None:
                value = self.text(lookup.match, self.shape)
                self.functions.append(f"def {function}(row):\n    return {value}")

    # Fields

    def _fields(
        self, record: type[Struct], specs: dict[str, Any], shape: Shape, path: str
    ) -> Iterator[tuple[str, str]]:
        for name, spec in specs.items():
            target = targets(record)[name]
            yield name, self._value(target, spec, shape, f"{path}.{name}")
            if name == "placed_at" and isinstance(spec, dict) and spec.get("as") == "date":
                yield "placed_at_precision", "Precision.DAY"

    def _value(self, target: Target, spec: Any, shape: Shape, path: str) -> str:
        if target.kind is Kind.TEXTS:
            return self._texts(spec, shape)
        if target.kind is Kind.CODES:
            return self._codes(msgspec.convert(spec, tuple[Code, ...]), shape)
        field = as_field(spec)
        if target.kind is Kind.RECORD:
            return self._record(target, field, shape, path)
        if target.kind is Kind.RECORDS:
            return self._records(target, field, shape, path)
        if field.const is not UNSET:
            return self._constant(target, field)
        raw = self.raw(field, shape, _leaf(target.kind, self.moment))
        return self.cast(target, field, raw, shape, path)

    def _constant(self, target: Target, field: Field) -> str:
        if target.kind is Kind.ENUM:
            return f"{self.use(target.inner)}.{field.const}"
        return repr(field.const)

    def raw(self, field: Field, shape: Shape, leaf: str) -> str:
        """The raw value that a field is cast from."""
        if field.source is not None:
            return self.access(field.source, shape, leaf)
        if field.any_of:
            parts = (self._part(as_field(part), shape, leaf) for part in field.any_of)
            return f"first_of({', '.join(parts)})"
        if field.join:
            parts = (self.access(part, shape, "text") for part in field.join)
            return f"joined({field.by!r}, [{', '.join(parts)}])"
        if field.call is not None:
            return self._call(field.call, field.arguments, shape)
        return repr(field.const)

    def _part(self, field: Field, shape: Shape, leaf: str) -> str:
        raw = self.raw(field, shape, leaf)
        return raw if leaf == "any" else f"text({raw}, {field.none!r})"

    def cast(self, target: Target, field: Field, raw: str, shape: Shape, path: str) -> str:
        """The raw value as what the record's field holds."""
        kind, none = target.kind, f", {field.none!r}" if field.none else ""
        if kind is Kind.ENUM:
            word = self.use(target.inner)
            table = self.constant({r: target.inner[w] for r, w in field.map.items()})
            return f"pick({table}, {raw}, {word}.{field.blank}, {word}.UNKNOWN, {path!r}, at)"
        if kind is Kind.MONEY:
            own = field.currency is not None or field.currency_from is not None
            currency = self._currency(field, shape) if own else "currency"
            return f"cash({raw}, {currency}, Rounding.{field.rounding}{none})"
        if kind in (Kind.MOMENT, Kind.DAY):
            return self._time(kind, field, raw)
        return f"{kind.value}({raw}{none})"

    def _time(self, kind: Kind, field: Field, raw: str) -> str:
        zone = self.constant_zone(field.zone) if field.zone else "None"
        if kind is Kind.MOMENT:
            if field.cast == "date":
                return f"last_of({raw}, at.zone)"
            return f"instant({raw}, {'at.zone' if field.cast == 'local' else zone})"
        if field.cast == "date":
            return f"day({raw}, at.zone)"
        return f"day_of({raw}, at.zone, {zone})"

    def _texts(self, spec: list[str], shape: Shape) -> str:
        if len(spec) == 1:
            return f"present([{self.text(spec[0], shape)}])"
        parts = (f"labelled({p!r}, {self.access(p, shape, 'text')})" for p in spec)
        return f"present([{', '.join(parts)}])"

    def _codes(self, codes: tuple[Code, ...], shape: Shape) -> str:
        parts = (
            f"code_ref({code.kind!r}, {code.form or code.kind!r}, "
            f"{self.access(code.source, shape, 'text')}, {code.none!r})"
            for code in codes
        )
        return f"present([{', '.join(parts)}])"

    def _record(self, target: Target, field: Field, shape: Shape, path: str) -> str:
        if field.call is not None:
            return self._call(field.call, field.arguments, shape)
        name = self._function(target, field, shape, path, optional=True)
        return f"{name}(row, at, currency)"

    def _records(self, target: Target, field: Field, shape: Shape, path: str) -> str:
        if field.each is None:
            return self._call(str(field.call), field.arguments, shape)
        below = shape.each(field.each)
        name = self._function(target, field, below, path, optional=False)
        rows = self.access(field.each, shape, None)
        return f"tuple([{name}(item, at, currency) for item in {rows} or ()])"

    def _function(
        self, target: Target, field: Field, shape: Shape, path: str, *, optional: bool
    ) -> str:
        """A function of its own for a nested record; an optional one is None when it is empty."""
        name = path.replace(".", "_")
        known = targets(target.inner)
        fields = dict(self._fields(target.inner, field.record, shape, path))
        body = [f"def {name}(row, at, currency):"]
        for key in [key for key in fields if known[key].required]:
            body.append(f"    {key} = {fields[key]}  # {path}.{key}")
            if optional:
                body += [f"    if {key} is None:", "        return None"]
            fields[key] = key if optional else f"need({key})"
        body += [f"    return {self.use(target.inner)}(", *self._arguments(fields, path), "    )"]
        self.functions.append("\n".join(body))
        return name

    # Expressions

    def text(self, path: str, shape: Shape) -> str:
        """The text at a path."""
        return f"text({self.access(path, shape, 'text')})"

    def access(self, path: str, shape: Shape, leaf: str | None) -> str:
        """The raw value at a path: attributes where they suffice, JMESPath for anything deeper."""
        if not is_plain(path) or (shape is self.shape and path.partition(".")[0] in self.deep):
            return self._search(path, shape)
        if leaf == "whole":
            shape.whole(path)
        elif leaf is not None:
            shape.leaf(path, leaf)
        names = [identifier(name) for name in path.split(".")]
        whole = ".".join(("row", *names))
        parents = [".".join(("row", *names[:depth])) for depth in range(1, len(names))]
        tests = " or ".join(f"{parent} is None" for parent in parents)
        return f"(None if {tests} else {whole})" if tests else whole

    def _search(self, path: str, shape: Shape) -> str:
        used = sorted(roots(path))
        for root in used:
            shape.leaf(root, "any")
        name = self.constant_path(path)
        row = ", ".join(f"{root!r}: row.{identifier(root)}" for root in used)
        return f"{name}({{{row}}})"

    def _call(self, name: str, arguments: tuple[str, ...], shape: Shape) -> str:
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

    def _arguments(self, fields: dict[str, str], path: str) -> list[str]:
        return [f"        {name}={value},  # {path}.{name}" for name, value in fields.items()]


def as_field(spec: Any) -> Field:
    """A field of the manifest; a bare text is a path."""
    return Field(source=spec) if isinstance(spec, str) else msgspec.convert(spec, Field)


def _leaf(kind: Kind, moment: str) -> str:
    if kind in _NUMBERS:
        return "number"
    return moment if kind in (Kind.MOMENT, Kind.DAY) else "text"


def _names(record: type[Struct]) -> tuple[str, ...]:
    return tuple(record.__struct_fields__)


def _paths(section: Section) -> Iterator[str]:
    """Every path at the top level of a section's rows."""
    yield from _record_paths(section.record)
    for path in (section.channel.source, section.currency_from, section.external_id):
        if path:
            yield path
    if section.keep is not None:
        yield from section.keep.arguments
    for lookup in (section.by_key, section.by_customer):
        if lookup is not None and lookup.match:
            yield lookup.match


def _record_paths(record: dict[str, Any]) -> Iterator[str]:
    for spec in record.values():
        if isinstance(spec, list):
            yield from (item if isinstance(item, str) else item["from"] for item in spec)
            continue
        field = as_field(spec)
        if field.each is None:
            yield from _field_paths(field)
            yield from _record_paths(field.record)


def _field_paths(field: Field) -> Iterator[str]:
    yield from (path for path in (field.source, field.currency_from) if path)
    yield from (*field.join, *field.arguments)
    for part in field.any_of:
        yield from _field_paths(as_field(part))
