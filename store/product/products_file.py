"""The product reference and its crosswalk from two CSV files, all of it or what is sound in it."""

from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from store.address import driver_url
from store.product.rows import BadRow, read_codes, read_products
from store.versions import PRODUCTS

_UPSERT = sql.SQL("""
  INSERT INTO {table} AS old (brand, {columns}) SELECT %s, {columns} FROM incoming
  ON CONFLICT ({key}) DO UPDATE SET {changes}
  WHERE ({before}) IS DISTINCT FROM ({after})
""")
_BARCODES = (
    """
    INSERT INTO product_barcodes (brand, barcode, sku)
    SELECT brand, unnest(barcodes), sku FROM products WHERE brand = %s ON CONFLICT DO NOTHING
    """,
    """
    DELETE FROM product_barcodes b WHERE b.brand = %s AND NOT EXISTS (
      SELECT FROM products p
      WHERE p.brand = b.brand AND p.sku = b.sku AND b.barcode = ANY (p.barcodes))
    """,
)
# Milliseconds, so that a number never comes back: not even in a database restored or made anew
# beside a cache that still remembers the old one.
_BUMP = """
  INSERT INTO state_versions AS old (brand, part, version, changed_at)
  VALUES (%s, %s, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now())
  ON CONFLICT (brand, part) DO UPDATE
  SET version = greatest(old.version + 1, excluded.version), changed_at = now()
"""


class ImportCounts(Struct, frozen=True, kw_only=True):
    """What an import did: rows written because they were new or other, and rows set aside."""

    products: int
    codes: int
    quarantined: tuple[BadRow, ...]


def import_products(
    database_url: str, products_csv: Path, crosswalk_csv: Path, *, brand: str, by: str = "file"
) -> ImportCounts:
    """Take both files in, in one transaction; doing it again writes nothing.

    `brand` is the tenant's code. A bad row is set aside with its file, line and reason and the
    rest goes on; BadInput when a file is not the one that is meant. Raises what PostgreSQL raises.
    """
    products, bad_products = read_products(products_csv)
    address = driver_url(database_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        written = _upsert(connection, brand, "products", ("sku",), products)
        for statement in _BARCODES if written else ():
            connection.execute(statement, [brand])
        known = connection.execute("SELECT sku FROM products WHERE brand = %s", [brand])
        codes, bad_codes = read_codes(crosswalk_csv, frozenset(sku for (sku,) in known))
        stamped = [{**code, "source": crosswalk_csv.name, "by": by} for code in codes]
        key = ("kind", "code", "system", "connector", "valid_from")
        mapped = _upsert(connection, brand, "product_codes", key, stamped)
        if written or mapped:
            connection.execute(_BUMP, [brand, PRODUCTS])
            # a table that has just been filled is read whole until its statistics are known
            connection.execute("ANALYZE products, product_barcodes, product_codes")
    return ImportCounts(products=written, codes=mapped, quarantined=(*bad_products, *bad_codes))


def _upsert(
    connection: psycopg.Connection[Any],
    brand: str,
    table: str,
    key: tuple[str, ...],
    rows: list[dict[str, object]],
) -> int:
    """Copy the rows beside the table, then write those that are new or other; how many."""
    if not rows:
        return 0
    names = list(rows[0])
    target, columns = sql.Identifier(table), _joined(names)
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
        ).format(columns, target)
    )
    copy = sql.SQL("COPY incoming ({}) FROM STDIN").format(columns)
    with connection.cursor() as cursor, cursor.copy(copy) as incoming:
        for row in rows:
            incoming.write_row(tuple(row[name] for name in names))
    # who wrote a row and from which file is no reason to write it again
    told = [name for name in names if name not in key]
    compared = [name for name in told if name not in {"source", "by"}]
    statement = _UPSERT.format(
        table=target,
        columns=columns,
        key=_joined(["brand", *key]),
        changes=_changes(told),
        before=_joined(compared, "old"),
        after=_joined(compared, "excluded"),
    )
    written = connection.execute(statement, [brand]).rowcount
    connection.execute("DROP TABLE incoming")
    return written


def _changes(names: list[str]) -> sql.Composed:
    change = sql.SQL("{} = {}")
    return sql.SQL(", ").join(
        change.format(sql.Identifier(name), sql.Identifier("excluded", name)) for name in names
    )


def _joined(names: list[str], table: str | None = None) -> sql.Composed:
    prefix = (table,) if table else ()
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)
