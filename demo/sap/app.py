"""The simulated SAP system: logon, client, token, and the doors of both versions of OData."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Action, Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED, make_retailer
from demo.sap.batch import answer_batch
from demo.sap.book import Book
from demo.sap.failures import LOGON_PAGE, SapError, xml_text
from demo.sap.logon import CLIENT, Logon
from demo.sap.misbehaving import WriteFaults
from demo.sap.orders import SalesOrders
from demo.sap.session import Sessions
from demo.sap.tables import make_tables
from demo.sap.units import Lost, Units
from demo.sap.v2 import Version2
from demo.sap.v4 import Version4
from demo.sap.writing import Written

V2_ROOT: Final = "/sap/opu/odata/sap"
V4_ROOT: Final = "/sap/opu/odata4/sap"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "MERGE", "DELETE"]
_POLL_SECONDS: Final = 0.05


class Version(Protocol):
    """One version of OData over the tables."""

    def read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        """The answer to a GET; SapError for what the Gateway refuses."""

    def write(self, service: str, request: Written) -> Response:
        """The answer to a write; SapError for what is refused."""

    def fail(self, error: SapError, query: Mapping[str, str], accept: str) -> Response:
        """The error document."""


def create_sap(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The whole system as one ASGI application with its control door."""
    tally, faults = Tally(), WriteFaults()
    logon, sessions = Logon(tally), Sessions()
    book = Book(make_tables(make_retailer(seed, scale)))
    orders = SalesOrders(book)

    def door(version: Version) -> _Door:
        return _Door(version, logon, sessions, Units(book, orders, version, faults))

    unversioned = "{service}/{path:path}"
    deep = "{group}/srvd_a2x/sap/{service}/{version}/{path:path}"
    version2, version4 = Version2(book, orders, tally), Version4(book, orders, tally)
    routes = [
        Route(f"{V2_ROOT}/{unversioned}", door(version2).answer, methods=_METHODS),
        Route(f"{V4_ROOT}/{deep}", door(version4).answer, methods=_METHODS),
    ]
    text = xml_text("/IWFND/CM_CONSUMER/101", "An exception was raised")
    actions = {**_actions(logon, sessions), "write_fault": faults.order}
    return Box(Starlette(routes=routes), tally, actions=actions, xml_error=text)


def _actions(logon: Logon, sessions: Sessions) -> dict[str, Action]:
    """What an administrator, or time, does."""

    def unlock(_: dict[str, object]) -> dict[str, object]:
        logon.unlock()
        return {"locked": logon.locked}

    def end_sessions(_: dict[str, object]) -> dict[str, object]:
        return {"ended": sessions.end()}

    def expire_tokens(_: dict[str, object]) -> dict[str, object]:
        return {"expired": sessions.expire()}

    return {"unlock": unlock, "end_sessions": end_sessions, "expire_tokens": expire_tokens}


class _Door:
    """Everything between a request and what a version answers."""

    def __init__(self, version: Version, logon: Logon, sessions: Sessions, units: Units) -> None:
        self._version = version
        self._logon = logon
        self._sessions = sessions
        self._units = units

    async def answer(self, request: Request) -> Response:
        if refusal := self._logon.check(request):
            return refusal
        if request.query_params.get("sap-client") != CLIENT:
            return Response(LOGON_PAGE, media_type="text/html")
        service, path = request.path_params["service"], request.path_params["path"]
        if request.method in {"GET", "HEAD"}:
            accept = request.headers.get("accept", "")
            response = self._read(service, path, request.query_params, accept)
            self._sessions.offer(request, response)
            return response
        if not self._sessions.holds(request):
            refused = {"x-csrf-token": "Required"}
            text = "CSRF token validation failed"
            return Response(text, 403, refused, media_type="text/plain")
        try:
            return await self._write(request, service, path)
        except Lost:
            while not await request.is_disconnected():  # noqa: ASYNC110 - Starlette has no event
                await asyncio.sleep(_POLL_SECONDS)
            raise ConnectionResetError("hung up") from None

    async def _write(self, request: Request, service: str, path: str) -> Response:
        if (request.method, path) == ("POST", "$batch"):
            return await answer_batch(
                request,
                lambda part, query, accept: self._read(service, part, query, accept),
                lambda parts: self._units.apply(service, parts),
                lambda error, accept: self._version.fail(error, {}, accept),
            )
        headers: Mapping[str, Any] = request.headers
        method = headers.get("x-http-method", request.method)
        written = Written(method, path, headers, await request.body())
        try:
            return self._units.apply(service, [("", written)])[0]
        except SapError as error:
            return self._version.fail(error, request.query_params, headers.get("accept", ""))

    def _read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        try:
            return self._version.read(service, path, query, accept)
        except SapError as error:
            return self._version.fail(error, query, accept)
