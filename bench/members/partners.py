"""A CRM that speaks OData, from bytes prepared before: `python -m bench.members.partners SIZE`.

It reads of a question what the bench's manifest asks: by which date, from which day on, behind
which place, how many. So it is never what is measured; its own ceiling is stated beside.
"""

import asyncio
import re
import sys
from bisect import bisect_left
from datetime import UTC, datetime
from typing import cast
from urllib.parse import unquote_plus

import orjson
import uvloop

from bench.members.crowd import Crowd, Row

_END = b"\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_PAGE = b'{"d":{"results":[%b]}}'
_BEHIND = re.compile(r"eq datetime'([0-9-]+)T[^']*' and BusinessPartner lt '(\d+)'")
_SINCE = re.compile(r"(?:ge|gt) datetime'([0-9-]+)T")
_TOP = re.compile(r"\$top=(\d+)")
_Place = tuple[str, int]


class List:
    """Rows in the order of one date, and within a day by number, the highest first."""

    def __init__(self, rows: list[tuple[_Place, bytes]]) -> None:
        rows.sort(key=lambda one: one[0])
        self._places = [place for place, _ in rows]
        self._bodies = [body for _, body in rows]

    def page(self, text: str, top: int) -> bytes:
        """The rows that a filter asks for."""
        behind, since = _BEHIND.search(text), _SINCE.search(text)
        if behind is not None:
            start = bisect_left(self._places, (behind[1], -int(behind[2]) + 1))
        else:
            start = bisect_left(self._places, (since[1] if since else "", -sys.maxsize))
        return _PAGE % b",".join(self._bodies[start : start + top])


def lists(crowd: Crowd) -> dict[str, List]:
    """The list of all by the day they were made, and of those that changed."""
    made, changed = [], []
    for row in crowd.rows("crm"):
        body = orjson.dumps(_entity(row))
        made.append(((f"{row.joined:%Y-%m-%d}", -row.number), body))
        if row.changed is not None:
            changed.append(((f"{row.changed:%Y-%m-%d}", -row.number), body))
    return {"CreationDate": List(made), "LastChangeDate": List(changed)}


def _entity(row: Row) -> dict[str, object]:
    return {
        "BusinessPartner": str(row.number),
        "BusinessPartnerFullName": row.name,
        "SearchTerm1": row.phone,
        "SearchTerm2": row.store,
        "Points": str(row.points),
        "CreationDate": _day(row.joined),
        "LastChangeDate": None if row.changed is None else _day(row.changed),
    }


def _day(moment: datetime) -> str:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    return f"/Date({int(midnight.timestamp()) * 1000})/"


class Partners(asyncio.Protocol):
    """One connection."""

    def __init__(self, known: dict[str, List]) -> None:
        self._known = known
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        while (end := data.find(_END)) >= 0:
            text = unquote_plus(data[4 : data.index(b" ", 4)].decode())
            by = "LastChangeDate" if "orderby=LastChangeDate" in text else "CreationDate"
            top = _TOP.search(text)
            body = self._known[by].page(text, int(top[1]) if top else 1000)
            self._transport.write(_HEAD % (len(body), body))
            data = data[end + len(_END) :]
        self._rest = data


async def _serve(crowd: Crowd) -> None:
    known = lists(crowd)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Partners(known), "127.0.0.1", 0)
    address = "http://{}:{}".format(*server.sockets[0].getsockname()[:2])
    print(f"listening on {address}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(Crowd(int(sys.argv[1]), again=sys.argv[2:] == ["again"])))
