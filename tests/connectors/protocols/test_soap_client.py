"""SOAP over the real wire: both versions, sessions, faults, encodings, and hostile documents."""

import asyncio
from typing import Any

import pytest
from lxml import etree

from capabilities.errors import ChannelError, Denied, Garbled, Overloaded, Refused, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import LATCHED, SilentObserver
from connectors.connector import open_connector
from tests.connectors._kit.raw_server import Peer, RawServer, message
from tests.connectors.protocols.test_old_till import ZONE

S11 = "http://schemas.xmlsoap.org/soap/envelope/"
S12 = "http://www.w3.org/2003/05/soap-envelope"
TEXT_XML = {"Content-Type": "text/xml; charset=utf-8"}

MANIFEST = """
system: acme_soap
title: Acme
version: "1"
protocol: soap
address: "{base_url}"
soap:
  namespace: "urn:acme"
  path: service
  action: "urn:acme#{operation}"
SOAP_KEYS
errors:
  unauthenticated: [SessionExpired, BadLogin]
  not_found: [NoSuchShop]
  throttled: [TooMany]
  denied: [NotYours]
stores:
  channel: {}
  record: { code: Code, name: Name }
  by_key:
    operation: getShops
    body: "BODY<ids><id>{keys}</id></ids>"
    rows: shops/shop
"""
LOGIN = """  login:
    operation: openSession
    body: "<user>{username}</user><key>{password}</key>"
    session: session/id
"""
HEADER = """  header: >-
    <t:Who xmlns:t="urn:t"><t:User>{username}</t:User><t:Key>{password}</t:Key></t:Who>
"""
SHOPS = "<shops><shop><Code>M1</Code><Name>林</Name></shop></shops>"


def envelope(inner: str, space: str = S11) -> bytes:
    return f'<s:Envelope xmlns:s="{space}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def fault(code: str, status: int = 500) -> bytes:
    inner = (
        f"<s:Fault><faultcode>{code}</faultcode><faultstring>private-139</faultstring></s:Fault>"
    )
    return message(status, envelope(inner), TEXT_XML)


def shops(inner: str = SHOPS, space: str = S11) -> bytes:
    body = envelope(f'<a:getShopsResponse xmlns:a="urn:acme">{inner}</a:getShopsResponse>', space)
    return message(200, body, TEXT_XML)


def call_of(peer: Peer) -> Any:
    """The element of the operation in a request."""
    return etree.fromstring(peer.content)[-1][0]


@pytest.fixture
def opened(raw: RawServer, tmp_path, monkeypatch):
    monkeypatch.setenv("ACME_KEY", "hunter2&<")

    async def open_(keys: str = "", body: str = "", **limits: int):
        folder = tmp_path / "acme_soap"
        folder.mkdir(exist_ok=True)
        text = MANIFEST.replace("SOAP_KEYS\n", keys).replace("BODY", body)
        (folder / "manifest.yaml").write_text(text, "utf-8")
        spec = ConnectorSpec(
            name="acme",
            system="acme_soap",
            settings={"base_url": raw.url, "username": "santong"},
            secrets={"password": "env:ACME_KEY"},
            limits=Limits(**{"deadline_ms": 3000, **limits}),
            channels={Capability.ORDER: {"*": "store"}},
        )
        return await open_connector(spec, SilentObserver(), zone=ZONE, systems=tmp_path)

    return open_


def answering(raw: RawServer, *answers: bytes) -> None:
    left = list(answers)

    async def script(peer: Peer) -> None:
        peer.send(left.pop(0) if len(left) > 1 else left[0])

    raw.script = script


async def test_a_request_of_version_1_1(raw: RawServer, opened):
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(peer)
        peer.send(shops())

    raw.script = script
    connector = await opened()
    one, none = await connector.stores(["M1", "M2"])
    assert (one.code, one.name, none) == ("M1", "林", None)
    head = seen[0].request.decode().lower()
    assert seen[0].target == "/service"
    assert 'soapaction: "urn:acme#getshops"' in head
    assert "content-type: text/xml; charset=utf-8" in head
    call = call_of(seen[0])
    assert call.tag == "{urn:acme}getShops"
    assert [one.text for one in call.find("ids")] == ["M1", "M2"]
    await connector.aclose()


async def test_a_request_of_version_1_2_with_qualified_elements(raw: RawServer, opened):
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(peer)
        answer = shops(space=S12).replace(b"text/xml", b"application/soap+xml")
        peer.send(answer)

    raw.script = script
    connector = await opened('  version: "1.2"\n  qualified: true\n')
    assert (await connector.stores(["M1"]))[0].name == "林"
    head = seen[0].request.decode().lower()
    assert "soapaction" not in head
    assert 'application/soap+xml; charset=utf-8; action="urn:acme#getshops"' in head
    assert etree.fromstring(seen[0].content).tag == f"{{{S12}}}Envelope"
    assert call_of(seen[0]).find("{urn:acme}ids") is not None
    await connector.aclose()


async def test_a_header_shows_who_calls(raw: RawServer, opened):
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(etree.fromstring(peer.content))
        peer.send(shops())

    raw.script = script
    connector = await opened(HEADER)
    await connector.stores(["M1"])
    who = seen[0].find(f"{{{S11}}}Header")[0]
    assert [one.text for one in who] == ["santong", "hunter2&<"]
    assert "hunter2" not in repr(connector._bound["stores"].reader._client._speech)
    await connector.aclose()


async def test_a_session_is_opened_once_and_renewed_once(raw: RawServer, opened):
    seen: list[str] = []
    sessions = iter(["s1", "s2", "s3"])
    alive = {"s2"}

    async def script(peer: Peer) -> None:
        call = call_of(peer)
        seen.append(etree.QName(call).localname)
        if seen[-1] == "openSession":
            assert [one.text for one in call] == ["santong", "hunter2&<"]
            inner = f"<r><session><id>{next(sessions)}</id></session></r>"
            return peer.send(message(200, envelope(inner), TEXT_XML))
        return peer.send(shops() if call[0].text in alive else fault("s:Client.SessionExpired"))

    raw.script = script
    connector = await opened(LOGIN, "<session>{session}</session>")
    found = await asyncio.gather(*(connector.stores(["M1"]) for _ in range(4)))
    assert [one[0].code for one in found] == ["M1"] * 4
    assert seen.count("openSession") == 2
    alive.clear()
    with pytest.raises(Denied, match="its own session"):
        await connector.stores(["M1"])
    assert seen.count("openSession") == 3
    await connector.aclose()


@pytest.mark.parametrize(
    "refusal",
    [
        fault("BadLogin"),
        message(401, b"", {}),
        message(403, b"", {}),
        message(200, envelope("<r><session><id/></session></r>"), TEXT_XML),
        message(200, envelope("<r/>"), TEXT_XML),
    ],
)
async def test_a_refused_logon_latches(raw: RawServer, opened, refusal: bytes):
    answering(raw, refusal)
    connector = await opened(LOGIN, "<session>{session}</session>")
    for _ in range(3):
        with pytest.raises(Denied) as caught:
            await connector.stores(["M1"])
    assert caught.value.code == LATCHED
    assert len(raw.requests) == 1
    await connector.aclose()


@pytest.mark.parametrize(
    ("code", "expected", "calls"),
    [
        ("s:Client", Refused, 1),
        ("s:Client.NotYours", Denied, 1),
        ("s:Client.Unheard", Refused, 1),
        ("x", Refused, 1),
        ("", Refused, 1),
        ("s:VersionMismatch", Refused, 1),
        ("s:Server", Unavailable, None),
        ("s:Server.TooMany", Overloaded, None),
    ],
)
async def test_faults_are_ours_and_say_nothing_private(
    raw: RawServer, opened, code: str, expected: type[ChannelError], calls: int | None
):
    for status in (500, 200):
        raw.requests.clear()
        answering(raw, fault(code, status))
        connector = await opened()
        with pytest.raises(ChannelError) as caught:
            await connector.stores(["M1"])
        assert type(caught.value) is expected
        assert calls is None or len(raw.requests) == calls
        assert "private" not in f"{caught.value!r}{caught.value}"
        await connector.aclose()


async def test_a_forbidden_operation_latches_nothing(raw: RawServer, opened):
    answering(raw, message(403, b"private-139", {}), shops())
    connector = await opened()
    with pytest.raises(Denied) as caught:
        await connector.stores(["M1"])
    assert caught.value.code != LATCHED
    assert (await connector.stores(["M1"]))[0].code == "M1"
    await connector.aclose()


async def test_what_is_not_there_is_no_fault(raw: RawServer, opened):
    answering(raw, fault("s:Client.NoSuchShop"))
    connector = await opened()
    assert await connector.stores(["M1"]) == [None]
    await connector.aclose()


async def test_a_fault_of_version_1_2_by_its_subcode(raw: RawServer, opened):
    inner = (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:NotYours</s:Value>"
        "</s:Subcode></s:Code><s:Reason><s:Text>private-139</s:Text></s:Reason></s:Fault>"
    )
    answering(raw, message(400, envelope(inner, S12), {"Content-Type": "application/soap+xml"}))
    connector = await opened('  version: "1.2"\n')
    with pytest.raises(Denied, match="NotYours"):
        await connector.stores(["M1"])
    await connector.aclose()


GBK = '<?xml version="1.0" encoding="GB2312"?>' + envelope(f"<r>{SHOPS}</r>").decode()


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (GBK.encode("gbk"), "text/xml"),
        (GBK.replace("GB2312", "UTF-8").encode("gbk"), "text/xml; charset=gbk"),
        (b"\xef\xbb\xbf" + envelope(f"<r>{SHOPS}</r>"), "application/xml"),
        (envelope(f"<r>{SHOPS}</r>"), 'text/xml; charset="UTF-8"'),
    ],
)
async def test_encodings(raw: RawServer, opened, body: bytes, media: str):
    answering(raw, message(200, body, {"Content-Type": media}))
    connector = await opened()
    assert (await connector.stores(["M1"]))[0].name == "林"
    await connector.aclose()


AXIS = (
    '<r><shops><shop href="#id0"/><shop href="#id1"/></shops></r>'
    '<multiRef id="id0"><Code>M1</Code><Name href="#id2"/></multiRef>'
    '<multiRef id="id1"><Code>M2</Code><Name href="#id2"/></multiRef>'
    '<multiRef id="id2">林</multiRef>'
)


async def test_what_axis_writes_beside_its_response_is_put_into_it(raw: RawServer, opened):
    answering(raw, message(200, envelope(AXIS), TEXT_XML))
    connector = await opened()
    found = await connector.stores(["M2", "M1"])
    assert [(one.code, one.name) for one in found] == [("M2", "林"), ("M1", "林")]
    await connector.aclose()


CIRCLE = '<r><a href="#i"/></r><m id="i"><b href="#i"/></m>'
DOUBLING = '<r><a href="#i0"/></r>' + "".join(
    f'<m id="i{n}"><b href="#i{n + 1}"/><b href="#i{n + 1}"/></m>' for n in range(40)
)

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
    + envelope("<r>&j;</r>")
)


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (LAUGHS, "text/xml"),
        (envelope(CIRCLE), "text/xml"),
        (envelope(DOUBLING), "text/xml"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">' + envelope("<r/>"), "text/xml"),
        (envelope("<a>" * 5000 + "</a>" * 5000), "text/xml"),
        (envelope(f"<r>{'x' * 300_000}</r>"), "text/xml"),
        (envelope("<r/>")[:-9], "text/xml"),
        (envelope(""), "text/xml"),
        (b"<html><body>private-139</body></html>", "text/html"),
        (b"<other/>", "text/xml"),
        (envelope("<r/>"), "application/json"),
        (GBK.replace("GB2312", "UTF-8").encode("gbk"), "text/xml"),
        (envelope("<r/>"), "text/xml; charset=klingon"),
        (envelope(f"<r>{SHOPS.replace('林', '<b/>')}</r>"), "text/xml"),
    ],
    ids=[
        *(
            "laughs",
            "circle",
            "doubling",
            "remote",
            "deep",
            "large",
            "cut",
            "empty",
            "html",
            "other",
            "json",
        ),
        *("lie", "unknown", "shape"),
    ],
)
async def test_what_is_no_answer_is_garbled(raw: RawServer, opened, body: bytes, media: str):
    answering(raw, message(200, body, {"Content-Type": media}))
    connector = await opened(max_body_bytes=200_000)
    with pytest.raises(Garbled) as caught:
        await connector.stores(["M1"])
    assert "private" not in repr(caught.value)
    await connector.aclose()


@pytest.mark.parametrize("inner", ["", "<shops/>", "<other>1</other>"])
async def test_no_rows_are_no_fault(raw: RawServer, opened, inner: str):
    answering(raw, shops(inner))
    connector = await opened()
    assert await connector.stores(["M1"]) == [None]
    await connector.aclose()
