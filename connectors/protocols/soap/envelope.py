"""Envelopes of both versions: what goes out, what comes back, and what a fault says."""

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Literal

from lxml import etree
from msgspec import Struct

from capabilities.errors import Garbled
from connectors._kit import Answer, xml
from connectors._kit.xml_rows import elements_at

Version = Literal["1.1", "1.2"]

_SPACES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_MEDIA = {"1.1": "text/xml", "1.2": "application/soap+xml"}
_KNOWN_MEDIA = frozenset({"text/xml", "application/soap+xml", "application/xml"})
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_PYTHON = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "iso-8859-1": "cp1252"}
_MOST_JOINED = 20_000
_BOM = b"\xef\xbb\xbf"


class Fault(Struct, frozen=True):
    """A fault by its codes, the most special first, without what it says."""

    codes: tuple[str, ...]


def written(
    version: Version,
    operation: str,
    body: Iterable[etree._Element],
    header: Sequence[etree._Element] = (),
) -> bytes:
    """A request; `operation` is the whole name of its element."""
    space = _SPACES[version]
    root = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    if header:
        etree.SubElement(root, f"{{{space}}}Header").extend(header)
    call = etree.SubElement(etree.SubElement(root, f"{{{space}}}Body"), operation)
    call.extend(body)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def headers(version: Version, action: str) -> dict[str, str]:
    """What says that a request is SOAP, and which operation it names."""
    media = f"{_MEDIA[version]}; charset=utf-8"
    if version == "1.2":
        return {"Content-Type": f'{media}; action="{action}"', "Accept": _MEDIA[version]}
    return {"Content-Type": media, "Accept": _MEDIA[version], "SOAPAction": f'"{action}"'}


def answered(answer: Answer, source: str, most: int) -> etree._Element | Fault:
    """The response's element, or the fault; Garbled for what is no envelope."""
    media, _, rest = answer.headers.get("content-type", "").partition(";")
    if media.strip().lower() not in _KNOWN_MEDIA:
        raise Garbled(f"{source} answered {answer.status} with no envelope", source=source)
    root = xml.parse(_in_utf8(answer.body, rest, source), source, most)
    bodies = elements_at(root, "Body") if xml.name(root) == "Envelope" else []
    inside = [one for body in bodies for one in body if isinstance(one.tag, str)]
    if not inside:
        raise Garbled(f"{source} answered {answer.status} with no envelope", source=source)
    if xml.name(inside[0]) == "Fault":
        return _fault(inside[0])
    _join(inside[0], inside[1:], source)
    return inside[0]


def _join(response: etree._Element, beside: Sequence[etree._Element], source: str) -> None:
    """Put what stands beside the response, as Axis writes it, where `href` refers to it.

    References may multiply what they refer to; Garbled where they go too far, or in a circle.
    """
    known = {f"#{one.get('id')}": one for one in beside if one.get("id")}
    waiting = [(response, 0)] if known else []
    left = _MOST_JOINED
    while waiting:
        element, depth = waiting.pop()
        target = known.get(str(element.attrib.pop("href", "")))
        if target is not None:
            element.text, element[:] = target.text, [deepcopy(child) for child in target]
        left -= len(element) + 1
        if left < 0 or depth > xml.MAX_DEPTH:
            raise Garbled(f"{source} answered with too many references", source=source)
        waiting += [(one, depth + 1) for one in element if isinstance(one.tag, str)]


def _fault(element: etree._Element) -> Fault:
    """Codes of 1.1 (`faultcode`) or of 1.2 (`Code`, its `Subcode` first)."""
    texts = [one.text or "" for one in elements_at(element, "faultcode")]
    inner = elements_at(element, "Code")
    while inner:
        texts = [one.text or "" for one in elements_at(inner[0], "Value")] + texts
        inner = elements_at(inner[0], "Subcode")
    names = [text.strip().rpartition(":")[2] for text in texts]
    # `Client.NotFound` is a special kind of `Client`
    parts = [part for name in names for part in (name, *reversed(name.split(".")))]
    return Fault(tuple(dict.fromkeys(part for part in parts if part)))


def _in_utf8(body: bytes, parameters: str, source: str) -> bytes:
    """A body in UTF-8, whatever the header or else the document says that it is."""
    body = body.removeprefix(_BOM)
    said = re.search(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", parameters, re.IGNORECASE)
    declared = _DECLARED.match(body)
    name = said[1] if said else declared[1].decode() if declared else "utf-8"
    try:
        text = body.decode(_PYTHON.get(name.lower(), name))
    except (LookupError, UnicodeDecodeError):
        pass
    else:
        return _DECLARATION.sub("", text, count=1).encode()
    raise Garbled(f"{source} answered in another encoding than it says", source=source)
