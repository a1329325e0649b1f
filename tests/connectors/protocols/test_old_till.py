"""The till of the how-to: its manifest reads what a Chinese SQL Server sends."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot import exp

from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import PageAsk
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from connectors.manifest import read_manifest
from connectors.protocols.declared import lookups
from connectors.protocols.sql.rendered import padded, rendered
from connectors.protocols.sql.statements import PARAMETER, expand
from tests.connectors.protocols import tds_server as tds
from tests.connectors.protocols.tds_server import Till

PAGE = Path(__file__).parents[3] / "docs/how-to/connect-a-till-on-sql-server.md"
LINES = '[{"line_no":1,"sku":"6901","name":"珍珠奶茶","quantity":2.000,"amount":25.0000}]'
COLUMNS = [
    *(tds.varchar("sale_no"), tds.varchar("shop_code"), tds.varchar("card_no")),
    *(tds.integer("state"), tds.datetime_ticks("sold_at"), tds.money("total")),
    tds.nvarchar("lines"),
]
ZONE = ZoneInfo("Asia/Shanghai")
DAY, NOON = 46022, 12 * 3600 * 300  # 2026-01-02


def manifest_text() -> str:
    return PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]


def sale(number: str, tick: int, card: bytes = b"8001") -> tuple:
    head = (number.encode(), "M01 朝阳".encode("gbk"), card)
    return (*head, 1, (DAY, NOON + tick), 25, LINES)


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    till = Till()
    await till.start()
    yield till
    await till.stop()


@pytest.fixture
async def connector(till: Till, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TILL_PASSWORD", "x")
    folder = tmp_path / "old_till"
    folder.mkdir()
    (folder / "manifest.yaml").write_text(manifest_text(), "utf-8")
    spec = ConnectorSpec(
        name="till",
        system="old_till",
        settings={"url": till.url},
        secrets={"password": "env:TILL_PASSWORD"},
        limits=Limits(deadline_ms=5000),
        channels={Capability.ORDER: {"*": "store"}},
    )

    connector = await open_connector(spec, SilentObserver(), zone=ZONE, systems=tmp_path)
    yield connector
    await connector.aclose()


async def test_a_sale_is_an_order(till: Till, connector):
    till.answer = lambda _: tds.table(COLUMNS, [sale("7001", 1), sale("7001 ", 1)])
    none, order = await connector.orders(["7", "7001"])
    assert none is None
    assert order.placed_at == datetime(2026, 1, 2, 4, 0, 0, 3000, tzinfo=UTC)
    assert (order.store_code, order.customer) == ("M01 朝阳", "8001")
    assert (order.status, order.total.minor) == (OrderStatus.COMPLETED, 2500)
    (line,) = order.lines
    assert (line.name, str(line.quantity), line.total.minor) == ("珍珠奶茶", "2.000", 2500)


async def test_a_collation_finds_more_than_was_asked(till: Till, connector):
    """Width, case and trailing blanks are equal to it; whose row it is we say ourselves."""
    wide = ("７００１".encode("gbk"), *sale("7001", 1)[1:])
    till.answer = lambda _: tds.table(COLUMNS, [wide])
    assert await connector.orders(["7001"]) == [None]
    till.answer = lambda _: tds.table(COLUMNS, [sale("7001", 1, card="８００１".encode("gbk"))])
    ask = PageAsk(first=3, channels=("store",))
    (page,) = await connector.orders_by_customer(["8001"], OrderFilter(), ask)
    assert page.rows == ()


async def test_a_walk_over_ticks_loses_and_repeats_nothing(till: Till, connector):
    """The server compares exactly, as `datetime2` does, and answers whole ties."""
    sales = [(f"{7000 + n}", n // 3) for n in range(40)]

    def moment(tick: int) -> float:
        return 12 * 3600 + tick / 300

    def answer(_: str) -> bytes:
        values = _moments(till.calls[-1][2])
        place = max(values) if values else float("inf")
        found = sorted((one for one in sales if moment(one[1]) <= place), key=lambda one: -one[1])
        limit = 4
        last = found[:limit][-1][1] if found else 0
        found = [one for one in found if one[1] >= last]
        return tds.table(COLUMNS, [sale(*one) for one in found])

    till.answer = answer
    seen: list[str] = []
    after = None
    for _ in range(60):
        ask = PageAsk(first=3, channels=("store",), after=after)
        page = await connector.search_orders(OrderFilter(), ask)
        seen += [order.number for order in page.rows]
        if not page.has_more:
            break
        after = page.rows[-1].sort_key
    assert sorted(seen) == [number for number, _ in sales]


def _moments(values: bytes) -> list[float]:
    """The seconds of the day of every datetime2(6) among the values of a call."""
    found, place = [], values.find(b"\x2a\x06\x08")
    while place >= 0:
        clock = int.from_bytes(values[place + 3 : place + 8], "little")
        found.append(clock / 1_000_000)
        place = values.find(b"\x2a\x06\x08", place + 1)
    return found


def test_its_statements_are_t_sql():
    manifest = read_manifest(manifest_text(), "old_till.yaml")
    section = {"by_key": manifest.orders.by_key, "by_customer": manifest.orders.by_customer}
    texts = [lookup.own.statement for lookup in section.values()]
    texts.append(manifest.orders.search.own.statement)
    assert len(list(lookups(section))) == 2
    for text in texts:
        whole = expand(text, manifest.own.fragments)
        for mark, word in {"desc": "DESC", "upto": "<="}.items():
            whole = whole.replace(f"{{{mark}}}", word)
        params = {
            name: ["1"] if name in ("keys", "customers") else 1 for name in PARAMETER.findall(whole)
        }
        asked = rendered(whole, padded(params), "pyformat")
        names = {name: f"@P{place}" for place, name in enumerate(asked.named(padded(params)))}
        (parsed,) = sqlglot.parse(asked.text % names, read="tsql")
        assert isinstance(parsed, exp.Select)
