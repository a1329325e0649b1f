"""XML without DTDs, entities and bombs: size and depth are capped before a tree exists."""

from io import BytesIO

from lxml import etree

from capabilities.errors import Garbled

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64


def parse(body: bytes, source: str = "", most: int = MAX_BYTES) -> etree._Element:
    """The root of a document; Garbled when it has a DTD, is too large, too deep or broken."""
    if len(body) > most:
        raise Garbled("the answer's XML is too large", source=source)
    try:
        return _parsed(body)
    except (etree.LxmlError, ValueError):
        pass
    raise Garbled("the answer's XML is not to be read", source=source)


def _parsed(body: bytes) -> etree._Element:
    depth = 0
    events = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    for event, _ in events:
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
    root: etree._Element | None = events.root
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type")
    return root


def name(element: etree._Element) -> str:
    """An element's name without its name space."""
    return str(etree.QName(element).localname)
