"""The body of an operation: XML with marks, parsed once; values become text and never markup."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from capabilities.errors import BadInput

MARK = re.compile(r"\{(\w+)\}")
Value = str | Sequence[str] | None


class Template:
    """Elements with marks such as `{since}` in their text.

    An element whose mark has no value is left out, and one with several values is there once for
    each. What holds nothing but elements that were left out is left out too.
    """

    def __init__(self, text: str, name: str, spaces: Mapping[str, str], own: str = "") -> None:
        """`own` is the name space of elements without a prefix; ValueError for what is no XML."""
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
        default = f' xmlns="{own}"' if own else ""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
        try:
            self._root = etree.fromstring(f"<{name}{default}{declared}>{text}</{name}>", parser)
        except etree.XMLSyntaxError as exc:
            raise ValueError(str(exc).partition(", line")[0]) from None
        if any(not isinstance(one.tag, str) for one in self._root.iter()):
            raise ValueError("comments, instructions and entities are no part of a body")

    @property
    def marks(self) -> frozenset[str]:
        """The names of its marks."""
        texts = (one.text or "" for one in self._root.iter())
        return frozenset(name for text in texts for name in MARK.findall(text))

    def filled(self, values: Mapping[str, Value]) -> list[etree._Element]:
        """The elements with values; BadInput for a value that XML cannot hold."""
        try:
            return [one for child in self._root for one in _filled(child, values)]
        except ValueError:
            pass
        raise BadInput("a value has characters that XML cannot hold")


def _filled(element: etree._Element, values: Mapping[str, Value]) -> Iterator[etree._Element]:
    if len(element):
        inner = [one for child in element for one in _filled(child, values)]
        if inner:
            found = deepcopy(element)
            found[:] = inner
            found.text = found.tail = None
            yield found
        return
    names = MARK.findall(element.text or "")
    chosen = {name: values.get(name) for name in names}
    lists = [value for value in chosen.values() if not isinstance(value, str | None)]
    if not lists:
        yield from _once(element, chosen)
        return
    for one in lists[0]:
        yield from _once(element, dict.fromkeys(names, one))


def _once(element: etree._Element, chosen: Mapping[str, Value]) -> Iterator[etree._Element]:
    if any(value is None for value in chosen.values()):
        return
    found = deepcopy(element)
    found.tail = None
    if chosen:
        found.text = MARK.sub(lambda mark: str(chosen[mark[1]]), element.text or "")
    yield found
