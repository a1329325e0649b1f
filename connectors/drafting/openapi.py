"""An OpenAPI 3 or Swagger 2 document → an outline of its lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.drafting.guess import words_of
from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline
from connectors.drafting.written import written

_DEEPEST = 3
_FORMATS = {"date-time": Holds.INSTANT, "date": Holds.DATE}
_TYPES = {"integer": Holds.NUMBER, "number": Holds.NUMBER, "boolean": Holds.FLAG}
# Where an answer that is no list itself keeps its rows.
_ROWS = ("data", "items", "results", "rows", "records", "list", "content")
_PAGING = {
    "limit": ("limit", "per page", "page size", "size", "take"),
    "offset": ("offset", "skip", "start"),
    "sort": ("sort", "order by", "orderby", "sort by"),
    "direction": ("direction", "order", "sort order", "dir"),
}
_KEYS = ("include", "ids", "id in", "numbers", "codes", "id")
_CUSTOMERS = ("customer", "customer id", "member id", "buyer id", "user id")


def read_openapi(document: Mapping[str, Any]) -> Outline:
    """Every path whose GET answers a list of objects."""
    reader = _Reader(document)
    entities, paging = [], dict[str, str]()
    for path, item in (document.get("paths") or {}).items():
        operation = item.get("get") if isinstance(item, Mapping) else None
        if "{" in path or not isinstance(operation, Mapping):
            continue
        fields = reader.row(operation)
        if fields:
            parameters = reader.parameters(item, operation)
            paging = paging or _named(_PAGING, parameters)
            entities.append(_entity(path, fields, parameters))
    if not entities:
        raise DraftError("no GET of this document answers a list of objects")
    title = str((document.get("info") or {}).get("title") or "a REST interface")
    names = {**{name: name for name in _PAGING}, **paging}
    told = ", ".join(f"{name}: {written(names[name])}" for name in _PAGING)
    doubt = "" if len(paging) == len(_PAGING) else "  # guessed: how does it page and sort?"
    head = (f"paging: {{ {told} }}{doubt}",)
    return Outline(protocol="rest", title=title, entities=tuple(entities), head=head)


def _entity(path: str, fields: tuple[Found, ...], parameters: list[str]) -> Entity:
    asks = {}
    for ask, names in (("keys", _KEYS), ("customer", _CUSTOMERS)):
        by_words = {words_of(one): one for one in parameters}
        found = next((by_words[name] for name in names if name in by_words), None)
        if found is not None:
            asks[ask] = found
    return Entity(
        name=path.rstrip("/").rpartition("/")[2], place=path.lstrip("/"), fields=fields, asks=asks
    )


def _named(table: Mapping[str, tuple[str, ...]], parameters: list[str]) -> dict[str, str]:
    by_words = {words_of(one): one for one in parameters}
    return {
        ours: by_words[name]
        for ours, names in table.items()
        if (name := next((one for one in names if one in by_words), None)) is not None
    }


class _Reader:
    """Schemas of one document, with their references followed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def row(self, operation: Mapping[str, Any]) -> tuple[Found, ...]:
        """The fields of a row of the list that is answered; nothing where it is no list."""
        for status in ("200", "default", 200):
            answer = self._at((operation.get("responses") or {}).get(status))
            schema = self._at(self._schema(answer))
            inside = self._rows(schema)
            if inside is not None:
                return tuple(self._fields(inside, "", 0))
        return ()

    def parameters(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> list[str]:
        """Names of the parameters of a query."""
        both = [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]
        told = (self._at(one) for one in both)
        return [str(one.get("name")) for one in told if one.get("in") == "query"]

    def _schema(self, answer: Mapping[str, Any]) -> Any:
        content = answer.get("content")
        if isinstance(content, Mapping):
            kinds = [kind for kind in content if "json" in kind]
            return (content.get(kinds[0]) or {}).get("schema") if kinds else None
        return answer.get("schema")

    def _rows(self, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if schema.get("type") == "array":
            return self._at(schema.get("items"))
        properties = self._properties(schema)
        for name in _ROWS:
            inner = self._at(properties.get(name))
            if inner.get("type") == "array":
                return self._at(inner.get("items"))
        return None

    def _fields(self, schema: Mapping[str, Any], above: str, depth: int) -> Iterator[Found]:
        for name, told in self._properties(schema).items():
            inner, path = self._at(told), f"{above}{name}"
            kind = inner.get("type")
            if kind == "array":
                below = self._at(inner.get("items"))
                inside = tuple(self._fields(below, "", depth + 1)) if depth < _DEEPEST else ()
                if inside:
                    yield Found(path=path, holds=Holds.LIST, fields=inside)
            elif self._properties(inner):
                if depth < _DEEPEST:
                    yield from self._fields(inner, f"{path}.", depth + 1)
            else:
                holds = _FORMATS.get(str(inner.get("format"))) or _TYPES.get(str(kind), Holds.TEXT)
                words = tuple(str(one) for one in inner.get("enum") or ())
                yield Found(path=path, holds=holds, words=words)

    def _properties(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(schema.get("properties") or {})
        for part in schema.get("allOf") or ():
            found |= self._properties(self._at(part))
        return found

    def _at(self, told: Any) -> Mapping[str, Any]:
        """What a reference inside the document leads to; others are no answer."""
        for _ in range(_DEEPEST):
            reference = told.get("$ref") if isinstance(told, Mapping) else None
            if not isinstance(reference, str) or not reference.startswith("#/"):
                break
            told = self._document
            for step in reference[2:].split("/"):
                word = step.replace("~1", "/").replace("~0", "~")
                told = told.get(word) if isinstance(told, Mapping) else None
        return told if isinstance(told, Mapping) else {}
