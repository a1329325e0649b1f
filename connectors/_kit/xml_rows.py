"""XML elements as the rows that a compiled mapping reads.

An element is an object of its children, by their local names. A child without children is its
text, stripped; an empty one, or one with `xsi:nil`, is None. The attributes of a child stand
beside it as `child@attribute`, those of the row or of an item of a list inside it as `@attribute`.
A child that the row type reads as a list, or whose name is in `repeated`, is a list also where
there is one or none; an item of a list that has attributes and text has the text as `#text`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from lxml import etree
from msgspec import inspect

from connectors._kit.strict_json import of_shape, of_text
from connectors._kit.xml import name

T = TypeVar("T")
_Guide = Mapping[str, "_Place"]

TEXT = "#text"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# What types and schemas say of an element is no part of its content.
_SPEECH = (
    _XSI,
    "{http://schemas.xmlsoap.org/soap/encoding/}",
    "{http://schemas.xmlsoap.org/soap/envelope/}",
    "{http://www.w3.org/2003/05/soap-encoding}",
    "{http://www.w3.org/2003/05/soap-envelope}",
)
_whole_text = etree.XPath("string()")


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """What the row type says of one child: whether it is a list, of what, and what lies below."""

    many: bool = False
    objects: bool = False
    below: _Guide = {}


class XmlRows(Generic[T]):
    """Rows of one type; made once, used for every document."""

    def __init__(self, row_type: type[T], repeated: Iterable[str] = ()) -> None:
        self._row_type = row_type
        self._guide = _guide(inspect.type_info(row_type))
        self._repeated = frozenset(repeated)

    def row(self, element: etree._Element, source: str = "") -> T:
        """The row of an element; Garbled when a part of it is of another shape."""
        try:
            return msgspec.convert(
                self._object(element, self._guide), self._row_type, dec_hook=of_text
            )
        except msgspec.ValidationError as exc:
            fault = of_shape(exc, source)
        raise fault

    def rows(self, elements: Iterable[etree._Element], source: str = "") -> list[T]:
        """A row of each element."""
        return [self.row(element, source) for element in elements]

    def _object(self, element: etree._Element, guide: _Guide) -> dict[str, Any]:
        found: dict[str, Any] = {f"@{key}": value for key, value in _attributes(element)}
        found |= {key: [] for key, place in guide.items() if place.many}
        children = list(_children(element))
        if not children:
            found[TEXT] = _text(element)
        for child in children:
            key = name(child)
            place = guide.get(key, _NOWHERE)
            if place.many or key in self._repeated:
                found.setdefault(key, []).append(self._item(child, place))
                continue
            found |= {f"{key}@{attribute}": value for attribute, value in _attributes(child)}
            value = self._value(child, place)
            found[key] = value if key not in found else [*_listed(found[key]), value]
        return found

    def _value(self, element: etree._Element, place: _Place) -> Any:
        has_children = next(_children(element), None) is not None
        return self._object(element, place.below) if has_children else _text(element)

    def _item(self, element: etree._Element, place: _Place) -> Any:
        if place.objects or next(iter(_attributes(element)), None) is not None:
            return self._object(element, place.below)
        return self._value(element, place)


def elements_at(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements at a path of local names below a root, as `Body/listResponse/item`."""
    found = [root]
    for step in path.split("/"):
        found = [child for one in found for child in _children(one) if name(child) == step]
    return found


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if not str(key).startswith(_SPEECH):
            yield etree.QName(key).localname, str(value)


def _text(element: etree._Element) -> str | None:
    if element.get(f"{_XSI}nil") in ("true", "1"):
        return None
    return str(_whole_text(element)).strip() or None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _guide(kind: inspect.Type) -> _Guide:
    if not isinstance(kind, inspect.StructType):
        return {}
    return {field.encode_name: _place(field.type) for field in kind.fields}


def _place(kind: inspect.Type) -> _Place:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    for one in kinds:
        if isinstance(one, inspect.ListType):
            inner = one.item_type
            objects = isinstance(inner, inspect.StructType)
            return _Place(many=True, objects=objects, below=_guide(inner))
        if isinstance(one, inspect.StructType):
            return _Place(below=_guide(one))
    return _NOWHERE


_NOWHERE = _Place()
