"""The pure functions beside the manifests, as tables of what the systems really send."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from capabilities.order.records import OrderStatus, PaymentStatus
from connectors.manifest import load_system
from connectors.systems.jd import mapping as jd
from connectors.systems.ospos import mapping as ospos
from connectors.systems.sap_s4hana import mapping as sap
from connectors.systems.taobao_top import mapping as top
from connectors.systems.vendure import mapping as vendure
from connectors.systems.woocommerce import mapping as woo


def table_of(system, section, field):
    return load_system(system).manifest.sections[section].record[field]["map"]


@pytest.mark.parametrize(
    ("letters", "status"),
    [
        (("C", "", "", "C", "C"), OrderStatus.CANCELLED),
        (("A", "C", "", "A", "A"), OrderStatus.ON_HOLD),
        (("A", "", "B", "A", "A"), OrderStatus.ON_HOLD),
        (("A", "", "", "A", "A"), OrderStatus.CONFIRMED),
        (("A", "", "", "B", "B"), OrderStatus.PARTIALLY_SHIPPED),
        (("A", "", "", "C", "C"), OrderStatus.SHIPPED),
        (("", "", "", "", "C"), OrderStatus.COMPLETED),
    ],
)
def test_sap_states_have_a_precedence(letters, status):
    table = table_of("sap_s4hana", "orders", "status")
    assert OrderStatus[table[sap.order_state(*letters)]] is status


@pytest.mark.parametrize(
    "letters", [("A", "", "", "C", "Z"), ("A", "", "", "9", "C"), ("X", "", "", "", "")]
)
def test_an_unknown_letter_of_sap_is_not_covered_up(letters):
    assert sap.order_state(*letters) not in table_of("sap_s4hana", "orders", "status")


def test_a_blank_order_of_sap_says_nothing():
    assert sap.order_state("", "", "", "", "") is None


def test_sap_totals_are_net_and_tax():
    conditions = {
        "results": [
            {"ConditionType": "PPR0", "ConditionAmount": "100.00"},
            {"ConditionType": "MWST", "ConditionAmount": "13.00"},
        ]
    }
    assert sap.gross(Decimal("100.00"), conditions) == Decimal("113.00")
    assert sap.gross(Decimal(0), {"results": []}) == 0
    assert sap.gross(Decimal("100.00"), {"__deferred": {"uri": "x"}}) is None


@pytest.mark.parametrize(
    ("raw", "order", "payment"),
    [
        ("pending", OrderStatus.PENDING_PAYMENT, PaymentStatus.UNPAID),
        ("on-hold", OrderStatus.ON_HOLD, PaymentStatus.UNPAID),
        ("processing", OrderStatus.CONFIRMED, PaymentStatus.PAID),
        ("completed", OrderStatus.COMPLETED, PaymentStatus.PAID),
        ("cancelled", OrderStatus.CANCELLED, PaymentStatus.VOIDED),
        ("failed", OrderStatus.PENDING_PAYMENT, PaymentStatus.FAILED),
        ("refunded", OrderStatus.CLOSED_REFUNDED, PaymentStatus.REFUNDED),
    ],
)
def test_woocommerce_states(raw, order, payment):
    assert OrderStatus[table_of("woocommerce", "orders", "status")[raw]] is order
    word = woo.payment_state(raw, [], "10.00")
    assert PaymentStatus[table_of("woocommerce", "orders", "payment_status")[word]] is payment


def test_a_part_that_was_refunded_is_seen_beside_the_status():
    assert woo.payment_state("completed", [{"total": "-3.00"}], "10.00") == "refunded in part"
    assert woo.payment_state("completed", [{"total": "-10.00"}], "10.00") == "completed"
    assert woo.refunded([{"total": "-3.00"}, {"total": "-1.50"}]) == Decimal("4.50")
    assert woo.refunded([]) is None


def sold(quantity, price, discount="0.00", kind="0", line=1):
    return {
        "line": line,
        "item_number": " 6901234567892",
        "name": "坚果",
        "quantity": quantity,
        "price": price,
        "discount": discount,
        "discount_type": kind,
    }


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ([sold("0.333", "12.90", "15.00")] * 3, "10.97"),
        ([sold("2.000", "9.90", "1.00", "1")], "17.80"),
        ([sold("-1.000", "9.90", "10.00")], "-8.91"),
        ([], "0.00"),
    ],
)
def test_a_till_rounds_discounts_a_line_and_the_total_once(rows, total):
    assert ospos.items(rows) == Decimal(total)
    lines = ospos.sale_lines(rows, "CNY")
    assert sum(line.total.minor for line in lines) == int(Decimal(total) * 100)


def test_added_tax_and_the_rounding_of_cash_are_in_the_total():
    taxes = [{"kind": "1", "amount": "1.3000"}]
    payments = [
        {"method": "现金", "amount": "11.30", "refund": "0.00", "adjusts": "0"},
        {"method": "抹零", "amount": "0.04", "refund": "0.00", "adjusts": "1"},
    ]
    assert ospos.total([sold("1", "10.04")], taxes, payments) == Decimal("11.30")
    assert ospos.paid(payments) == Decimal("11.30")
    assert ospos.rounding(payments) == Decimal("-0.04")
    assert ospos.tax_included(taxes) is False


def test_a_barcode_is_cleaned_and_the_raw_text_stays():
    (line,) = ospos.sale_lines([sold("1", "1.00")], "CNY")
    assert line.raw_sku == " 6901234567892"
    assert line.codes[0].code == "6901234567892"


@pytest.mark.parametrize(
    ("kind", "percent", "amount"),
    [
        ("percent", Decimal(10), None),
        ("fixed_cart", None, Decimal(10)),
        ("fixed_product", None, Decimal(10)),
        ("recurring_percent", None, None),
        (None, None, None),
    ],
)
def test_what_a_plug_ins_coupon_takes_off_is_not_guessed(kind, percent, amount):
    assert (woo.percent(kind, "10"), woo.fixed(kind, "10")) == (percent, amount)


def line(refund_status, total_fee=None):
    return SimpleNamespace(refund_status=refund_status, total_fee=total_fee)


BACK, KEPT = line("SUCCESS", "1.10"), line("NO_REFUND", "9")


@pytest.mark.parametrize(
    ("status", "pay_time", "lines", "state"),
    [
        ("WAIT_BUYER_PAY", None, [KEPT], PaymentStatus.UNPAID),
        ("TRADE_CLOSED_BY_TAOBAO", "", [KEPT], PaymentStatus.VOIDED),
        ("TRADE_FINISHED", "2026-01-01 00:00:00", [KEPT, KEPT], PaymentStatus.PAID),
        ("TRADE_FINISHED", "2026-01-01 00:00:00", [KEPT, BACK], PaymentStatus.PARTIALLY_REFUNDED),
        ("TRADE_CLOSED", "2026-01-01 00:00:00", [BACK], PaymentStatus.REFUNDED),
        ("TRADE_FINISHED", "2026-01-01 00:00:00", None, PaymentStatus.PAID),
    ],
)
def test_a_trade_is_paid_by_its_time_and_given_back_by_its_lines(status, pay_time, lines, state):
    table = table_of("taobao_top", "orders", "payment_status")
    assert PaymentStatus[table[top.payment_state(status, pay_time, lines)]] is state


def test_what_lines_of_a_trade_gave_back_is_added_as_decimals():
    lines = [BACK, BACK, line("SUCCESS", Decimal("1.1")), KEPT, line("SUCCESS")]
    assert top.refunded("2026-01-01 00:00:00", lines) == Decimal("3.30")
    assert top.refunded(None, lines) is None


@pytest.mark.parametrize(
    ("state", "confirmed", "status"),
    [
        ("NOT_PAY", "", PaymentStatus.UNPAID),
        ("FINISHED_L", "2026-01-01 00:00:00", PaymentStatus.PAID),
        ("TRADE_CANCELED", None, PaymentStatus.VOIDED),
        ("TRADE_CANCELED", "2026-01-01 00:00:00", PaymentStatus.UNKNOWN),
    ],
)
def test_jd_does_not_say_whether_money_of_a_cancelled_order_went_back(state, confirmed, status):
    table = table_of("jd", "orders", "payment_status")
    assert PaymentStatus[table[jd.payment_state(state, confirmed)]] is status


def test_a_line_of_jd_is_price_times_count():
    assert jd.gross("10.10", "3") == Decimal("30.30")
    assert jd.gross("", "3") is None


def paid_in(state, amount, *refunds):
    given = [{"total": total, "state": "Settled"} for total in refunds]
    return {"method": "card", "amount": amount, "state": state, "refunds": given}


@pytest.mark.parametrize(
    ("state", "payments", "status"),
    [
        ("PaymentSettled", [paid_in("Settled", 500)], PaymentStatus.PAID),
        ("Shipped", [paid_in("Settled", 200)], PaymentStatus.PARTIALLY_PAID),
        ("Delivered", [paid_in("Settled", 500, 200)], PaymentStatus.PARTIALLY_REFUNDED),
        ("Cancelled", [paid_in("Settled", 500, 200, 300)], PaymentStatus.REFUNDED),
        ("PaymentAuthorized", [paid_in("Authorized", 500)], PaymentStatus.AUTHORIZED),
        ("Cancelled", [paid_in("Cancelled", 500)], PaymentStatus.VOIDED),
        ("Modifying", [paid_in("Declined", 500)], PaymentStatus.UNPAID),
        ("Modifying", None, PaymentStatus.UNPAID),
    ],
)
def test_vendures_payments_say_what_was_paid(state, payments, status):
    table = table_of("vendure", "orders", "payment_status")
    assert PaymentStatus[table[vendure.payment_state(state, payments, 500)]] is status


def test_vendures_surcharges_are_fees():
    assert vendure.fees([{"priceWithTax": 100}, {"priceWithTax": -30}]) == 70
    assert vendure.fees([]) is None
