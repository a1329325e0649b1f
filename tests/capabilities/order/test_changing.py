"""What may be done to an order: figures that cannot contradict each other, whatever happens."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.order.changing import (
    GivenBack,
    OrderDeclined,
    Part,
    cancelled,
    fulfilled,
    paid,
    prorated,
    received,
    returned,
    unequal,
)
from capabilities.order.payments import PaymentOutcome
from capabilities.order.records import FulfillmentStatus, OrderStatus, PaymentStatus
from tests.store.order.holding import NOW, line, order


def axes(held):
    return held.status, held.payment_status, held.fulfillment_status


def gone(held, *, delivered=True):
    after, _ = fulfilled(held, None, NOW, delivered=delivered)
    return after


def test_a_sale_goes_its_way_and_its_axes_follow():
    placed = order(shipping=600)
    status, payment, goods = OrderStatus, PaymentStatus, FulfillmentStatus
    assert axes(placed) == (status.PENDING_PAYMENT, payment.UNPAID, goods.UNFULFILLED)
    half = paid(placed, 1000, NOW)
    assert axes(half) == (status.PENDING_PAYMENT, payment.PARTIALLY_PAID, goods.UNFULFILLED)
    whole = paid(half, half.due, NOW)
    assert axes(whole) == (status.CONFIRMED, payment.PAID, goods.UNFULFILLED)
    assert whole.paid_at == NOW
    some, _ = fulfilled(whole, [Part(ref="1", quantity=Decimal(1))], NOW, delivered=False)
    assert axes(some) == (status.PARTIALLY_SHIPPED, payment.PAID, goods.PARTIALLY_FULFILLED)
    sent = gone(some, delivered=False)
    assert axes(sent) == (status.SHIPPED, payment.PAID, goods.FULFILLED)
    later = NOW + timedelta(days=1)
    there, parts = fulfilled(sent, None, later, delivered=True)
    assert axes(there) == (status.COMPLETED, payment.PAID, goods.DELIVERED)
    assert (parts, there.completed_at) == ((), later)
    back = returned(there, [Part(ref="1", quantity=Decimal(1))], None, later)
    assert back.amount == 1290
    assert axes(back.order) == (status.COMPLETED, payment.PARTIALLY_REFUNDED, goods.DELIVERED)
    rest = returned(back.order, [Part(ref="1", quantity=Decimal(1))], 1290 + 600, later)
    assert axes(rest.order) == (status.CLOSED_REFUNDED, payment.REFUNDED, goods.RETURNED)
    assert rest.order.version == 8


def test_what_is_cancelled_before_and_after_payment():
    given = cancelled(order(), NOW)
    assert (given.amount, given.order.status) == (0, OrderStatus.CANCELLED)
    assert given.order.payment_status is PaymentStatus.VOIDED
    given = cancelled(paid(order(), 2580, NOW), NOW)
    assert (given.amount, given.order.status) == (2580, OrderStatus.CLOSED_REFUNDED)
    assert given.order.payment_status is PaymentStatus.REFUNDED
    assert cancelled(given.order, NOW).code == "ORDER_CLOSED"
    assert cancelled(gone(order()), NOW).code == "ORDER_FULFILLED"


@pytest.mark.parametrize(
    ("amount", "outcome", "status"),
    [
        (1000, PaymentOutcome.CONFIRMED, PaymentStatus.PARTIALLY_PAID),
        (2580, PaymentOutcome.CONFIRMED, PaymentStatus.PAID),
        (2581, PaymentOutcome.OVERPAID, PaymentStatus.PAID),
    ],
)
def test_money_that_arrived_is_never_turned_away(amount, outcome, status):
    after, told = received(order(), amount, NOW)
    assert (told, after.payment_status, after.paid) == (outcome, status, amount)


def test_money_that_comes_too_late_opens_nothing_again_and_can_be_given_back():
    closed = cancelled(order(), NOW).order
    late, told = received(closed, 2580, NOW)
    assert (told, late.status, late.due) == (PaymentOutcome.LATE, OrderStatus.CANCELLED, 0)
    back = returned(late, [], 2580, NOW)
    assert (back.order.status, back.order.refundable) == (OrderStatus.CLOSED_REFUNDED, 0)
    twice, told = received(back.order, 50, NOW)
    assert (told, twice.status) == (PaymentOutcome.LATE, OrderStatus.CLOSED_REFUNDED)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda one: paid(one, one.due + 1, NOW), "PAYMENT_EXCEEDS_DUE"),
        (lambda one: paid(one, 0, NOW), "PAYMENT_EXCEEDS_DUE"),
        (lambda one: returned(one, [], 2581, NOW), "REFUND_EXCEEDS_PAID"),
        (lambda one: returned(one, [], None, NOW), "LINES_MISSING"),
        (lambda one: returned(one, [], 0, NOW), "REFUND_EXCEEDS_PAID"),
        (lambda one: returned(one, [Part(ref="9", quantity=Decimal(1))], 0, NOW), "LINE_UNKNOWN"),
        (
            lambda one: returned(one, [Part(ref="1", quantity=Decimal(1))], 0, NOW),
            "QUANTITY_EXCEEDED",
        ),
        (
            lambda one: fulfilled(one, [Part(ref="1", quantity=Decimal(3))], NOW, delivered=False),
            "QUANTITY_EXCEEDED",
        ),
        (lambda one: fulfilled(gone(one), None, NOW, delivered=True), "ORDER_FULFILLED"),
        (
            lambda one: fulfilled(cancelled(one, NOW).order, None, NOW, delivered=True),
            "ORDER_CLOSED",
        ),
        (lambda one: paid(cancelled(one, NOW).order, 1, NOW), "ORDER_CLOSED"),
    ],
)
def test_what_does_not_fit_is_refused_and_says_why(what, code):
    held, _ = received(order(line(), line("2", 100, 1)), 2580, NOW)
    done = what(held)
    assert isinstance(done, OrderDeclined)
    assert done.code == code


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (order(lines=()), ("input", "lines")),
        (replace(order(), total=1), ("input", "total")),
        (replace(order(), lines=(line(total=2579),)), ("input", "lines", "0", "total")),
        (order(line(), line()), ("input", "lines")),
        (order(off=2581), ("input", "total")),
    ],
)
def test_an_order_whose_sums_do_not_hold_is_not_placed(wrong, path):
    assert unequal(wrong).path == path


def test_half_a_kilo_is_rounded_half_up():
    held = order(line(price=1291, quantity=Decimal("0.5"), total=646, net=646))
    assert unequal(held) is None


quantities = st.integers(1, 5)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.tuples(st.integers(0, 5000), quantities), min_size=1, max_size=4),
    off=st.integers(0, 4000),
    order_of_parts=st.randoms(use_true_random=False),
)
def test_all_parts_of_all_lines_together_are_worth_what_was_paid_for_them(
    lines, off, order_of_parts
):
    made = [line(str(place), price, many) for place, (price, many) in enumerate(lines)]
    whole = sum(one.total for one in made)
    held = prorated(order(*made, off=min(off, whole)))
    assert sum(one.net for one in held.lines) == held.total
    held, _ = received(held, held.total, NOW)
    held = gone(held)
    pieces = [one.ref for one in held.lines for _ in range(int(one.quantity))]
    order_of_parts.shuffle(pieces)
    for ref in pieces:
        back = returned(held, [Part(ref=ref, quantity=Decimal(1))], None, NOW)
        assert isinstance(back, GivenBack)
        held = back.order
        assert 0 <= held.refunded <= held.paid
    assert held.refunded == held.paid
    assert held.fulfillment_status is FulfillmentStatus.RETURNED
