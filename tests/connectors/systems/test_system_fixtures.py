"""A recorded row of each system, through its own manifest, field by field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from capabilities.order.records import (
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    ProductRef,
)
from capabilities.time import Precision
from connectors._kit import Decoder
from connectors.manifest import At, load_system
from connectors.manifest.load import SYSTEMS
from connectors.protocols.jsonrpc import Tryton

_CHANNELS = {
    "40": "waimai",
    "checkout": "shop",
    "M": "store",
    "WH": "wholesale",
    "fixed": "tmall",
    "weapp_youzan": "mini",
}


def order_of(system, file, channels=_CHANNELS):
    section = load_system(system).sections["orders"]
    body = (SYSTEMS / system / "fixtures" / file).read_bytes()
    if system == "ospos":
        row = msgspec.convert(msgspec.json.decode(body), section.row_type)
    elif system == "tryton":
        raw = msgspec.json.Decoder(float_hook=Decimal).decode(body)
        row = msgspec.convert(Tryton().row(raw), section.row_type)
    else:
        row = Decoder(section.row_type).decode(body)
    at = At(
        connector="c",
        system=system,
        version=f"{system}/1",
        channels=channels,
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda field, raw: pytest.fail(f"{field} {raw}"),
    )
    (order,) = section.records([row], at)
    return order


def test_sap_keeps_the_day_and_says_nothing_of_payment():
    order = order_of("sap_s4hana", "order.json")
    assert (order.channel, order.number, order.customer) == ("waimai", "4000043", "4502")
    assert order.business_date == date(2005, 10, 24)
    assert order.placed_at == datetime(2005, 10, 24, 15, 59, 59, 999000, tzinfo=UTC)
    assert order.placed_at_precision is Precision.DAY
    assert order.updated_at == datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC)
    assert order.status is OrderStatus.SHIPPED
    assert order.payment_status is PaymentStatus.UNKNOWN
    assert order.money.total is None  # the tax was not read, so the sum is not known
    assert order.money.items.minor == 265624
    assert order.lines[0].raw_sku == "000000000000254893"
    assert order.lines[0].codes == (ProductRef("matnr", "254893"),)


def test_sap_in_v4_has_plain_dates_numbers_and_the_tax():
    order = order_of("sap_s4hana_v4", "order.json")
    assert (order.channel, order.number, order.customer) == ("waimai", "4000043", "4502")
    assert order.business_date == date(2005, 10, 24)
    assert order.placed_at == datetime(2005, 10, 24, 15, 59, 59, 999000, tzinfo=UTC)
    assert order.updated_at == datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC)
    assert order.status is OrderStatus.SHIPPED
    assert order.money.total.minor == 265624 + 34531
    assert (order.lines[0].quantity, order.lines[0].unit) == (1, "PC")
    assert order.lines[0].codes == (ProductRef("matnr", "254893"),)


def test_woocommerce_reads_gmt_guests_and_partial_refunds():
    order = order_of("woocommerce", "order.json")
    assert (order.channel, order.number, order.customer) == ("shop", "727", None)
    assert order.placed_at == datetime(2026, 3, 22, 8, 28, 2, tzinfo=UTC)
    assert order.status is OrderStatus.COMPLETED
    assert order.payment_status is PaymentStatus.PARTIALLY_REFUNDED
    assert order.fulfillment_status is FulfillmentStatus.FULFILLED
    assert order.source_status == ("completed",)
    assert (order.money.total.minor, order.money.refunded.minor) == (2935, 500)
    assert order.lines[0].codes == (ProductRef("variation_id", "23"),)
    assert order.integrity_warnings == ()


def test_a_till_has_a_key_of_five_parts_and_returns_by_sign():
    order = order_of("ospos", "sale.json")
    assert order.number == "M0001-20260322-0-1-7"
    assert order.source.external_id == "7"
    assert order.kind is OrderKind.RETURN
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, tzinfo=UTC)
    assert order.business_date == date(2026, 3, 22)
    assert order.total.minor == order.money.paid.minor == -890
    assert order.integrity_warnings == ()


def test_tryton_reads_typed_values_and_whole_paths():
    order = order_of("tryton", "sale.json")
    assert (order.channel, order.number, order.customer) == ("wholesale", "12", "P-2")
    assert (order.source.external_id, order.kind) == ("7", OrderKind.SALE)
    assert (order.business_date, order.placed_at_precision) == (date(2026, 10, 16), Precision.DAY)
    assert order.updated_at == datetime(2026, 10, 16, 1, 28, 32, 16766, tzinfo=UTC)
    assert order.status is OrderStatus.PROCESSING
    assert order.money.total.minor == order.lines[0].total.minor == 2500
    assert (order.lines[0].name, order.lines[0].quantity, order.lines[0].unit) == ("红茶", 2, "u")
    assert order.integrity_warnings == ()


def test_taobao_reads_beijings_time_wrapped_lines_and_no_recipient():
    order = order_of("taobao_top", "order.json")
    assert (order.channel, order.number) == ("tmall", "388000000000727273")
    assert order.customer == "AAH000107x"  # and not the oaid, which changes every week
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, 2, tzinfo=UTC)
    assert order.business_date == date(2026, 3, 22)
    assert order.status is OrderStatus.COMPLETED
    assert order.payment_status is PaymentStatus.REFUNDED
    assert order.fulfillment_status is FulfillmentStatus.FULFILLED
    assert (order.money.total.minor, order.money.paid.minor) == (2935, 2935)
    assert (order.money.shipping.minor, order.money.refunded.minor) == (1000, 1935)
    assert order.lines[0].ref == "388000000000727273"
    assert order.lines[0].total.minor == 1935  # without the freight that `payment` holds
    assert order.lines[0].codes == (ProductRef("sku", "BW-1001"),)
    assert order.integrity_warnings == ()


def test_vendure_counts_in_fen_and_only_payments_that_hold():
    order = order_of("vendure", "order.json", {"*": "brand_shop"})
    assert (order.channel, order.number) == ("brand_shop", "CMJGLLR7AWZ6KF46")
    assert (order.source.external_id, order.customer) == ("7", "5")
    assert order.placed_at == datetime(2026, 10, 23, 18, 0, 0, 18000, tzinfo=UTC)
    assert order.business_date == date(2026, 10, 24)
    assert order.status is OrderStatus.DELIVERED
    assert order.payment_status is PaymentStatus.PARTIALLY_REFUNDED
    assert order.fulfillment_status is FulfillmentStatus.DELIVERED
    assert (order.money.total.minor, order.money.shipping.minor) == (16040, 600)
    assert (order.money.paid.minor, order.money.refunded.minor) == (16040, 2500)
    assert [payment.amount.minor for payment in order.payments] == [16040]
    assert [line.total.minor for line in order.lines] == [8890, 2500, 4050]
    assert order.lines[0].codes == (ProductRef("variation_id", "3"), ProductRef("sku", "BEEF"))
    assert order.integrity_warnings == ()


def test_jd_states_discounts_for_the_whole_order():
    section = load_system("jd").sections["orders"]
    row = Decoder(section.row_type).decode((SYSTEMS / "jd" / "fixtures/order.json").read_bytes())
    at = At(
        connector="c",
        system="jd",
        version="jd/1",
        channels={"*": "jd"},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda field, raw: pytest.fail(f"{field} {raw}"),
    )
    (order,) = section.records([row], at)
    assert (order.channel, order.number, order.customer) == ("jd", "290000073427", "oid_00000107")
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, 2, tzinfo=UTC)
    assert (order.status, order.payment_status) == (OrderStatus.COMPLETED, PaymentStatus.PAID)
    assert (order.money.total.minor, order.money.discount.minor) == (2935, 65)
    assert order.lines[0].total.minor == 2000
    assert order.integrity_warnings == ()
