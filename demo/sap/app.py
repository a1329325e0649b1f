"""The simulated SAP system: logon, client, token, and the doors of both versions of OData."""

from collections.abc import Mapping
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED, make_retailer
from demo.sap.batch import answer_batch
from demo.sap.failures import LOGON_PAGE, SapError, xml_text
from demo.sap.logon import CLIENT, Logon
from demo.sap.session import Sessions
from demo.sap.tables import make_tables
from demo.sap.v2 import Version2
from demo.sap.v4 import Version4

V2_ROOT: Final = "/sap/opu/odata/sap"
V4_ROOT: Final = "/sap/opu/odata4/sap"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Version(Protocol):
    """One version of OData over the tables."""

    def read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        """The answer to a GET; SapError for what the Gateway refuses."""

    def fail(self, error: SapError, query: Mapping[str, str], accept: str) -> Response:
        """The error document."""


def create_sap(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The whole system as one ASGI application with its control door."""
    tally = Tally()
    logon, sessions = Logon(tally), Sessions()
    tables = make_tables(make_retailer(seed, scale))
    version2 = _Door(Version2(tables, tally), logon, sessions)
    version4 = _Door(Version4(tables, tally), logon, sessions)

    def unlock(_: dict[str, object]) -> dict[str, object]:
        logon.unlock()
        return {"locked": logon.locked}

    def end_sessions(_: dict[str, object]) -> dict[str, object]:
        return {"ended": sessions.end()}

    unversioned = "{service}/{path:path}"
    deep = "{group}/srvd_a2x/sap/{service}/{version}/{path:path}"
    routes = [
        Route(f"{V2_ROOT}/{unversioned}", version2.answer, methods=_METHODS),
        Route(f"{V4_ROOT}/{deep}", version4.answer, methods=_METHODS),
    ]
    text = xml_text("/IWFND/CM_CONSUMER/101", "An exception was raised")
    actions = {"unlock": unlock, "end_sessions": end_sessions}
    return Box(Starlette(routes=routes), tally, actions=actions, xml_error=text)


class _Door:
    """Everything between a request and what a version answers."""

    def __init__(self, version: Version, logon: Logon, sessions: Sessions) -> None:
        self._version = version
        self._logon = logon
        self._sessions = sessions

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
        if (request.method, path) == ("POST", "$batch"):
            return await answer_batch(
                request, lambda part, query, accept: self._read(service, part, query, accept)
            )
        error = SapError(405, "/IWBEP/CM_MGW/501", "Method not allowed on this resource")
        return self._version.fail(error, {"$format": "json"}, "")

    def _read(self, service: str, path: str, query: Mapping[str, str], accept: str) -> Response:
        try:
            return self._version.read(service, path, query, accept)
        except SapError as error:
            return self._version.fail(error, query, accept)
