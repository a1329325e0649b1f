"""A file in each system's own shape, through its feed and its mapping, field by field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from capabilities.order.records import OrderKind, OrderStatus, ProductRef
from capabilities.time import Precision
from connectors._kit import Decoder
from connectors.manifest import At, load_system
from connectors.manifest.load import SYSTEMS
from connectors.protocols.files import Bad, Row, read_feed

ENCODER = msgspec.json.Encoder(decimal_format="number")


def read(system, feed, file):
    loaded = load_system(system)
    section = loaded.sections["orders"]
    at = At(
        connector="c",
        system=system,
        version=f"{system}/1",
        channels={"*": "store"} if system != "sap_orders05" else {"40": "waimai"},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda field, raw: pytest.fail(f"{field} {raw}"),
    )
    with (SYSTEMS / system / "fixtures" / file).open("rb") as opened:
        found = list(read_feed(loaded.manifest.own.feeds[feed], opened))
    bodies = [ENCODER.encode(one.value) for one in found if isinstance(one, Row)]
    rows = [Decoder(section.row_type).decode(body) for body in bodies]
    bad = [(one.line, one.code) for one in found if isinstance(one, Bad)]
    return section.records(rows, at), bad, b"".join(bodies)


def test_poslog_counts_what_was_sold_and_taken_back_and_nothing_that_was_voided():
    (order,), bad, _ = read("poslog", "transactions", "transactions.xml")
    assert not bad
    assert order.number == "M0001-20261020-S-3-4711"
    assert (order.customer, order.store_code) == ("88880001", "M0001")
    assert order.business_date == date(2026, 10, 20)
    assert order.placed_at == datetime(2026, 10, 20, 16, 41, 17, tzinfo=UTC)
    assert (order.total.minor, order.money.paid.minor) == (15000, 15000)
    assert [(one.quantity, one.total.minor) for one in order.lines] == [
        (Decimal(2), 18000), (Decimal(-1), -3000),
    ]  # fmt: skip
    assert order.lines[0].codes == (ProductRef("barcode", "06901234567892"),)
    assert order.lines[0].unit_price.minor == 9000
    assert order.lines[0].discounts[0].amount.minor == 2000
    assert order.payments[0].method == "Cash"
    assert not order.integrity_warnings


def test_wpubon_has_a_sign_on_every_segment_and_no_card_number_gets_in():
    (order,), bad, kept = read("sap_wpubon", "receipts", "receipts.xml")
    assert not bad
    assert b"6222021234567890" not in kept
    assert order.number == "M0001-20261020-S-2-8812"
    assert (order.customer, order.total.minor) == ("1134", 4000)
    assert order.placed_at == datetime(2026, 10, 20, 1, 30, 15, tzinfo=UTC)
    assert [(one.quantity, one.total.minor) for one in order.lines] == [
        (Decimal(3), 5400), (Decimal(-1), -1400),
    ]  # fmt: skip
    assert order.lines[0].discounts[0].code == "A2026"
    assert order.lines[1].codes == (ProductRef("matnr", "254893"),)
    assert order.source.external_id == "0000000000815011"
    assert not order.integrity_warnings


def test_orders05_is_read_by_its_qualifiers():
    (order,), bad, _ = read("sap_orders05", "orders", "order.xml")
    assert not bad
    assert (order.channel, order.number, order.customer) == ("waimai", "4000043", "4502")
    assert (order.kind, order.status) == (OrderKind.SALE, OrderStatus.CONFIRMED)
    assert (order.business_date, order.placed_at_precision) == (date(2026, 10, 20), Precision.DAY)
    assert order.total.minor == 245650
    (line,) = order.lines
    assert (line.ref, line.raw_sku, line.unit_price.minor) == ("10", "000000000000254893", 123450)
    assert line.discounts[0].amount.minor == 1250
    assert not order.integrity_warnings


def test_car_has_lists_of_one_and_a_line_that_is_the_cashier():
    (order,), bad, kept = read("sap_car", "transactions", "transactions.json")
    assert not bad
    assert b"6222021234567890" not in kept
    assert order.number == "747-20190725-S-137-5470"
    assert order.placed_at == datetime(2019, 7, 25, 4, 23, 46, tzinfo=UTC)
    assert [(one.raw_sku, one.total.minor) for one in order.lines] == [("6927165", 1237)]
    assert order.total.minor == 1237
    assert not order.integrity_warnings


def test_a_store_csv_keeps_the_code_that_a_spreadsheet_cut_short():
    (order,), bad, _ = read("store_csv", "sales", "sales.csv")
    assert bad == [(2, "CODE_DAMAGED")]
    assert order.number == "0001-20261020-S-2-8812"
    assert (order.customer, order.total.minor) == ("88880001", 125400)
    assert order.placed_at == datetime(2026, 10, 20, 16, 38, tzinfo=UTC)
    assert order.lines[0].raw_sku == "6.92E+12"
    assert order.lines[0].name == "铸铁锅\n24cm"
    assert order.lines[1].codes == (ProductRef("barcode", "0690123456789"),)
    assert not order.integrity_warnings
