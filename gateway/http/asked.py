"""One HTTP request to the graph, its headers read once."""

from collections.abc import Sequence

from starlette.types import Receive, Scope

from gateway.http.request_id import request_id_of


class Asked:
    """What a request says, and what is found out about it on its way: `role`, `operation`.

    `body_due` is the moment, of `time.monotonic`, until which its body must have come; None while
    nobody waits for one.

    Of a header that stands twice the first counts, as everywhere here, but where lines are added on
    the way: `whole` has all of them.
    """

    __slots__ = (
        "_headers",
        "_lines",
        "body_due",
        "method",
        "operation",
        "peer",
        "query_string",
        "receive",
        "request_id",
        "role",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._lines: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self._headers: dict[bytes, bytes] = dict(reversed(self._lines))
        self.method: str = scope.get("method", "GET")  # a socket begins as one
        client = scope.get("client")
        self.peer: str | None = client[0] if client else None
        self.query_string: bytes = scope["query_string"]
        self.receive = receive
        self.request_id = request_id_of(self._headers.get(b"x-request-id"))
        self.body_due: float | None = None
        self.role: str | None = None
        self.operation: str | None = None

    def header(self, name: bytes) -> bytes | None:
        """The value of a header, by its name in small letters."""
        return self._headers.get(name)

    def whole(self, name: bytes) -> bytes | None:
        """All lines of a header as one list, in their order."""
        found = [value for one, value in self._lines if one == name]
        return b",".join(found) if found else None
