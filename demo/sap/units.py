"""Units of writing: a single request, or a change set of a batch, that is done wholly or not."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from starlette.responses import Response

from demo.sap.book import Book
from demo.sap.failures import SapError
from demo.sap.misbehaving import WriteFaults
from demo.sap.orders import SalesOrders
from demo.sap.writing import Written

_NUMBER: Final = re.compile(r"'(\d{1,10})'")
# A part may go on with what an earlier part of its change set made.
_REFERENCE: Final = re.compile(r"\$(\w+)(?=/|$)")


class Lost(Exception):
    """The write took effect and its answer never arrives."""


class Version(Protocol):
    """One version of OData, as far as it writes."""

    def write(self, service: str, request: Written) -> Response:
        """The answer to a write; SapError for what is refused."""


class Units:
    """Applies units in the mood of the day."""

    def __init__(
        self, book: Book, orders: SalesOrders, version: Version, faults: WriteFaults
    ) -> None:
        self._book = book
        self._orders = orders
        self._version = version
        self._faults = faults

    def apply(self, service: str, requests: Sequence[tuple[str, Written]]) -> list[Response]:
        """The answers of a unit, each request under its Content-ID; SapError undoes it whole."""
        mode = self._faults.next()
        self._faults.before(mode, lambda: self._touch(requests))
        with self._book.whole():
            answers = self._applied(service, requests)
        if mode == "lost_after":
            raise Lost
        if mode == "error_after":
            raise SapError(503, "/IWFND/CM_CONSUMER/102", "Service Unavailable")
        if mode == "number_lost":
            return [Response(status_code=one.status_code) for one in answers]
        return answers

    def _applied(self, service: str, requests: Sequence[tuple[str, Written]]) -> list[Response]:
        answers: list[Response] = []
        made: dict[str, str] = {}
        for name, request in requests:
            path = _REFERENCE.sub(lambda found: made.get(found[1], found[0]), request.path)
            written = Written(request.method, path, request.headers, request.body)
            answer = self._version.write(service, written)
            if answer.status_code == 201:  # noqa: PLR2004 - Created
                made[name] = f"{path}('{self._orders.newest}')"
            answers.append(answer)
        return answers

    def _touch(self, requests: Sequence[tuple[str, Written]]) -> None:
        """Somebody else changes the first document that is written to."""
        found = (_NUMBER.search(request.path) for _, request in requests)
        number = next((one[1] for one in found if one), None)
        if number is not None:
            self._orders.touch(self._orders.order(number))
