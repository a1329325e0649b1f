"""Servers of MySQL's protocol: one in this process, and a real one where it is named.

`SANTONG_TEST_MARIADB=mysql://root@/?socket=/path` lets the same tests run against a real
server, which must be one that may be written to.
"""

import asyncio
import datetime as dt
import os
from decimal import Decimal
from typing import Any

import mariadb
from mysql_mimic import MysqlServer, Session
from mysql_mimic.connection import Connection
from mysql_mimic.errors import ErrorCode, MysqlError
from sqlalchemy import make_url
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.executor import execute

REAL = os.environ.get("SANTONG_TEST_MARIADB", "")
NAMES = ("林小满", "Brien", "abc", "%s :x")


def things() -> list[dict[str, Any]]:
    sold_at = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as the database keeps it
    return [
        {
            "id": number,
            "name": name,
            "price": Decimal("1.100"),
            "sold_at": sold_at + dt.timedelta(hours=number),
        }
        for number, name in enumerate(NAMES)
    ]


def filled(url: str) -> str:
    """The address of a database on a real server, with the same rows and some columns more."""
    place = make_url(url)
    connection = mariadb.connect(
        unix_socket=place.query["socket"], user=place.username, password="", autocommit=True
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS santong_test")
        cursor.execute("CREATE DATABASE santong_test CHARACTER SET utf8mb4")
        cursor.execute(
            "CREATE TABLE santong_test.things (id int PRIMARY KEY, sold_at datetime,"
            " name varchar(30) CHARACTER SET utf8mb3, price decimal(9, 3), fine float,"
            " flag bit(1), seen timestamp NULL, latin varchar(30) CHARACTER SET latin1)"
        )
        cursor.execute("SET SESSION time_zone = '+08:00'")
        for row in things():
            values = (row["id"], row["name"], row["price"], row["sold_at"], row["sold_at"])
            cursor.execute(
                "INSERT INTO santong_test.things VALUES"
                " (?, ?, ?, ?, 1.1, b'1', ?, _latin1 X'C1D6D0A1C2FA')",
                (values[0], values[3], values[1], values[2], values[4]),
            )
    return str(place.set(database="santong_test"))


class Shop:
    """What a server was told, by all its sessions."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.told: list[str] = []
        self.always: tuple[list[Any], list[str]] | None = None  # rows and columns, unasked
        self.silent = asyncio.Event()
        self.silent.set()
        self.wanted = b""  # a file of its client that it asks for instead of answering
        self.taken: list[bytes] = []
        self.url = ""
        self.server = MysqlServer(lambda: _Counter(self))

    async def start(self) -> None:
        await self.server.start_server(host="127.0.0.1", port=0)
        port = self.server._server.sockets[0].getsockname()[1]
        self.url = f"mysql://reader@127.0.0.1:{port}/shop"

    async def stop(self) -> None:
        self.silent.set()
        self.server.close()
        await self.server.wait_closed()

    def watch(self, connection: Connection) -> None:
        """Keep the texts that a connection is asked to prepare, as they came."""
        prepare = connection.handle_stmt_prepare

        async def kept(data: bytes) -> None:
            self.prepared.append(data.decode())
            await prepare(data)

        query = connection.handle_query

        async def asked_back(data: bytes) -> None:
            if not self.wanted or b"LOAD DATA" not in data:
                await query(data)
                return
            await connection.stream.write(b"\xfb" + self.wanted + b"\0")
            self.taken.append(await connection.stream.read())
            await connection.stream.write(connection.ok())

        connection.handle_stmt_prepare = kept
        connection.handle_query = asked_back


class _Counter(Session):
    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    async def init(self, connection: Connection) -> None:
        await super().init(connection)
        self._shop.watch(connection)

    async def handle_query(self, sql: str, attrs: dict[str, str]) -> Any:
        if sql.startswith("SET SESSION"):
            self._shop.told.append(sql)
            if "max_statement_time" in sql:
                raise MysqlError("unknown system variable", code=ErrorCode.UNKNOWN_SYSTEM_VARIABLE)
            return None
        if self._shop.always is not None:
            return self._shop.always
        try:
            return await super().handle_query(sql, attrs)
        except (ParseError, TokenError):
            # This server puts values into the text itself, without care; their rows are not known.
            return [], ["id", "name", "price", "sold_at"]

    async def query(self, expression: exp.Expression, sql: str, _: Any) -> Any:
        await self._shop.silent.wait()
        if "nowhere" in sql:
            raise MysqlError("private-139", code=ErrorCode.NO_SUCH_TABLE)
        found = execute(expression, tables={"things": things()})
        return found.rows, found.columns
