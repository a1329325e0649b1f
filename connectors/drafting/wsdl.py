"""A WSDL 1.1 → an outline: things that operations answer lists of, and bodies that ask by key."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from connectors._kit.xml import name as local
from connectors.drafting.guess import words_of
from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline
from connectors.drafting.written import written

_DEEPEST = 4
_SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
_HOLDS = {
    "dateTime": Holds.INSTANT,
    "date": Holds.DATE,
    "boolean": Holds.FLAG,
    **dict.fromkeys(
        ("int", "integer", "long", "short", "decimal", "float", "double"), Holds.NUMBER
    ),
}
_KEYS = ("id", "ids", "key", "keys", "number", "numbers", "code", "codes", "no")
_SESSION = ("session id", "session", "token")


class _Child(Struct, frozen=True):
    """One element inside a type."""

    name: str
    type: str
    many: bool = False


def read_wsdl(root: Any) -> Outline:
    """The operations of a service and what they answer."""
    reader = _Reader(root)
    entities = tuple(reader.entities())
    if not entities:
        raise DraftError("no operation of this WSDL answers a list of things by a key")
    return Outline(
        protocol="soap",
        title=reader.service,
        entities=entities,
        head=tuple(reader.head(any("{session}" in one.asks["body"] for one in entities))),
    )


class _Reader:
    """The types and operations of one document, found by their local names."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._elements: dict[str, Any] = {}
        self._types: dict[str, Any] = {}
        for schema in _all(root, "schema"):
            for one in schema:
                if isinstance(one.tag, str) and one.get("name"):
                    table = self._elements if local(one) == "element" else self._types
                    table[one.get("name")] = one
        self._messages = {one.get("name"): one for one in _all(root, "message")}

    @property
    def service(self) -> str:
        """The service's name."""
        return next((str(one.get("name")) for one in _all(self._root, "service")), "a SOAP service")

    def head(self, sessions: bool) -> Iterator[str]:
        """The `soap` of the manifest."""
        yield "soap:"
        yield f"  namespace: {written(self._root.get('targetNamespace', ''))}"
        for one in _all(self._root, "address"):
            path = urlsplit(one.get("location", "")).path.lstrip("/")
            if path:
                yield f"  path: {written(path)}                     # below the address"
            break
        if any(one.tag.startswith(f"{{{_SOAP12}}}") for one in _all(self._root, "binding")):
            yield '  version: "1.2"'
        yield '  # action: "urn:Action"              # where the service wants a SOAPAction'
        if sessions:
            yield "  login:                # guessed: which operation opens a session?"
            yield "    operation: login"
            yield '    body: "<username>{username}</username><apiKey>{password}</apiKey>"'
            yield "    session: loginReturn"

    def entities(self) -> Iterator[Entity]:
        """One for each thing that some operation answers a list of, asked by the first such."""
        seen: set[str] = set()
        for port in _all(self._root, "portType"):
            for operation in _all(port, "operation"):
                entity = self._entity(operation)
                if entity is not None and entity.name not in seen:
                    seen.add(entity.name)
                    yield entity

    def _entity(self, operation: Any) -> Entity | None:
        asked, answered = (self._of_message(operation, way) for way in ("input", "output"))
        body = self._body(asked)
        rows = self._rows(answered, "", 0)
        if body is None or rows is None:
            return None
        path, kind = rows
        told, single = body
        return Entity(
            name=kind,
            place=str(operation.get("name")),
            fields=tuple(self._fields(kind, "", 0)),
            asks={
                "operation": str(operation.get("name")),
                "body": told,
                "rows": path,
                **({"batch": "1"} if single else {}),
            },
        )

    def _of_message(self, operation: Any, way: str) -> tuple[_Child, ...]:
        """The children of what goes in or out, in document style and in that of RPC."""
        told = next((one.get("message") for one in operation if local(one) == way), None)
        message = self._messages.get(_plain(told))
        if message is None:
            return ()
        parts = list(_all(message, "part"))
        if len(parts) == 1 and parts[0].get("element"):
            return self._children_of_element(_plain(parts[0].get("element")))
        return tuple(_Child(one.get("name", ""), _plain(one.get("type"))) for one in parts)

    def _children_of_element(self, name: str) -> tuple[_Child, ...]:
        element = self._elements.get(name)
        if element is None:
            return ()
        told = element.get("type")
        return self._children(element if told is None else self._types.get(_plain(told)))

    def _children(self, kind: Any) -> tuple[_Child, ...]:
        if kind is None:
            return ()
        return tuple(
            _Child(str(one.get("name")), _plain(one.get("type")), one.get("maxOccurs", "1") != "1")
            for one in _all(kind, "element")
            if one.get("name") and one is not kind
        )

    def _body(self, asked: tuple[_Child, ...]) -> tuple[str, bool] | None:
        """A body that asks by keys, and whether it takes one key only."""
        session = "".join(
            f"<{one.name}>{{session}}</{one.name}>"
            for one in asked
            if words_of(one.name) in _SESSION
        )
        for one in asked:
            if words_of(one.name).split()[-1:] and words_of(one.name).split()[-1] in _KEYS:
                if words_of(one.name) in _SESSION:
                    continue
                inner = self._children(self._types.get(one.type))
                if inner and inner[0].many:
                    item = f"<{inner[0].name}>{{keys}}</{inner[0].name}>"
                    return f"{session}<{one.name}>{item}</{one.name}>", False
                return f"{session}<{one.name}>{{keys}}</{one.name}>", not one.many
        return None

    def _rows(self, children: tuple[_Child, ...], above: str, depth: int) -> tuple[str, str] | None:
        """The way to a list of things, and their type."""
        for one in children:
            path = f"{above}{one.name}"
            inner = self._children(self._types.get(one.type))
            if one.many and inner:
                return path, one.type
            if inner and depth < _DEEPEST:
                found = self._rows(inner, f"{path}/", depth + 1)
                if found is not None:
                    return found
        return None

    def _fields(self, kind: str, above: str, depth: int) -> Iterator[Found]:
        for one in self._children(self._types.get(kind)):
            inner, path = self._children(self._types.get(one.type)), f"{above}{one.name}"
            if not inner:
                yield Found(path=path, holds=_HOLDS.get(one.type, Holds.TEXT))
            elif depth < _DEEPEST:
                many = one if one.many else next((two for two in inner if two.many), None)
                if many is None:
                    yield from self._fields(one.type, f"{path}.", depth + 1)
                    continue
                rows = path if one.many else f"{path}.{many.name}"
                below = tuple(self._fields(many.type, "", depth + 1))
                if below:
                    yield Found(path=rows, holds=Holds.LIST, fields=below)


def _plain(told: str | None) -> str:
    return (told or "").rpartition(":")[2]


def _all(element: Any, name: str) -> Iterator[Any]:
    return (one for one in element.iter() if isinstance(one.tag, str) and local(one) == name)


def soap_asking(section: str, entity: Entity, found: Mapping[str, Found]) -> Iterator[str]:
    """The one question that a draft puts: by key."""
    del section, found
    asks = entity.asks
    yield "by_key:"
    yield f"  operation: {asks['operation']}"
    yield f'  body: "{asks["body"]}"'
    yield f"  rows: {asks['rows']}"
    if "batch" in asks:
        yield f"  batch: {asks['batch']}"
