"""OData 4.0 over the tables: plain dates, numbers as numbers, links without a host."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import orjson
from starlette.responses import Response

from demo.faults import Tally
from demo.sap.failures import SapError, bad, missing
from demo.sap.model import Entity, Service
from demo.sap.model_v4 import SERVICES_V4, rename_tables
from demo.sap.predicate import canonical, find_property, is_scan
from demo.sap.query import cut_page, find_rows
from demo.sap.query_v4 import Shape, read_options_v4, read_shape
from demo.sap.render import write_etag
from demo.sap.tables import Links, Row, Tables
from demo.sap.v2 import KEY_PART

_SEGMENT: Final = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<way>\$?\w+))?")
_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode
_KIND: Final = "application/json;odata.metadata=minimal;odata.streaming=true"


class Version4:
    """Everything between a path and its answer."""

    def __init__(self, tables: Tables, tally: Tally) -> None:
        self._tally = tally
        self._old = tables
        self._turns = count(1)

    @cached_property
    def _tables(self) -> Tables:
        """Made at the first question: most demos never ask in V4."""
        return rename_tables(self._old)

    @cached_property
    def _links(self) -> Links:
        return Links(self._tables)

    def read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        """The answer to a GET; SapError for what the Gateway refuses."""
        del accept  # V4 knows JSON only
        known = SERVICES_V4.get(service)
        if known is None:
            raise SapError(404, "/IWBEP/CM_V4_COS/009", f"Service '{service}' is not published")
        body = self._body(known, path, query)
        response = Response(_ENCODE(body), media_type=_KIND)
        response.headers["odata-version"] = "4.0"
        return response

    def fail(self, error: SapError, query: Mapping[str, str], accept: str) -> Response:
        """The error document: its message is a plain text."""
        del query, accept
        body = {"error": {"code": error.code, "message": error.text, "details": []}}
        return Response(orjson.dumps(body), error.status, media_type="application/json")

    def _body(self, service: Service, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        if path == "":
            sets = [{"name": name, "url": name} for name in service.entities]
            return {"@odata.context": "$metadata", "value": sets}
        found = _SEGMENT.fullmatch(path)
        entity = service.entities.get(found["set"]) if found else None
        if found is None or entity is None:
            raise missing(f"Resource not found for the segment '{path.partition('/')[0]}'.")
        if found["key"] is None and found["way"] is None:
            return self._collection(service, entity, self._tables[entity.set], path, query)
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
        if rows is self._tables[entity.set] and is_scan(options.filter, entity):
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
        for row in self._tables[entity.set]:
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
