"""OData 4.0 over the tables: plain dates, numbers as numbers, links without a host."""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import orjson
from starlette.responses import Response

from demo.faults import Tally
from demo.sap.book import Book
from demo.sap.failures import SapError, bad, missing
from demo.sap.model import Entity, Service
from demo.sap.model_v4 import SERVICES_V4, old_row, old_set, rename_row, rename_tables
from demo.sap.orders import SalesOrders
from demo.sap.predicate import canonical, find_property, is_scan
from demo.sap.query import cut_page, find_rows
from demo.sap.query_v4 import Shape, read_options_v4, read_shape
from demo.sap.render import write_etag
from demo.sap.tables import Links, Row
from demo.sap.v2 import KEY_PART
from demo.sap.writing import Writing, Written

_SEGMENT: Final = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<way>\$?\w+))?")
_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode
_KIND: Final = "application/json;odata.metadata=minimal;odata.streaming=true"


class Version4:
    """Everything between a path and its answer."""

    version = 4

    def __init__(self, book: Book, orders: SalesOrders, tally: Tally) -> None:
        self._tally = tally
        self._book = book
        self._writing = Writing(book, orders, self)
        self._turns = count(1)
        self._made = (-1, Links({}))

    @property
    def _links(self) -> Links:
        """Made at the first question, and anew where rows changed: most demos never ask in V4."""
        if self._made[0] != self._book.generation:
            self._made = (self._book.generation, Links(rename_tables(self._book.tables)))
        return self._made[1]

    def read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        """The answer to a GET; SapError for what the Gateway refuses."""
        del accept  # V4 knows JSON only
        body = self._body(self.service(service), path, query)
        response = Response(_ENCODE(body), media_type=_KIND)
        response.headers["odata-version"] = "4.0"
        return response

    def fail(self, error: SapError, query: Mapping[str, str], accept: str) -> Response:
        """The error document: its message is a plain text."""
        del query, accept
        body = {"error": {"code": error.code, "message": error.text, "details": []}}
        return Response(orjson.dumps(body), error.status, media_type="application/json")

    def write(self, service: str, request: Written) -> Response:
        """The answer to a write; SapError for what is refused."""
        response = self._writing.apply(service, request)
        response.headers["odata-version"] = "4.0"
        return response

    def service(self, name: str) -> Service:
        """The service; SapError where there is none."""
        known = SERVICES_V4.get(name)
        if known is None:
            raise SapError(404, "/IWBEP/CM_V4_COS/009", f"Service '{name}' is not published")
        return known

    def old_set(self, name: str) -> str:
        """The entity set of the tables."""
        return old_set(name)

    def old_row(self, entity: Entity, row: Row) -> Row:
        """The fields under the names of the tables."""
        return old_row(entity, row)

    def by_key(self, entity: Entity, text: str) -> Row:
        """The row of the tables that has a key."""
        found = self._by_key(entity, text)
        rows = self._book.links.find(old_set(entity.set), "SalesOrder", found["SalesOrder"])
        names = [name for name in entity.keys if name != "SalesOrder"]
        return next(row for row in rows if all(row[name] == found[name] for name in names))

    def created(self, service: Service, entity: Entity, row: Row) -> Response:
        """The new entity, with its tag."""
        renamed = rename_row(row)
        body = {"@odata.context": f"$metadata#{entity.set}/$entity"}
        body |= self._written(service, entity, renamed, Shape())
        headers = {"etag": body["@odata.etag"]} if "@odata.etag" in body else None
        return Response(_ENCODE(body), 201, headers, media_type=_KIND)

    def _body(self, service: Service, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        if path == "":
            sets = [{"name": name, "url": name} for name in service.entities]
            return {"@odata.context": "$metadata", "value": sets}
        found = _SEGMENT.fullmatch(path)
        entity = service.entities.get(found["set"]) if found else None
        if found is None or entity is None:
            raise missing(f"Resource not found for the segment '{path.partition('/')[0]}'.")
        if found["key"] is None and found["way"] is None:
            return self._collection(service, entity, self._links.tables[entity.set], path, query)
        row = self._by_key(entity, found["key"] or "")
        way = entity.navigations.get(found["way"] or "")
        if found["way"] is None:
            shape = read_shape(service, entity, query)
            context = {"@odata.context": f"$metadata#{entity.set}/$entity"}
            return context | self._written(service, entity, row, shape)
        if way is None:
            raise missing(f"Resource not found for the segment '{found['way']}'.")
        target = service.entities[way.target]
        return self._collection(service, target, self._links.follow(row, way), path, query)

    def _collection(
        self, service: Service, entity: Entity, rows: list[Row], path: str, query: Mapping[str, str]
    ) -> dict[str, Any]:
        options = read_options_v4(entity, query)
        shape = read_shape(service, entity, query)
        found = find_rows(entity, rows, options)
        if rows is self._links.tables[entity.set] and is_scan(options.filter, entity):
            self._tally.scans += 1
        page = cut_page(entity, found, options, next(self._turns))
        body: dict[str, Any] = {"@odata.context": f"$metadata#{entity.set}"}
        if options.count:
            body["@odata.count"] = page.total
        body["value"] = [self._written(service, entity, row, shape) for row in page.rows]
        if page.next is not None:
            kept = {name: value for name, value in query.items() if name != "$skiptoken"}
            link = urlencode({**kept, "$skiptoken": str(page.next)}, safe="$,()")
            body["@odata.nextLink"] = f"{path}?{link}"
        return body

    def _by_key(self, entity: Entity, text: str) -> Row:
        parts = [(part["name"], part["value"]) for part in KEY_PART.finditer(text)]
        named = {name or entity.keys[0]: value.replace("''", "'") for name, value in parts}
        if set(named) != set(entity.keys):
            raise bad(f"The key of '{entity.set}' is {', '.join(entity.keys)}")
        for row in self._links.tables[entity.set]:
            if all(_same(entity, name, row[name], value) for name, value in named.items()):
                return row
        raise missing(f"Entity of '{entity.set}' not found")

    def _written(self, service: Service, entity: Entity, row: Row, shape: Shape) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if entity.etag:
            made["@odata.etag"] = write_etag(row[entity.etag])
        for name, prop in entity.properties.items():
            if not shape.select or name in shape.select:
                made[name] = _value(prop.type, row[name])
        for name, inner in shape.expand.items():
            way = entity.navigations[name]
            target = service.entities[way.target]
            rows = self._links.follow(row, way)
            made[name] = [self._written(service, target, one, inner) for one in rows]
        return made


def _same(entity: Entity, name: str, held: Any, asked: str) -> bool:
    prop = find_property(entity, name)
    return bool(canonical(prop, held) == canonical(prop, asked))


def _value(kind: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if kind == "Edm.Date" else f"{value:%Y-%m-%dT%H:%M:%S}Z"
    return value
