"""The native fields of a section: their types as data, and how the manifest writes them."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from capabilities.native import (
    CLASSES,
    NATIVE_OF,
    NativeCast,
    NativeField,
    NativeType,
    native_name,
)
from connectors.manifest.model import Manifest, NativeSpec
from connectors.manifest.targets import RECORDS, Kind, Target

# Mirrors are orders too, but a copy has no native fields of its own.
NATIVE_SECTIONS = ("memberships", "orders", "promotions")
NATIVE_CASTS = ("text", "integer", "decimal", "flag", "instant", "local", "date")
_CASTS = {"local": NativeCast.INSTANT}
_TARGETS = {
    NativeCast.TEXT: Target(Kind.TEXT, str, required=False),
    NativeCast.INTEGER: Target(Kind.INTEGER, int, required=False),
    NativeCast.FLAG: Target(Kind.FLAG, bool, required=False),
    NativeCast.DECIMAL: Target(Kind.DECIMAL, Decimal, required=False),
    NativeCast.INSTANT: Target(Kind.MOMENT, datetime, required=False),
    NativeCast.DATE: Target(Kind.DAY, date, required=False),
}


def native_spec(spec: Any) -> NativeSpec:
    """A native field of the manifest; a bare text is a path."""
    return NativeSpec(source=spec) if isinstance(spec, str) else msgspec.convert(spec, NativeSpec)


def native_target(spec: NativeSpec) -> Target:
    """What a native field is cast to."""
    return _TARGETS[_cast(spec)]


def native_types(manifest: Manifest) -> tuple[NativeType, ...]:
    """The types that a manifest adds to the graph."""
    return tuple(_types(manifest))


def _types(manifest: Manifest) -> Iterator[NativeType]:
    for name, section in manifest.sections.items():
        of = RECORDS[name].__name__
        if section.native and name in NATIVE_SECTIONS and of in NATIVE_OF:
            fields = (_field(key, native_spec(spec)) for key, spec in section.native.items())
            yield NativeType(native_name(manifest.system, of), of, manifest.system, tuple(fields))


def _field(name: str, spec: NativeSpec) -> NativeField:
    return NativeField(name, _cast(spec), spec.visibility, spec.description)


def _cast(spec: NativeSpec) -> NativeCast:
    word = spec.cast or "text"
    return _CASTS.get(word) or NativeCast(word)


VISIBILITIES = tuple(CLASSES)
