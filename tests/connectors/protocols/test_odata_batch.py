"""`$batch` in both forms: parts are told apart by what they say, and fail for themselves."""

import asyncio
import json
import re
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from capabilities.errors import Denied, Garbled, Refused, Unavailable
from capabilities.estate import Limits
from connectors._kit import Answer, Reading, Wire
from connectors.protocols.odata import V2, V4, ODataClient, Query, literals
from connectors.protocols.odata.batch import JsonBatch, MultipartBatch, part_of, parts_of
from connectors.protocols.odata.filter import eq
from connectors.protocols.odata.session import Session
from tests.connectors._kit.raw_server import Peer, RawServer, message

SERVICE = "sap/opu/odata/sap/API_SALES_ORDER_SRV"
MIXED = "multipart/mixed; boundary=answer_1"


class Order(Struct):
    SalesOrder: str


class Sap:
    """Answers `$batch`; `parts` are (status, body) of each key asked, `order` their order."""

    def __init__(self, raw: RawServer) -> None:
        self.raw = raw
        self.token, self.fetched = "t1", 0
        self.bodies: list[bytes] = []
        self.answer = message(500)
        raw.script = self.script

    async def script(self, peer: Peer) -> None:
        head = peer.request
        if head.startswith(b"GET"):
            self.fetched += 1
            cookies = "sap-usercontext=sap-client=100; path=/, SESSION=abc; Expires=Wed, 21 Oct"
            fields = {"x-csrf-token": self.token, "Set-Cookie": f"{cookies} 2026 07:28:00 GMT"}
            peer.send(message(200, b"{}", fields))
            return
        right = f"X-CSRF-Token: {self.token}\r\n".encode() in head + b"\r\n"
        if not right or b"Cookie: sap-usercontext=sap-client=100; SESSION=abc" not in head:
            peer.send(message(403, b"", {"x-csrf-token": "Required"}, media="text/plain"))
            return
        peer.send(self.answer)


@pytest.fixture
async def wire(raw: RawServer):
    wire = Wire("sap", raw.url, limits=Limits(deadline_ms=2000))
    yield wire
    await wire.aclose()


def client(wire: Wire, form: type = MultipartBatch) -> ODataClient:
    dialect = V2() if form is MultipartBatch else V4()
    batching = form(Session(wire, SERVICE, {"sap-client": "100"}), "sap", dialect.headers)
    return ODataClient(wire, SERVICE, dialect=dialect, batching=batching)


def asked(*numbers: int) -> list[Query]:
    return [
        Query(entity="A_SalesOrder", filters=eq("SalesOrder", literals.text(str(number))))
        for number in numbers
    ]


def part(status: int, body: bytes, media: str = "application/json", more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} Reason\r\nContent-Type: {media}\r\n".encode() + more
    return (
        b"--answer_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + head
        + b"\r\n"
        + body
        + b"\r\n"
    )


def mixed(*parts: bytes, end: bytes = b"--answer_1--\r\n") -> bytes:
    return message(202, b"".join(parts) + end, media=MIXED)


def rows(*numbers: int) -> bytes:
    return json.dumps({"d": {"results": [{"SalesOrder": str(one)} for one in numbers]}}).encode()


def numbers(pages) -> list[list[str]]:
    return [[row.SalesOrder for row in page.rows] for page in pages]


async def test_a_request_of_parts_and_its_answer(raw: RawServer, wire: Wire):
    sap = Sap(raw)
    sap.answer = mixed(part(200, rows(2)), part(200, rows()), part(200, rows(1)))
    pages = await client(wire).batch(asked(1, 9, 2), Order)
    assert numbers(pages) == [["2"], [], ["1"]]
    assert raw.targets[-1] == f"/{SERVICE}/$batch?sap-client=100"


def test_the_parts_are_written_as_mime_with_crlf():
    form = MultipartBatch(None, "sap", V2().headers)
    body = form._written(["A_SalesOrder?$format=json", "B?x='y'"], "b1")
    whole = message_from_bytes(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + body)
    assert not whole.defects
    assert not re.search(rb"(?<!\r)\n", body)
    first, second = (one.get_payload(decode=True) for one in whole.get_payload())
    assert first == (b"GET A_SalesOrder?$format=json HTTP/1.1\r\nAccept: application/json\r\n\r\n")
    assert second.startswith(b"GET B?x='y' HTTP/1.1\r\n")


async def test_a_part_that_fails_is_its_own_error(raw: RawServer, wire: Wire):
    sap = Sap(raw)
    sap.answer = mixed(
        part(200, rows(1)),
        part(400, b'{"error":{"code":"SY/530"}}'),
        part(500, b"<error xmlns='m'><code>XX/1</code></error>", "application/xml"),
        part(200, b"<html>logon</html>", "text/html"),
    )
    found = await client(wire).batch(asked(1, 2, 3, 4), Order)
    assert numbers(found[:1]) == [["1"]]
    assert [type(one) for one in found[1:]] == [Refused, Unavailable, Denied]
    assert [one.message.rpartition(" ")[2] for one in found[1:3]] == ["(SY/530)", "(XX/1)"]


BROKEN = [
    mixed(part(200, rows(1)), end=b""),
    mixed(part(200, rows(1))),
    mixed(part(200, rows(1)), part(200, rows(2)), part(200, rows(3))),
    mixed(part(200, rows(1)), b"--answer_1\r\n\r\nno HTTP\r\n"),
    mixed(part(200, rows(1)), part(200, rows(2), more=b"Content-Length: 999\r\n")),
    message(202, b"no MIME", media=MIXED),
    message(200, b"{}", media="application/json"),
]


@pytest.mark.parametrize("answer", BROKEN)
async def test_an_answer_in_part_is_none(raw: RawServer, wire: Wire, answer):
    sap = Sap(raw)
    sap.answer = answer
    with pytest.raises(Garbled):
        await client(wire).batch(asked(1, 2), Order)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (message(501, b'{"error":{"code":"NO_BATCH"}}'), Unavailable),
        (message(400, b'{"error":{"code":"BAD"}}'), Refused),
        (message(200, b"<html>logon</html>", media="text/html"), Denied),
    ],
)
async def test_a_batch_that_fails_whole(raw: RawServer, wire: Wire, answer, kind):
    sap = Sap(raw)
    sap.answer = answer
    with pytest.raises(kind):
        await client(wire).batch(asked(1), Order)


async def test_a_token_is_fetched_once_and_again_when_it_failed(raw: RawServer, wire: Wire):
    sap = Sap(raw)
    sap.answer = mixed(part(200, rows(1)))
    one = client(wire)
    await asyncio.gather(*(one.batch(asked(1), Order) for _ in range(5)))
    assert sap.fetched == 1
    sap.token = "t2"
    await asyncio.gather(*(one.batch(asked(1), Order) for _ in range(5)))
    assert sap.fetched == 2


async def test_a_token_that_never_holds_is_refused_once(raw: RawServer, wire: Wire):
    async def never(peer: Peer) -> None:
        required = {"x-csrf-token": "Required"}
        get = peer.request.startswith(b"GET")
        peer.send(message(200, b"{}") if get else message(403, b"", required))

    raw.script = never
    with pytest.raises(Denied):
        await client(wire).batch(asked(1), Order)
    assert [request[:4] for request in raw.requests] == [b"GET ", b"POST"] * 2


async def test_a_logon_page_in_place_of_a_token(raw: RawServer, wire: Wire):
    async def page(peer: Peer) -> None:
        peer.send(message(200, b"<html>logon</html>", media="text/html"))

    raw.script = page
    with pytest.raises(Denied):
        await client(wire).batch(asked(1), Order)


def told(*responses: tuple[str, int, object]) -> bytes:
    body = [{"id": i, "status": s, "body": b, "headers": {}} for i, s, b in responses]
    return message(200, json.dumps({"responses": body}).encode())


async def test_json_answers_name_their_question(raw: RawServer, wire: Wire):
    sap = Sap(raw)
    failed = {"error": {"code": "X1"}}
    sap.answer = told(("1", 400, failed), ("0", 200, {"value": [{"SalesOrder": "7"}]}))
    found = await client(wire, JsonBatch).batch(asked(7, 8), Order)
    assert type(found[0]) is Refused
    assert numbers(found[1:]) == [["7"]]


@pytest.mark.parametrize("names", [("0", "0"), ("0", "2"), ("0",)])
async def test_json_answers_of_nobody_are_garbled(raw: RawServer, wire: Wire, names):
    sap = Sap(raw)
    sap.answer = told(*((name, 200, {"value": []}) for name in names))
    with pytest.raises(Garbled):
        await client(wire, JsonBatch).batch(asked(1, 2), Order)


MIME = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                *(b"--x\r\n", b"--x--", b"\r\n\r\n", b"\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 0"),
                *(b"Content-Type: application/http\r\n", b"Content-Type: multipart/mixed\r\n"),
                *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Length: 9\r\n"),
                *(
                    b"Content-Transfer-Encoding: x-uuencode\r\n",
                    b"Content-Type: text/plain; charset=q",
                ),
            ]
        ),
    ),
    max_size=14,
).map(b"".join)


@given(MIME)
def test_whatever_comes_back_is_answers_or_garbled(body):
    headers = {"content-type": "multipart/mixed; boundary=x"}
    whole = Answer(status=202, headers=headers, body=body, elapsed_ms=1)
    try:
        answers = [part_of(part, "sap") for part in parts_of(whole, Reading(), "sap")]
    except Garbled:
        return
    assert all(100 <= answer.status < 600 for answer in answers)
