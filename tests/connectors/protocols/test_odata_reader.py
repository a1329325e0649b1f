"""How sections become questions: only what is read, keys in every form, one call for a batch."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import Refused
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk, SortKey
from capabilities.time import micros
from connectors._kit import SilentObserver
from connectors.connector import connect
from connectors.manifest import compile_manifest, read_manifest
from tests.connectors._kit.raw_server import Peer, RawServer, message

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: odata
address: "{base_url}"
odata: { version: %(version)s, keys: %(form)s }
orders:
  resource: sales/Orders
  count: true
  channel: { from: Shop, push: Shop }
  currency: CNY
  record:
    number: %(number)s
    customer: Buyer
    placed_at: { from: Placed, as: instant }
    money: { record: { total: Total } }
    lines: { each: %(lines)s, record: { ref: Position, name: Article } }
  order:
    { ties: keyset, by: Placed, as: instant, channel: Shop, key: Number, page_max: 3%(precision)s }
  by_key: %(lookup)s
  by_customer: { field: Buyer, keys: "[0-9]+" }
  search: { filters: { placed_at: { window: true } } }
%(mirrors)s
"""
PLAIN = {
    "version": 4,
    "form": "or",
    "number": "Number",
    "lines": "_Lines",
    "precision": "",
    "mirrors": "",
    "lookup": "{ field: Number, batch: 3 }",
}
BOUNDARY = "multipart/mixed; boundary=x"


@pytest.fixture
def opened(raw: RawServer):
    async def open_(channels={"a": "app", "s": "shop"}, **words):  # noqa: B006 - only read
        text = MANIFEST % {**PLAIN, **words}
        manifest = read_manifest(text % {**PLAIN, **words}, "acme")
        spec = ConnectorSpec(
            name="acme",
            system="acme",
            settings={"base_url": raw.url},
            limits=Limits(deadline_ms=5000),
            channels={Capability.ORDER: channels},
        )
        system = compile_manifest(manifest)
        return await connect(system, spec, SilentObserver(), zone=ZoneInfo("Asia/Shanghai"))

    return open_


def found(*numbers: str, version: int = 4, **more: object) -> bytes:
    rows = [{"Number": one, "Shop": "s", **more} for one in numbers]
    return json.dumps({"value": rows} if version == 4 else {"d": {"results": rows}}).encode()


@pytest.mark.parametrize(
    ("words", "keys", "asked"),
    [
        ({}, ["1", "2"], "Number eq '1' or Number eq '2'"),
        ({"form": "in"}, ["1", "2"], "Number in ('1','2')"),
        (
            {"lookup": "{ field: Number, literal: integer }"},
            ["1", "2"],
            "Number eq 1 or Number eq 2",
        ),
        (
            {"lookup": "{ field: Number, pad: 4, fixed: { Kind: Z } }"},
            ["17", "A1"],
            "(Number eq '0017' or Number eq 'A1') and Kind eq 'Z'",
        ),
        (
            {
                "number": "{ join: [Number, Part], by: '/' }",
                "lookup": "{ fields: [Number, Part], split: '/' }",
            },
            ["1/2", "3/4", "5"],
            "(Number eq '1' and Part eq '2') or (Number eq '3' and Part eq '4')",
        ),
    ],
)
async def test_keys_are_asked_for_in_the_form_of_the_manifest(
    raw: RawServer, opened, words, keys, asked
):
    async def script(peer: Peer) -> None:
        peer.send(message(200, found("1", Part="2")))

    raw.script = script
    connector = await opened(**words)
    await connector.orders(keys)
    assert parse_qs(urlsplit(raw.targets[0]).query)["$filter"] == [asked]
    await connector.aclose()


async def test_a_key_without_its_parts_is_not_asked_for(raw: RawServer, opened):
    connector = await opened(
        number="{ join: [Number, Part], by: '-' }", lookup="{ fields: [Number, Part] }"
    )
    assert list(await connector.orders(["5", "1-2-3"])) == [None, None]
    assert raw.requests == []
    await connector.aclose()


@pytest.mark.parametrize(
    ("version", "lines", "select", "expand"),
    [
        (4, "_Lines", "Buyer,Number,Placed,Shop,Total", "_Lines($select=Article,Position)"),
        (
            2,
            "to_Lines.results",
            "Buyer,Number,Placed,Shop,Total,to_Lines/Article,to_Lines/Position",
            "to_Lines",
        ),
    ],
)
async def test_only_what_the_mapping_reads_is_asked_for(
    raw: RawServer, opened, version, lines, select, expand
):
    async def script(peer: Peer) -> None:
        peer.send(message(200, found("1", version=version)))

    raw.script = script
    connector = await opened(version=version, lines=lines)
    await connector.orders(["1"])
    query = parse_qs(urlsplit(raw.targets[0]).query)
    assert (query["$select"], query["$expand"]) == ([select], [expand])
    await connector.aclose()


class Batches:
    """A system with `$batch`: answers each part by `rows`, in another order than it was asked."""

    def __init__(self, raw: RawServer, answer) -> None:
        self.posts: list[int] = []
        self._answer = answer
        raw.script = self._script

    async def _script(self, peer: Peer) -> None:
        if peer.request.startswith(b"GET"):
            fields = {"x-csrf-token": "t", "Set-Cookie": "s=1"}
            link = urlsplit(peer.target).query
            status, body = self._answer(unquote(link)) if "$" in link else (200, b"{}")
            peer.send(message(status, body, fields))
            return
        if b"application/json" in peer.request.partition(b"Content-Type:")[2]:
            asked = {one["id"]: unquote(one["url"]) for one in json.loads(peer.content)["requests"]}
        else:
            lines = re.findall(rb"GET (\S+) HTTP", peer.content)
            asked = {str(place): unquote(line.decode()) for place, line in enumerate(lines)}
        self.posts.append(len(asked))
        answers = [(name, *self._answer(path)) for name, path in reversed(asked.items())]
        json_form = b"requests" in peer.content[:20]
        peer.send(_json(answers) if json_form else _mixed(answers))


def _json(answers) -> bytes:
    told = [{"id": n, "status": s, "body": json.loads(body)} for n, s, body in answers]
    return message(200, json.dumps({"responses": told}).encode())


def _mixed(answers) -> bytes:
    parts = b"".join(
        b"--x\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + message(status, body)
        + b"\r\n"
        for _, status, body in answers
    )
    return message(202, parts + b"--x--\r\n", media=BOUNDARY)


@pytest.mark.parametrize("form", ["multipart", "json"])
async def test_a_batch_is_matched_by_keys_and_large_ones_are_several(raw: RawServer, opened, form):
    def by_number(path: str) -> tuple[int, bytes]:
        number = re.search(r"Number eq '(\d+)'", path)[1]
        return 200, found(*([] if number == "4" else [number]))

    sap = Batches(raw, by_number)
    connector = await opened(form=form)
    keys = ["7", "4", "1", "3", "2"]
    orders = await connector.orders(keys)
    assert [one and one.number for one in orders] == ["7", None, "1", "3", "2"]
    assert sorted(sap.posts) == [2, 3]
    await connector.aclose()


async def test_sections_of_one_service_share_a_session(raw: RawServer, opened):
    sap = Batches(raw, lambda _: (200, found("1")))
    more = MANIFEST.partition("orders:")[2].partition("  order:")[0]
    mirrors = f"order_mirrors:{more.replace('  count: true', '')}  by_key: {{ field: Number }}"
    connector = await opened(form="multipart", mirrors=mirrors)
    await connector.orders(["1", "2"])
    await connector.order_mirrors(["1", "2"])
    assert len(sap.posts) == 2
    assert sum(request.startswith(b"GET") for request in raw.requests) == 1
    await connector.aclose()


@pytest.mark.parametrize("form", ["multipart", "json"])
async def test_a_part_that_fails_says_its_own_code(raw: RawServer, opened, form):
    def odd(path: str) -> tuple[int, bytes]:
        if "'2'" in path:
            return 400, b'{"error":{"code":"SY/530"}}'
        return 200, found(re.search(r"eq '(\d+)'", path)[1])

    Batches(raw, odd)
    connector = await opened(form=form)
    with pytest.raises(Refused, match="SY/530"):
        await connector.orders(["1", "2", "3"])
    assert [one.number for one in await connector.orders(["1", "3"])] == ["1", "3"]
    await connector.aclose()


@pytest.mark.parametrize("form", ["multipart", "json"])
async def test_lists_of_customers_are_parts_with_a_limit_each(raw: RawServer, opened, form):
    """Also where the system's own page is smaller than what was asked for."""
    held = {"1": ["11", "12", "13", "14"], "2": ["21"], "3": []}

    def of_buyer(path: str) -> tuple[int, bytes]:
        buyer = re.search(r"Buyer eq '(\d)'", path)[1]
        top = int(re.search(r"\$top=(\d+)", path)[1])
        place = int((re.search(r"\$skiptoken=(\d+)", path) or [0, 0])[1])
        behind = re.search(r"Number gt '(\d+)'", path)
        mine = [one for one in held[buyer] if behind is None or one > behind[1]][:top]
        body = json.loads(
            found(*mine[place : place + 2], Buyer=buyer, Placed="2026-01-01T00:00:00Z")
        )
        if place + 2 < len(mine):
            body["@odata.nextLink"] = f"{path.partition('&$skiptoken')[0]}&$skiptoken={place + 2}"
        return 200, json.dumps(body).encode()

    sap = Batches(raw, of_buyer)
    connector = await opened(form=form)
    ask = PageAsk(first=3, channels=("app", "shop"))
    pages = await connector.orders_by_customer(["3", "1", "2"], OrderFilter(), ask)
    assert [[row.number for row in page.rows] for page in pages] == [[], ["11", "12", "13"], ["21"]]
    assert [page.has_more for page in pages] == [False, True, False]
    assert sap.posts == [3]
    await connector.aclose()


AT = datetime(2026, 1, 1, 0, 0, 0, 1500, UTC)


@pytest.mark.parametrize(
    ("precision", "newest", "asked"),
    [
        (6, True, "Placed lt 2026-01-01T00:00:00.001500Z or (Placed eq "),
        (3, True, "Placed le 2026-01-01T00:00:00.001Z"),
        (3, False, "Placed gt 2026-01-01T00:00:00.001Z"),
        (0, False, "Placed gt 2026-01-01T00:00:00Z"),
    ],
)
async def test_a_moment_between_two_of_the_systems_own_is_not_asked_for(
    raw: RawServer, opened, precision, newest, asked
):
    async def script(peer: Peer) -> None:
        peer.send(message(200, found()))

    raw.script = script
    connector = await opened(precision=f", precision: {precision}")
    after = SortKey(micros(AT), "app", "7")
    ask = PageAsk(first=3, channels=("app", "shop"), after=after, newest_first=newest)
    since = OrderFilter(placed_from=AT, placed_before=AT)
    await connector.orders_by_customer(["1"], since, ask)
    (condition,) = parse_qs(urlsplit(raw.targets[0]).query)["$filter"]
    assert asked in condition
    if precision == 3:
        window = "Placed gt 2026-01-01T00:00:00.001Z and Placed le 2026-01-01T00:00:00.001Z"
        assert window in condition
    await connector.aclose()


@pytest.mark.parametrize(
    ("channels", "filters", "asked", "total"),
    [
        ({"*": "shop"}, OrderFilter(), True, 7),
        ({"*": "shop"}, OrderFilter(placed_from=AT), False, None),
        ({"a": "app", "s": "shop"}, OrderFilter(), True, None),
    ],
)
async def test_a_whole_list_is_counted(raw: RawServer, opened, channels, filters, asked, total):
    async def script(peer: Peer) -> None:
        body = json.loads(found("1", Placed="2026-01-01T00:00:00Z"))
        peer.send(message(200, json.dumps({**body, "@odata.count": 7}).encode()))

    raw.script = script
    connector = await opened(channels)
    page = await connector.search_orders(filters, PageAsk(first=1, channels=("shop",)))
    assert ("$count=true" in raw.targets[0]) is asked
    assert page.total == total
    await connector.aclose()
