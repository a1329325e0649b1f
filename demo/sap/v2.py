"""OData 2.0 over the tables: resource path, page, entity."""

import re
from collections.abc import Mapping
from itertools import count
from typing import Final

import orjson
from starlette.responses import Response

from demo.faults import Tally
from demo.sap.book import Book
from demo.sap.failures import SapError, bad, error_json, error_xml, missing
from demo.sap.model import SERVICES, Entity, Service, write_metadata
from demo.sap.orders import SalesOrders
from demo.sap.predicate import canonical, find_property, is_scan
from demo.sap.query import cut_page, find_rows, next_link, read_options
from demo.sap.render import Writer
from demo.sap.tables import Row
from demo.sap.writing import Writing, Written

HOST: Final = "http://s4h.internal:8000"  # the name that SAP believes in
ROOT: Final = "/sap/opu/odata/sap"
_SEGMENT: Final = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<way>\$?\w+))?")
KEY_PART: Final = re.compile(r"(?:(?P<name>\w+)=)?'(?P<value>(?:[^']|'')*)'")


class Version2:
    """Everything between a path and its answer."""

    version = 2

    def __init__(self, book: Book, orders: SalesOrders, tally: Tally) -> None:
        self._tally = tally
        self._book = book
        self._writing = Writing(book, orders, self)
        self._turns = count(1)

    def read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        """The answer to a GET; SapError for what the Gateway refuses."""
        response = self._read(service, path, query, accept)
        response.headers["dataserviceversion"] = "2.0"
        return response

    def fail(self, error: SapError, query: Mapping[str, str], accept: str) -> Response:
        """The error document, which is XML unless JSON was asked for."""
        return error_json(error) if _wants_json(query, accept) else error_xml(error)

    def write(self, service: str, request: Written) -> Response:
        """The answer to a write; SapError for what is refused."""
        response = self._writing.apply(service, request)
        response.headers["dataserviceversion"] = "2.0"
        return response

    def service(self, name: str) -> Service:
        """The service; SapError where there is none."""
        service = SERVICES.get(name)
        if service is None:
            text = f"No service found for namespace '', name '{name}'"
            raise SapError(403, "/IWFND/MED/170", text)
        return service

    def old_set(self, name: str) -> str:
        """The tables are named as this version names them."""
        return name

    def old_row(self, entity: Entity, row: Row) -> Row:
        """As it is."""
        del entity
        return row

    def created(self, service: Service, entity: Entity, row: Row) -> Response:
        """The new entity, with its address and its tag."""
        body = self._writer(service).write(entity, row, {}, {})
        headers = {"location": body["__metadata"]["uri"]}
        if "etag" in body["__metadata"]:
            headers["etag"] = body["__metadata"]["etag"]
        return Response(orjson.dumps({"d": body}), 201, headers, media_type="application/json")

    def _read(self, name: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        service = self.service(name)
        if path == "$metadata":
            return Response(write_metadata(service), media_type="application/xml")
        if not _wants_json(query, accept):
            raise SapError(415, "/IWFND/CM_CONSUMER/415", "Ask for JSON: $format=json")
        if path == "":
            return _json({"EntitySets": list(service.entities)})
        return self._resource(service, path, query)

    def _resource(self, service: Service, path: str, query: Mapping[str, str]) -> Response:
        found = _SEGMENT.fullmatch(path)
        entity = service.entities.get(found["set"]) if found else None
        if found is None or entity is None:
            raise missing(f"Resource not found for the segment '{path.partition('/')[0]}'.")
        if found["key"] is None:
            if found["way"] not in {None, "$count"}:
                raise missing(f"Resource not found for the segment '{found['way']}'.")
            rows = self._book.tables[entity.set]
            return self._collection(service, entity, rows, path, query)
        row = self.by_key(entity, found["key"])
        if found["way"] is None:
            options = read_options(service, entity, query)
            writer = self._writer(service)
            return _json(writer.write(entity, row, options.select, options.expand))
        way = entity.navigations.get(found["way"])
        if way is None:
            raise missing(f"Resource not found for the segment '{found['way']}'.")
        target = service.entities[way.target]
        return self._collection(service, target, self._book.links.follow(row, way), path, query)

    def _collection(
        self, service: Service, entity: Entity, rows: list[Row], path: str, query: Mapping[str, str]
    ) -> Response:
        options = read_options(service, entity, query)
        found = find_rows(entity, rows, options)
        if rows is self._book.tables[entity.set] and is_scan(options.filter, entity):
            self._tally.scans += 1
        if path.endswith("$count"):
            return Response(str(len(found)), media_type="text/plain")
        page = cut_page(entity, found, options, next(self._turns))
        writer = self._writer(service)
        results = [writer.write(entity, row, options.select, options.expand) for row in page.rows]
        body: dict[str, object] = {"results": results}
        if options.count:
            body["__count"] = str(page.total)
        if page.next is not None:
            root = f"{HOST}{ROOT}/{service.name}"
            body["__next"] = next_link(root, path, query, page.next)
        return _json(body)

    def by_key(self, entity: Entity, text: str) -> Row:
        """The row of a key; SapError for a key that is none or nobody's."""
        parts = [(part["name"], part["value"]) for part in KEY_PART.finditer(text)]
        if len(parts) != len(entity.keys):
            raise bad(f"The key of '{entity.set}' has {len(entity.keys)} parts")
        names = {name or entity.keys[0]: value.replace("''", "'") for name, value in parts}
        if set(names) != set(entity.keys):
            raise bad(f"The key of '{entity.set}' is {', '.join(entity.keys)}")
        wanted = {name: canonical(find_property(entity, name), names[name]) for name in entity.keys}
        first = entity.keys[0]
        stored = wanted[first].lstrip("0") if wanted[first].isdigit() else wanted[first]
        for row in self._book.links.find(entity.set, first, stored):
            if all(canonical(entity.properties[n], row[n]) == v for n, v in wanted.items()):
                return row
        raise missing(f"Resource not found for segment '{entity.type}'")

    def _writer(self, service: Service) -> Writer:
        return Writer(service, self._book.links, f"{HOST}{ROOT}/{service.name}")


def _wants_json(query: Mapping[str, str], accept: str) -> bool:
    if wanted := query.get("$format"):
        return wanted == "json"
    return "json" in accept


def _json(value: object) -> Response:
    return Response(orjson.dumps({"d": value}), media_type="application/json")
