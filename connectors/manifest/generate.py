"""From a section of a manifest to the text of a mapping function, and the row type it reads.

The text is plain Python that can be read and dumped: one line a field, with the field's path
behind it, which is also how an error in a row finds its name.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from capabilities.native import native_name
from connectors.manifest.attributes import Telling, attribute_spec, attribute_target
from connectors.manifest.expressions import Expressions, as_field, leaf_of
from connectors.manifest.model import Code, Field, Lookup, Section
from connectors.manifest.native import native_spec, native_target
from connectors.manifest.shape import Shape, is_plain, roots
from connectors.manifest.targets import KEYS, RECORDS, Kind, Target, targets

# The moment by which a list of a section is sorted; a section without one has no dates.
SORTS = {
    "memberships": "joined_at",
    "orders": "placed_at",
    "promotions": "starts_at",
    "coupons": "issued_at",
}


_MOMENT = Target(Kind.MOMENT, datetime, required=False)


class Generated(Struct, frozen=True):
    """The text of a section's functions, the shape of its rows, and the constants it names."""

    text: str
    shape: Shape
    constants: dict[str, Any]


class Writer(Expressions):
    """Writes the functions of one section."""

    def __init__(self, system: str, name: str, section: Section, *, rows_are_text: bool) -> None:
        deep = (roots(path) for path in _paths(section) if not is_plain(path))
        shape = Shape(name, frozenset(section.json), false_is_none=section.false_is_none)
        super().__init__(shape, frozenset().union(*deep), section, rows_are_text=rows_are_text)
        self.name = name
        self.system = system
        self.functions: list[str] = []

    def write(self) -> Generated:
        """The whole text."""
        record = RECORDS[self.name]
        fields = dict(self._fields(record, self.section.record, self.shape, self.name))
        key = KEYS[self.name]
        identity = fields[key]
        where = self.section.external_id
        own = self.text(where, self.shape) if where else identity
        self.functions += [
            "\n".join(self._map_row(record, key, fields)),
            *self._places(fields),
            f"def id_of(row):\n    return {own}",
            f"def key_of(row, at):\n    return {identity}  # {self.name}.{key}",
        ]
        self._lookups()
        return Generated("\n\n\n".join(self.functions) + "\n", self.shape, self.constants)

    def _map_row(self, record: type[Struct], key: str, fields: dict[str, str]) -> list[str]:
        """The function from a row to its record; `fields` are the texts of the record's fields."""
        fields = {**fields, key: f"need({fields[key]})"}
        where = self.section.external_id
        external = f"{self.text(where, self.shape)} or key" if where else "key"
        source = f"SourceRef(connector=at.connector, system=at.system, external_id={external})"
        currency = self.currency(self.section, self.shape)
        if fields.get("currency") == currency:
            fields["currency"] = "currency"
        if self.section.identities:
            fields["contact"] = self._showing(fields.get("contact", "None"))
        if self.section.attributes:
            fields["contact"] = self._telling(fields.get("contact", "None"))
        versioned = "mapping_version" in _names(record)
        return [
            "def map_row(row, at):",
            *self._guard(),
            f"    channel = {self._channel()}",
            "    if channel is None:",
            "        return None",
            f"    currency = {currency}  # {self.name}.currency",
            f"    key = {fields.pop(key)}  # {self.name}.{key}",
            f"    return {self.use(record)}(",
            "        channel=channel,",
            f"        {key}=key,",
            *self._arguments(fields, self.name),
            f"        source={source},",
            *self._native(),
            *(["        mapping_version=at.version,"] if versioned else []),
            "    )",
        ]

    def _places(self, fields: dict[str, str]) -> list[str]:
        """Where a row stands, without its record: its moment and its channel."""
        name = f"{self.name}.{SORTS.get(self.name, '')}"
        when = fields.get(SORTS.get(self.name, ""), "None")
        if self.section.moment is not None:
            name = f"{self.name}.changes.moment"
            when = self._value(_MOMENT, self.section.moment, self.shape, name)
        owner = ["def channel_of(row, at):", *self._guard(), f"    return {self._channel()}"]
        return [f"def moment_of(row, at):\n    return {when}  # {name}", "\n".join(owner)]

    def _native(self) -> list[str]:
        specs = self.section.native
        if not specs:
            return []
        parts = []
        for name, spec in specs.items():
            field = native_spec(spec)
            target = native_target(field)
            raw = self.raw(field, self.shape, leaf_of(target.kind, self.moment))
            path = f"{self.name}.native.{name}"
            value = self.cast(target, field, raw, self.shape, path)
            parts.append(f"            {name!r}: {value},  # {path}")
        kind = native_name(self.system, RECORDS[self.name].__name__)
        return [f"        native=native({kind!r}, {{", *parts, "        }),"]

    def _showing(self, contact: str) -> str:
        kinds = tuple(self.section.identities)
        values = [
            self.access(path, self.shape, "text") for path in self.section.identities.values()
        ]
        return f"showing({contact}, channel, {kinds!r}, {', '.join(values)})"

    def _telling(self, contact: str) -> str:
        tellings, values = [], []
        for key, spec in self.section.attributes.items():
            field = attribute_spec(spec)
            target, path = attribute_target(field), f"{self.name}.attributes.{key}"
            raw = self.raw(field, self.shape, leaf_of(target.kind, self.moment))
            free = field.call is not None and target.kind is Kind.TEXT
            values.append(raw if free else self.cast(target, field, raw, self.shape, path))
            tellings.append(Telling(key, field.split, field.map, field.confidence / 100, path))
        table = self.constant(tuple(tellings))
        return f"telling({contact}, {table}, at, {', '.join(values)})"

    def _guard(self) -> list[str]:
        keep = self.section.keep
        if keep is None:
            return []
        call = self.call(keep.call, keep.arguments, self.shape)
        return [f"    if not {call}:  # {self.name}.keep", "        return None"]

    def _channel(self) -> str:
        channel = self.section.channel
        if channel.setting is not None:
            return f"at.settings.get({channel.setting!r}, {channel.const!r})"
        if channel.const is not None:
            return repr(channel.const)
        raw = self.access(channel.source, self.shape, "text") if channel.source else "None"
        return f"own(at.channels, {raw})"

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
        raw = self.raw(field, shape, leaf_of(target.kind, self.moment))
        return self.cast(target, field, raw, shape, path)

    def _constant(self, target: Target, field: Field) -> str:
        if target.kind is Kind.ENUM:
            return f"{self.use(target.inner)}.{field.const}"
        return repr(field.const)

    def _texts(self, spec: list[str], shape: Shape) -> str:
        if len(spec) == 1:
            return f"() if (word := {self.text(spec[0], shape)}) is None else (word,)"
        parts = (self.access(path, shape, "text") for path in spec)
        return f"labelled({self.constant(tuple(spec))}, {', '.join(parts)})"

    def _codes(self, codes: tuple[Code, ...], shape: Shape) -> str:
        parts = (
            f"code_ref({code.kind!r}, {code.form or code.kind!r}, "
            f"{self.access(code.source, shape, 'text')}, {code.none!r})"
            for code in codes
        )
        return f"present({', '.join(parts)})"

    def _record(self, target: Target, field: Field, shape: Shape, path: str) -> str:
        if field.call is not None:
            return self.call(field.call, field.arguments, shape)
        name = self._function(target, field, shape, path, optional=True)
        return f"{name}(row, at, currency)"

    def _records(self, target: Target, field: Field, shape: Shape, path: str) -> str:
        if field.each is None:
            return self.call(str(field.call), field.arguments, shape)
        below = shape.each(field.each, collapses=field.collapses)
        name = self._function(target, field, below, path, optional=False)
        rows = self.access(field.each, shape, None)
        items = f"listed({rows})" if field.collapses else f"{rows} or ()"
        return f"tuple([{name}(item, at, currency) for item in {items}])"

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

    def _arguments(self, fields: dict[str, str], path: str) -> list[str]:
        return [f"        {name}={value},  # {path}.{name}" for name, value in fields.items()]


def _names(record: type[Struct]) -> tuple[str, ...]:
    return tuple(record.__struct_fields__)


def _paths(section: Section) -> Iterator[str]:
    """Every path at the top level of a section's rows."""
    yield from _record_paths(section.record)
    yield from section.identities.values()
    for path in (section.channel.source, section.currency_from, section.external_id):
        if path:
            yield path
    if section.moment is not None:
        yield from _field_paths(as_field(section.moment))
    for spec in section.native.values():
        yield from _field_paths(native_spec(spec))
    for spec in section.attributes.values():
        yield from _field_paths(attribute_spec(spec))
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
