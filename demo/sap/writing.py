"""Writes over either version of OData: path, precondition, body, and what is answered."""

import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from msgspec import Struct
from starlette.responses import Response

from demo.sap.bodies import read_body, read_entity
from demo.sap.book import Book
from demo.sap.failures import SapError, missing
from demo.sap.model import Entity, Service
from demo.sap.orders import ITEM, ORDER, TEXT, SalesOrders
from demo.sap.render import write_etag
from demo.sap.tables import Row

_PATH: Final = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<way>\w+))?")
_CHANGES: Final = frozenset({"MERGE", "PATCH", "PUT"})


class Written(Struct, frozen=True):
    """One write request, wherever it came from."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Tongue(Protocol):
    """What a version of OData calls things, and how it writes them."""

    version: int

    def service(self, name: str) -> Service:
        """The service; SapError where there is none."""

    def old_set(self, name: str) -> str:
        """The entity set of the tables."""

    def old_row(self, entity: Entity, row: Row) -> Row:
        """A row as the tables name its fields."""

    def by_key(self, entity: Entity, text: str) -> Row:
        """The row of a key, of the tables; SapError for none."""

    def created(self, service: Service, entity: Entity, row: Row) -> Response:
        """The answer to what was made."""


class Writing:
    """Applies writes; whoever calls decides what is one unit."""

    def __init__(self, book: Book, orders: SalesOrders, tongue: Tongue) -> None:
        self._book = book
        self._orders = orders
        self._tongue = tongue

    def apply(self, service_name: str, request: Written) -> Response:
        """Carry one write out; SapError for a refusal."""
        service = self._tongue.service(service_name)
        found = _PATH.fullmatch(request.path)
        entity = service.entities.get(found["set"]) if found else None
        if found is None or entity is None:
            raise missing(f"Resource not found for the segment '{request.path.partition('/')[0]}'.")
        made = self._tongue.old_set(entity.set)
        if found["key"] is None:
            if request.method != "POST" or made != ORDER or found["way"]:
                raise _not_allowed()
            return self._create(service, entity, request)
        row = self._tongue.by_key(entity, found["key"])
        if found["way"] is not None:
            return self._below(service, entity, row, found["way"], request)
        if request.method not in _CHANGES:
            raise _not_allowed()
        return self._change(service, entity, made, row, request)

    def _create(self, service: Service, entity: Entity, request: Written) -> Response:
        given = self._read(service, entity, request)
        return self._tongue.created(service, entity, self._orders.create(given))

    def _below(
        self, service: Service, entity: Entity, row: Row, way: str, request: Written
    ) -> Response:
        target = entity.navigations.get(way)
        if target is None:
            raise missing(f"Resource not found for the segment '{way}'.")
        if request.method != "POST" or self._tongue.old_set(target.target) != TEXT:
            raise _not_allowed()
        below = service.entities[target.target]
        self._check(row, request)
        made = self._orders.add_text(row, self._read(service, below, request))
        return self._tongue.created(service, below, made)

    def _change(
        self, service: Service, entity: Entity, made: str, row: Row, request: Written
    ) -> Response:
        self._check(self._orders.order(row["SalesOrder"]), request)
        given = self._read(service, entity, request)
        if made == ORDER:
            self._orders.change_header(row, given)
        elif made == ITEM:
            self._orders.change_item(row, given)
        elif made == TEXT:
            self._orders.change_text(row, given)
        else:
            raise _not_allowed()
        return Response(status_code=204)

    def _read(self, service: Service, entity: Entity, request: Written) -> Row:
        body: dict[str, Any] = read_body(request.body)
        given = read_entity(service, entity, body, self._tongue.version)
        return self._tongue.old_row(entity, given)

    def _check(self, header: Row, request: Written) -> None:
        """The root's tag guards everything that is below it, as it was when the unit began."""
        given = request.headers.get("if-match")
        if given is None:
            raise SapError(428, "/IWBEP/CM_MGW_RT/038", "Precondition required: If-Match")
        if given not in {"*", write_etag(self._book.begun(header)["LastChangeDateTime"])}:
            raise SapError(412, "/IWBEP/CM_MGW_RT/023", "Precondition failed: the entity changed")


def _not_allowed() -> SapError:
    return SapError(405, "/IWBEP/CM_MGW/501", "Method not allowed on this resource")
