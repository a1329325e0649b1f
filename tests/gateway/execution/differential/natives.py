"""Native types for the contract: two of an order, one of a membership and of a promotion."""

from capabilities.native import (
    ExtensionPoint,
    Native,
    NativeCast,
    NativeField,
    NativeType,
    merged_types,
)
from tests.gateway.execution.differential.making import Make, Maker, also

_CLASSES = ("everyone", "staff", "desk", "operators", "administrators", None)
_VALUES: dict[NativeCast, tuple[str | int | bool, ...]] = {
    NativeCast.TEXT: ("Li", "", "林"),
    NativeCast.INTEGER: (7, -1, 2**40),
    NativeCast.FLAG: (True, False),
    NativeCast.DECIMAL: ("1.50", "0", "-12"),
    NativeCast.INSTANT: ("2026-11-01T08:00:00+00:00", "2026-11-01T08:00:00"),
    NativeCast.DATE: ("2026-11-01", "2026-02-30"),
}


def _type(name: str, of: str) -> NativeType:
    fields = (
        NativeField(f"{cast.value}{at}", cast, _CLASSES[at % len(_CLASSES)])
        for at, cast in enumerate(NativeCast, start=len(name))
    )
    return NativeType(name, of, name.lower(), tuple(fields))


_TYPES = (
    _type("AcmeOrder", "Order"),
    _type("ShopOrder", "Order"),
    _type("AcmeMembership", "Membership"),
    _type("AcmePromotion", "Promotion"),
)
POINTS: tuple[ExtensionPoint, ...] = merged_types({"till": _TYPES})


def _native(maker: Maker, _depth: int) -> Native:
    """Mostly a type that has fields, now and then one that is gone."""
    random = maker.random
    kind = random.choice((*_TYPES, None))
    if kind is None:
        return Native("GoneOrder", ())
    some = (one for one in kind.fields if random.random() > maker.nulls)
    return Native(kind.name, tuple((one.name, random.choice(_VALUES[one.cast])) for one in some))


_make: Make = _native
also(Native, _make)
