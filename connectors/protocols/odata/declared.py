"""OData as manifests declare it."""

from msgspec import Struct

from connectors.protocols.declared import Declared, Keys

_TEXT = {"type": "string"}


class ODataSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expand` is the navigation that comes along."""

    expand: tuple[str, ...] = ()


class ODataLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by an `or` chain over a property."""

    field: str = ""


ODATA = Declared(
    name="odata",
    ways=("field",),
    keys={
        "section": Keys(
            ODataSection, {"expand": {"type": "array", "items": _TEXT}}, needed=("resource",)
        ),
        "lookup": Keys(ODataLookup, {"field": _TEXT}),
    },
    order_needs=("by", "channel", "key"),
    ties=("keyset",),
)
