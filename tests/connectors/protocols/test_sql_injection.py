"""Whatever is asked, the text that reaches a database stays the same, in every dialect."""

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import event

from capabilities.errors import Refused
from capabilities.estate import Limits
from capabilities.page import SortKey
from connectors._kit import Secret
from connectors.manifest import At, compile_manifest, read_manifest
from connectors.ports.wanted import Wanted
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.reader import SqlReader
from tests.connectors.protocols import tds_server as tds
from tests.connectors.protocols.mysql_server import Shop
from tests.connectors.protocols.tds_server import Till

BASES = (
    *("' OR '1'='1", "'; DROP TABLE shops; --", '"; DROP TABLE shops; --', "') OR 1=1 --"),
    *("1 OR 1=1", "1; SELECT 1", "0x27204f52", "\\' OR 1=1 --", "\\", "'", '"', "`", "]", "[x]"),
    *("%27", "%s", "%(code)s", "%%", ":code", ":limit", "::text", "@P1", "@@version", "$1", "?"),
    *(
        "{asc}",
        "{desc}",
        "{code}",
        "/*",
        "*/ OR 1=1 /*",
        "--",
        "#",
        "\ufeff'",
        "ʼ OR 1=1",
        "＇ OR 1",
    ),
    *("NULL", "CHAR(39)", "x' UNION SELECT 1,2,3 --", "_%", "😀'; --"),
)
FORMS = ("{}", "a{}", "{}{}", "'{}'", "林{}\t")
PAYLOADS = [form.format(base, base) for form, base in product(FORMS, BASES)]

MANIFEST = """
system: acme
title: Acme
version: "1"
protocol: sql
address: "{url}"
stores:
  channel: {}
  record: { code: code, name: name }
  order: { ties: keyset }
  by_key: { statement: "SELECT code, name FROM shops WHERE code IN :keys OR name = :keys_json" }
  search:
    filters: { code: { push: codes } }
    statement: >-
      SELECT code, name FROM shops WHERE (CAST(:place_channel AS char(200)) IS NULL
      OR code {beyond} CAST(:place_key AS char(200))) AND (name <> CAST(:codes AS char(200)))
      AND name <> CAST(:channels AS char(200)) ORDER BY code {asc}
"""


class Server:
    """A client of one dialect, and the texts that its server was sent."""

    def __init__(self, client: SqlClient, texts: list[str]) -> None:
        self.client = client
        self.texts = texts

    def reader(self) -> SqlReader:
        section = compile_manifest(read_manifest(MANIFEST, "acme.yaml")).sections["stores"]
        at = At(
            connector="acme",
            system="acme",
            version="1",
            channels={"*": "store"},
            zone=ZoneInfo("Asia/Shanghai"),
            settings={},
            unknown=lambda *_: None,
        )
        return SqlReader(self.client, section, at, {})


def _client(url: str, password: Secret | None = None) -> SqlClient:
    return SqlClient("acme", url, password, limits=Limits(deadline_ms=20_000))


@pytest.fixture(params=["postgresql", "mysql", "sqlserver"])
async def server(request, postgres) -> AsyncIterator[Server]:
    if request.param == "postgresql":
        url = postgres.create_database("sql_injection")
        client, texts = _client(url), []
        made = "CREATE TABLE IF NOT EXISTS shops (code text, name text)"
        _ask(url, made)

        def kept(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            texts.append(statement)

        event.listen(client.runner.engine.sync_engine, "before_cursor_execute", kept)
        yield Server(client, texts)
        await client.aclose()
        return
    kind: Any = Shop if request.param == "mysql" else Till
    peer = kind()
    if request.param == "mysql":
        peer.always = ([], ["code", "name"])
    else:
        peer.answer = lambda _: tds.table([tds.nvarchar("code"), tds.nvarchar("name")], [])
    await peer.start()
    client = _client(peer.url, Secret("x") if request.param == "sqlserver" else None)
    yield Server(client, peer.prepared if request.param == "mysql" else _Texts(peer))
    await client.aclose()
    await peer.stop()


class _Texts(list[str]):
    """The statements of calls, without their definitions of parameters."""

    def __init__(self, till: Till) -> None:
        super().__init__()
        self._till = till

    def __iter__(self):
        return iter([call[0] for call in self._till.calls])

    def clear(self) -> None:
        self._till.calls.clear()


def _ask(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _choking(server: Server) -> contextlib.AbstractContextManager[None]:
    """The server of MySQL's protocol takes some values for patterns of its own."""
    is_mysql = server.client.dialect.title.startswith("MySQL")
    return contextlib.suppress(Refused) if is_mysql else contextlib.nullcontext()


async def test_keys_never_reach_the_text(server: Server):
    reader = server.reader()
    lookup = reader._section.by_key
    for payload in PAYLOADS:
        with _choking(server):
            await reader.by_keys(lookup, [payload, f"{payload}2"])
    assert len(PAYLOADS) == 200
    assert len(set(server.texts)) == 1


@pytest.mark.parametrize("argument", ["place_key", "place_channel", "codes", "channels"])
async def test_filters_and_places_never_reach_the_text(server: Server, argument: str):
    reader = server.reader()
    for newest in (True, False):
        server.texts.clear()
        for payload in PAYLOADS:
            with _choking(server):
                await reader.rows(_wanted(argument, payload, newest=newest))
        assert len(set(server.texts)) == 1
        (text,) = set(server.texts)
        assert ("DESC" in text) == (not newest)  # `{asc}` is the way that is not the walk's


def _wanted(argument: str, payload: str, *, newest: bool) -> Wanted:
    chosen = {"place_key": "k", "place_channel": "c", argument: payload}
    return Wanted(
        channels={chosen.get("channels", "*"): "store"},
        newest_first=newest,
        limit=7,
        after=SortKey(0, chosen["place_channel"], chosen["place_key"]),
        since=datetime(2026, 1, 1, tzinfo=UTC),
        pushed={"codes": [chosen.get("codes", "x"), json.dumps(payload)]},
    )
