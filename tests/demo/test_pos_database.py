from decimal import ROUND_HALF_UP, Decimal

import psycopg
import pytest
from psycopg import sql

from demo.pos import READER, add_sales, seed_database
from demo.pos.money import after_discount, cents, tax_of, total_of
from demo.pos.tables import TABLES
from demo.sample import make_retailer
from demo.sample.records import Line

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def dsn(postgres):
    postgres.create_database("tills")
    address = postgres.dsn("tills")
    assert seed_database(address) is True
    return address


@pytest.fixture
def reader(dsn):
    with psycopg.connect(dsn, user=READER, password="demo-pos") as connection:
        yield connection


def _all(connection, statement):
    return connection.execute(statement).fetchall()


def test_a_second_run_returns_at_once(dsn):
    before = _sales(dsn)
    assert seed_database(dsn) is False
    assert _sales(dsn) == before


def test_another_scale_fills_anew(postgres):
    postgres.create_database("tills_anew")
    address = postgres.dsn("tills_anew")
    seed_database(address, 8, 1)
    other = _sales(address)
    assert seed_database(address, 7, 1) is True
    assert _sales(address) != other


def _sales(address):
    with psycopg.connect(address) as connection:
        return _all(connection, "SELECT * FROM ospos_sales_items ORDER BY 1, 2, 5")


def _count(connection, table):
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    return connection.execute(statement).fetchone()[0]


def test_it_holds_the_sample(reader):
    retailer = make_retailer()
    counts = {
        "ospos_stock_locations": 2_300,
        "ospos_customers": 140,
        "ospos_items": 200,
        "ospos_giftcards": len(retailer.gift_cards),
        "ospos_item_kits": 12,
        "ospos_employees": 20,
    }
    for table, count in counts.items():
        assert _count(reader, table) == count
    for table in TABLES:
        assert _count(reader, table) > 0


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM ospos_sales", "CREATE TABLE public.mine (n integer)", "DROP TABLE ospos_sales"],
)
def test_the_reader_only_reads(dsn, statement, writable):
    refused = psycopg.errors.InsufficientPrivilege
    expected = refused if writable else (refused, psycopg.errors.ReadOnlySqlTransaction)
    with psycopg.connect(dsn, user=READER, password="demo-pos", autocommit=True) as connection:
        if writable:
            connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(expected):
            connection.execute(statement)


def test_the_readers_statements_end_after_five_seconds(reader):
    assert _all(reader, "SHOW statement_timeout") == [("5s",)]


def test_sales_are_in_local_time_without_a_zone(reader):
    kind = "SELECT data_type FROM information_schema.columns WHERE column_name = 'sale_time'"
    assert _all(reader, kind) == [("timestamp without time zone",)]
    hours = "SELECT count(*) FROM ospos_sales WHERE extract(hour FROM sale_time) BETWEEN 1 AND 8"
    assert _all(reader, hours) == [(0,)]


def test_no_total_is_stored(reader):
    columns = """SELECT count(*) FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_name LIKE '%total%'"""
    assert _all(reader, columns) == [(0,)]


def test_a_sale_has_one_location(reader):
    many = """SELECT sale_id FROM ospos_sales_items
              GROUP BY sale_id HAVING count(DISTINCT item_location) > 1"""
    assert _all(reader, many) == []


def test_traps(reader):
    quarter = "SELECT count(*) FILTER (WHERE customer_id IS NULL) * 4 = count(*) FROM ospos_sales"
    assert _all(reader, quarter) == [(True,)]
    statuses = "SELECT DISTINCT sale_status FROM ospos_sales ORDER BY 1"
    assert _all(reader, statuses) == [(0,), (1,), (2,)]
    kinds = "SELECT DISTINCT sale_type FROM ospos_sales ORDER BY 1"
    assert _all(reader, kinds) == [(0,), (1,), (2,), (3,), (4,)]
    returns = """SELECT DISTINCT sale_type FROM ospos_sales JOIN ospos_sales_items USING (sale_id)
                 WHERE quantity_purchased < 0 ORDER BY 1"""
    assert _all(reader, returns) == [(0,), (4,)]
    discounts = "SELECT DISTINCT discount_type FROM ospos_sales_items ORDER BY 1"
    assert _all(reader, discounts) == [(0,), (1,)]
    taxes = "SELECT DISTINCT tax_type FROM ospos_sales_items_taxes ORDER BY 1"
    assert _all(reader, taxes) == [(0,), (1,)]
    assert _all(reader, "SELECT count(*) > 0 FROM ospos_customers WHERE deleted = 1") == [(True,)]
    sloppy = r"SELECT count(*) FROM ospos_items WHERE item_number !~ '^[0-9]+$'"
    assert _all(reader, sloppy) == [(3,)]
    kinds = {
        kind for (kind,) in _all(reader, "SELECT DISTINCT payment_type FROM ospos_sales_payments")
    }
    assert {"现金", "Cash", "抹零", "微信支付"} <= kinds


def test_lin_has_a_card_points_and_a_home(reader):
    lin = """SELECT last_name || first_name, phone_number, package_name, home_location_id
             FROM ospos_customers JOIN ospos_people USING (person_id)
             JOIN ospos_customers_packages USING (package_id)
             WHERE account_number = 'BW88880001' AND ospos_customers.deleted = 0"""
    assert _all(reader, lin) == [("林小满", "13912345678", "普卡", 1)]
    card = """SELECT count(*) FROM ospos_giftcards JOIN ospos_customers USING (person_id)
              WHERE account_number = 'BW88880001'"""
    assert _all(reader, card) == [(1,)]


def test_payments_agree_with_the_formula(reader):
    """The documented formula, in the database's own decimals."""
    wrong = """
      WITH line AS (
        SELECT sale_id, quantity_purchased * item_unit_price - round(CASE discount_type
          WHEN 0 THEN quantity_purchased * item_unit_price * discount / 100
          ELSE quantity_purchased * discount END, 2) AS amount,
          CASE tax_type WHEN 1 THEN item_tax_amount ELSE 0 END AS tax
        FROM ospos_sales_items JOIN ospos_sales_items_taxes USING (sale_id, item_id, line)),
      total AS (SELECT sale_id, round(sum(amount), 2) + sum(tax) AS total FROM line GROUP BY 1),
      paid AS (SELECT sale_id, sum(payment_amount) AS paid FROM ospos_sales_payments GROUP BY 1)
      SELECT count(*) FILTER (WHERE total <> paid), count(*) FROM total JOIN paid USING (sale_id)"""
    ((differ, compared),) = _all(reader, wrong)
    assert differ == 0
    assert compared > 1_000


def test_unpaid_are_those_that_are_not_completed(reader):
    unpaid = """SELECT DISTINCT sale_status FROM ospos_sales
                WHERE sale_id NOT IN (SELECT sale_id FROM ospos_sales_payments) ORDER BY 1"""
    assert _all(reader, unpaid) == [(1,), (2,)]


def test_more_sales_while_it_runs(dsn):
    before = _sales(dsn)
    with psycopg.connect(dsn) as connection:
        ((last, newest),) = _all(connection, "SELECT max(sale_id), max(sale_time) FROM ospos_sales")
        numbers = add_sales(dsn, 3)
        connection.rollback()
        assert numbers == [last + 1, last + 2, last + 3]
        later = "SELECT count(*) FROM ospos_sales WHERE sale_time > %s AND sale_id > %s"
        assert connection.execute(later, (newest, last)).fetchone() == (3,)
    assert len(_sales(dsn)) > len(before)


def test_sales_need_a_seeded_database(postgres):
    postgres.create_database("no_tills")
    with pytest.raises(LookupError, match="seed"):
        add_sales(postgres.dsn("no_tills"), 1)


def _code():
    return make_retailer().codes["ospos"][0]


def test_three_lines_are_rounded_once():
    """The example of the rounding rules: per line it would be 10.98."""
    lines = [Line(_code(), 333, 1_290, percent=15)] * 3
    value = Decimal("0.333") * Decimal("12.90")
    line = value - (value * Decimal("0.15")).quantize(CENT, ROUND_HALF_UP)
    assert line.quantize(CENT, ROUND_HALF_UP) * 3 == Decimal("10.98")
    assert cents(total_of(lines, added=False)) == Decimal("10.97")


@pytest.mark.parametrize(
    ("line", "thousandths"),
    [
        ((1_000, 1_005, 10, 0), 904_000),  # the discount 1.005 becomes 1.01, away from zero
        ((-1_000, 1_005, 10, 0), -904_000),
        ((2_000, 1_000, 0, 50), 1_900_000),
        ((-2_000, 1_000, 0, 50), -1_900_000),
        ((333, 1_290, 0, 0), 429_570),
    ],
)
def test_a_position_after_discount(line, thousandths):
    milli, price, percent, off = line
    assert after_discount(Line(_code(), milli, price, percent, off)) == thousandths


@pytest.mark.parametrize(("added", "tax"), [(True, 1_300), (False, 1_150)])
def test_tax_on_top_and_inside(added, tax):
    assert tax_of(10_000_000, added=added) == tax
