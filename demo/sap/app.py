"""The simulated SAP system: logon, client, resource path, answer."""

import re
from collections.abc import Mapping
from itertools import count
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED, make_retailer
from demo.sap.failures import LOGON_PAGE, SapError, bad, error_json, error_xml, missing, xml_text
from demo.sap.logon import CLIENT, Logon
from demo.sap.model import SERVICES, Entity, Service, write_metadata
from demo.sap.predicate import canonical, find_property, is_scan
from demo.sap.query import cut_page, find_rows, next_link, read_options
from demo.sap.render import Writer
from demo.sap.tables import Links, Row, make_tables

HOST: Final = "http://s4h.internal:8000"  # the name that SAP believes in
ROOT: Final = "/sap/opu/odata/sap"
_TOKEN: Final = "kq3VwE9nT0uXcN1aYd7RbQ=="  # noqa: S105 - invented
_COOKIE: Final = "SAP_SESSIONID_S4H_100=demo; path=/; HttpOnly"
_SEGMENT: Final = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<way>\$?\w+))?")
_KEY_PART: Final = re.compile(r"(?:(?P<name>\w+)=)?'(?P<value>(?:[^']|'')*)'")


def create_sap(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The whole system as one ASGI application with its control door."""
    tally = Tally()
    logon = Logon(tally)
    system = _System(tally, logon, seed, scale)

    def unlock(_: dict[str, object]) -> dict[str, object]:
        logon.unlock()
        return {"locked": logon.locked}

    path = f"{ROOT}/{{service}}/{{path:path}}"
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    app = Starlette(routes=[Route(path, system.answer, methods=methods)])
    text = xml_text("/IWFND/CM_CONSUMER/101", "An exception was raised")
    return Box(app, tally, actions={"unlock": unlock}, xml_error=text)


class _System:
    """Everything between a path and its answer."""

    def __init__(self, tally: Tally, logon: Logon, seed: int, scale: int) -> None:
        self._tally = tally
        self._logon = logon
        self._tables = make_tables(make_retailer(seed, scale))
        self._links = Links(self._tables)
        self._turns = count(1)

    async def answer(self, request: Request) -> Response:
        if refusal := self._logon.check(request):
            return refusal
        if request.query_params.get("sap-client") != CLIENT:
            return Response(LOGON_PAGE, media_type="text/html")
        if request.method not in {"GET", "HEAD"}:
            return _no_writing(request)
        try:
            response = self._read(request)
        except SapError as error:
            return error_json(error) if _wants_json(request) else error_xml(error)
        if request.headers.get("x-csrf-token", "").lower() == "fetch":
            response.headers["x-csrf-token"] = _TOKEN
            response.headers["set-cookie"] = _COOKIE
        response.headers["dataserviceversion"] = "2.0"
        return response

    def _read(self, request: Request) -> Response:
        name, path = request.path_params["service"], request.path_params["path"]
        service = SERVICES.get(name)
        if service is None:
            raise SapError(
                403, "/IWFND/MED/170", f"No service found for namespace '', name '{name}'"
            )
        if path == "$metadata":
            return Response(write_metadata(service), media_type="application/xml")
        if not _wants_json(request):
            raise SapError(415, "/IWFND/CM_CONSUMER/415", "Ask for JSON: $format=json")
        if path == "":
            return _json({"EntitySets": list(service.entities)})
        return self._resource(service, path, request.query_params)

    def _resource(self, service: Service, path: str, query: Mapping[str, str]) -> Response:
        found = _SEGMENT.fullmatch(path)
        entity = service.entities.get(found["set"]) if found else None
        if found is None or entity is None:
            raise missing(f"Resource not found for the segment '{path.partition('/')[0]}'.")
        if found["key"] is None:
            if found["way"] not in {None, "$count"}:
                raise missing(f"Resource not found for the segment '{found['way']}'.")
            rows = self._tables[entity.set]
            return self._collection(service, entity, rows, path, query)
        row = self._by_key(entity, found["key"])
        if found["way"] is None:
            options = read_options(service, entity, query)
            writer = self._writer(service)
            return _json(writer.write(entity, row, options.select, options.expand))
        way = entity.navigations.get(found["way"])
        if way is None:
            raise missing(f"Resource not found for the segment '{found['way']}'.")
        target = service.entities[way.target]
        return self._collection(service, target, self._links.follow(row, way), path, query)

    def _collection(
        self, service: Service, entity: Entity, rows: list[Row], path: str, query: Mapping[str, str]
    ) -> Response:
        options = read_options(service, entity, query)
        found = find_rows(entity, rows, options)
        if rows is self._tables[entity.set] and is_scan(options.filter, entity):
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

    def _by_key(self, entity: Entity, text: str) -> Row:
        parts = [(part["name"], part["value"]) for part in _KEY_PART.finditer(text)]
        if len(parts) != len(entity.keys):
            raise bad(f"The key of '{entity.set}' has {len(entity.keys)} parts")
        names = {name or entity.keys[0]: value.replace("''", "'") for name, value in parts}
        if set(names) != set(entity.keys):
            raise bad(f"The key of '{entity.set}' is {', '.join(entity.keys)}")
        wanted = {name: canonical(find_property(entity, name), names[name]) for name in entity.keys}
        first = entity.keys[0]
        stored = wanted[first].lstrip("0") if wanted[first].isdigit() else wanted[first]
        for row in self._links.find(entity.set, first, stored):
            if all(canonical(entity.properties[n], row[n]) == v for n, v in wanted.items()):
                return row
        raise missing(f"Resource not found for segment '{entity.type}'")

    def _writer(self, service: Service) -> Writer:
        return Writer(service, self._links, f"{HOST}{ROOT}/{service.name}")


def _wants_json(request: Request) -> bool:
    if wanted := request.query_params.get("$format"):
        return wanted == "json"
    return "json" in request.headers.get("accept", "")


def _no_writing(request: Request) -> Response:
    """Writing needs the token first, and then is not offered here."""
    if request.headers.get("x-csrf-token") != _TOKEN:
        text = "CSRF token validation failed"
        return Response(text, 403, {"x-csrf-token": "Required"}, media_type="text/plain")
    return error_json(SapError(405, "/IWFND/CM_MGW/501", "Method not allowed on this resource"))


def _json(value: object) -> Response:
    return Response(orjson.dumps({"d": value}), media_type="application/json")
