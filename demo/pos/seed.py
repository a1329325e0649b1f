"""Fill a database once, give it a reader, and add sales while it runs."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from psycopg import Connection, connect, sql

from demo.pos.rows import Rows, make_rows
from demo.pos.rows import add_sales as add_sale_rows
from demo.pos.tables import INDEXES, TABLES
from demo.sample import DEFAULT_SEED, make_retailer
from demo.sample.baskets import basket, deal
from demo.sample.luck import chance
from demo.sample.records import POS, PosSale, Retailer

READER: Final = "pos_reader"
WRITER: Final = "pos_writer"
_WRITTEN: Final = (
    *("ospos_people", "ospos_customers", "ospos_sales", "ospos_sales_items"),
    *("ospos_sales_payments", "ospos_item_quantities", "ospos_inventory"),
)
_NUMBERED: Final = (
    ("ospos_people", "person_id"),
    ("ospos_sales", "sale_id"),
    ("ospos_sales_payments", "payment_id"),
)
_MARKER: Final = "demo_seed"
_LOCK: Final = 7_301_441  # any number; one seeding at a time
_ZONE: Final = timedelta(hours=8)


def seed_database(dsn: str, seed: int = DEFAULT_SEED, scale: int = 1) -> bool:
    """Make and fill the tables in one transaction; False when they were there already."""
    with connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _make_reader(connection)
        if _read_marker(connection) == f"{seed}:{scale}":
            return False
        for name, columns in TABLES.items():
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(f"CREATE TABLE {name} ({columns})".encode())
        rows = make_rows(make_retailer(seed, scale))
        rows["ospos_app_config"].append({"key": _MARKER, "value": f"{seed}:{scale}"})
        _copy(connection, rows)
        _number_on(connection)
        for statement in INDEXES:
            connection.execute(statement.encode())
        _grant(connection)
    with connect(dsn, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return True


def _number_on(connection: Connection[Any]) -> None:
    """Numbers that the database gives out go on behind those that were written."""
    for table, column in _NUMBERED:
        highest = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), max({})) FROM {}").format(
            table, column, sql.Identifier(column), sql.Identifier(table)
        )
        connection.execute(highest)


def add_sales(dsn: str, count: int) -> list[int]:
    """Ring up `count` more sales, newer than all that are there; their numbers."""
    with connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        marker = _read_marker(connection)
        if marker is None:
            raise LookupError("this database holds no demo: run `python -m demo.pos seed` first")
        seed, scale = (int(part) for part in marker.split(":"))
        last, newest = _one(connection, "SELECT max(sale_id), max(sale_time) FROM ospos_sales")
        (payments,) = _one(connection, "SELECT max(payment_id) FROM ospos_sales_payments")
        now = (datetime.now(UTC) + _ZONE).replace(tzinfo=None, microsecond=0)
        sales = list(_new_sales(make_retailer(seed, scale), last, max(now, newest), count))
        rows: Rows = {name: [] for name in TABLES}
        add_sale_rows(rows, sales, {}, payments)
        _copy(connection, rows)
        _number_on(connection)
        return [sale.number for sale in sales]


def _new_sales(retailer: Retailer, last: int, newest: datetime, count: int) -> Iterator[PosSale]:
    rng = Random(f"late sales:{last}")
    cards = deal(rng, retailer.codes[POS])
    for row in range(1, count + 1):
        yield PosSale(
            number=last + row,
            store=rng.choice(retailer.stores),
            account=rng.choice(retailer.accounts[POS]) if chance(rng, 0.75) else None,
            placed=newest + timedelta(seconds=row),
            status=0,
            kind=0,
            lines=basket(rng, cards, weighed=True),
            payment="微信支付",
            employee=1,
        )


def _read_marker(connection: Connection[Any]) -> str | None:
    (there,) = _one(connection, "SELECT to_regclass('ospos_app_config') IS NOT NULL")
    if not there:
        return None
    found = connection.execute("SELECT value FROM ospos_app_config WHERE key = %s", (_MARKER,))
    row = found.fetchone()
    return str(row[0]) if row else None


def _one(connection: Connection[Any], statement: str) -> Any:
    return connection.execute(statement.encode()).fetchone()


def _copy(connection: Connection[Any], rows: Rows) -> None:
    """COPY each table; the columns are those of its first row, the others have defaults."""
    with connection.cursor() as cursor:
        for table, found in rows.items():
            if not found:
                continue
            columns = list(found[0])
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
            with cursor.copy(order) as copy:
                for row in found:
                    copy.write_row([row[name] for name in columns])


def _make_reader(connection: Connection[Any]) -> None:
    """The roles that a connector logs on with, as a careful owner would make them."""
    _make_role(connection, WRITER)
    _make_role(connection, READER)
    role = sql.Identifier(READER)
    for setting in ("default_transaction_read_only = on", "statement_timeout = '5s'"):
        connection.execute(sql.SQL("ALTER ROLE {} SET " + setting).format(role))


def _make_role(connection: Connection[Any], name: str) -> None:
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    role = sql.Identifier(name)
    if there is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    password = sql.Literal(os.environ.get("DEMO_POS_PASSWORD", "demo-pos"))
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, password))


def _grant(connection: Connection[Any]) -> None:
    for role in map(sql.Identifier, (READER, WRITER)):
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        for name in map(sql.Identifier, TABLES):
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, role))
    for name in map(sql.Identifier, _WRITTEN):
        order = sql.SQL("GRANT INSERT, UPDATE ON {} TO {}").format(name, sql.Identifier(WRITER))
        connection.execute(order)
