"""OData `$metadata` (CSDL, V2 and V4) → an outline."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit.xml import name as local
from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline

_HOLDS = {
    "Edm.DateTimeOffset": Holds.INSTANT,
    "Edm.Date": Holds.DATE,
    "Edm.Boolean": Holds.FLAG,
    "Edm.Decimal": Holds.NUMBER,
    "Edm.Double": Holds.NUMBER,
    "Edm.Single": Holds.NUMBER,
    "Edm.Byte": Holds.NUMBER,
    "Edm.Int16": Holds.NUMBER,
    "Edm.Int32": Holds.NUMBER,
    "Edm.Int64": Holds.NUMBER,
}
_MOST_ITEMS = 60


def read_odata(root: Any) -> Outline:
    """The entity sets of a service, with the items that hang on each."""
    version = 4 if (root.get("Version") or "").startswith("4") else 2
    types = {
        f"{schema.get('Namespace')}.{kind.get('Name')}": kind
        for schema in _all(root, "Schema")
        for kind in _all(schema, "EntityType")
    }
    items = _Items(types, _associations(root), version)
    entities = tuple(
        Entity(
            name=str(one.get("Name")),
            place=str(one.get("Name")),
            fields=(*_properties(types[kind], version), *items.of(types[kind])),
            keys=tuple(str(key.get("Name")) for key in _all(types[kind], "PropertyRef")),
        )
        for one in _all(root, "EntitySet")
        if (kind := str(one.get("EntityType"))) in types
    )
    if not entities:
        raise DraftError("this metadata names no entity set")
    service = next((str(one.get("Namespace")) for one in _all(root, "Schema")), "an OData service")
    head = ("odata: { version: 4 }",) if version == 4 else ()  # noqa: PLR2004 - the version
    return Outline(protocol="odata", title=service, entities=entities, head=head)


class _Items:
    """The lists that navigation leads to, one level deep."""

    def __init__(
        self,
        types: Mapping[str, Any],
        ends: Mapping[tuple[str, str], tuple[str, bool]],
        version: int,
    ) -> None:
        self._types = types
        self._ends = ends
        self._version = version

    def of(self, kind: Any) -> Iterator[Found]:
        """Navigation to many, whose rows come along in the answer."""
        for one in _all(kind, "NavigationProperty"):
            target = self._target(one)
            if target is not None and target in self._types:
                name = str(one.get("Name"))
                rows = name if self._version == 4 else f"{name}.results"  # noqa: PLR2004 - as above
                inner = tuple(_properties(self._types[target], self._version))[:_MOST_ITEMS]
                yield Found(path=rows, holds=Holds.LIST, fields=inner)

    def _target(self, navigation: Any) -> str | None:
        told = navigation.get("Type")
        if told is not None:
            return str(told)[11:-1] if str(told).startswith("Collection(") else None
        end = (str(navigation.get("Relationship")), str(navigation.get("ToRole")))
        target, many = self._ends.get(end, ("", False))
        return target if many else None


def _associations(root: Any) -> dict[tuple[str, str], tuple[str, bool]]:
    """V2: association and role → the type at that end, and whether there may be many."""
    return {
        (f"{schema.get('Namespace')}.{one.get('Name')}", str(end.get("Role"))): (
            str(end.get("Type")),
            end.get("Multiplicity") == "*",
        )
        for schema in _all(root, "Schema")
        for one in _all(schema, "Association")
        for end in _all(one, "End")
    }


def _properties(kind: Any, version: int) -> Iterator[Found]:
    for one in _all(kind, "Property"):
        name, told = str(one.get("Name")), str(one.get("Type"))
        holds = _HOLDS.get(told, Holds.TEXT)
        if told == "Edm.DateTime":  # V2 has one type for both; SAP calls days …Date
            holds = Holds.DATE if name.endswith("Date") and version == 2 else Holds.INSTANT  # noqa: PLR2004
        yield Found(path=name, holds=holds)


def _all(element: Any, name: str) -> Iterator[Any]:
    return (one for one in element.iter() if isinstance(one.tag, str) and local(one) == name)
