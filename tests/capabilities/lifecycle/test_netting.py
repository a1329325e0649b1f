"""Which orders count: what was paid and stayed paid, on its business date."""

from capabilities.lifecycle.netting import purchases
from capabilities.order.records import OrderKind, OrderStatus, PaymentStatus
from tests.capabilities.lifecycle.buying import back, day, order


def _numbers(*facts):
    return [one.number for one in purchases(facts)[0]]


def test_an_order_that_was_paid_counts_on_its_business_date():
    (counted,), void = purchases([order(0, business_date=day(1))])
    assert (counted.day, counted.net, void) == (day(1), 1000, frozenset())


def test_what_was_never_sold_or_wholly_given_back_does_not():
    never = [
        order(0, paid=0, payment_status=PaymentStatus.UNPAID),
        order(1, refunded=1000),
        order(2, status=OrderStatus.CANCELLED),
        order(3, gone=True),
        order(4, kind=OrderKind.QUOTE),
        order(5, business_date=None),
    ]
    counted, void = purchases(never)
    assert counted == ()
    assert void == {("shop", f"o{number}") for number in range(5)}


def test_an_order_that_was_given_back_in_part_counts_with_the_rest():
    (counted,), _ = purchases([order(0, refunded=400)])
    assert counted.net == 600


def test_a_return_of_the_same_amount_takes_the_latest_such_sale_away():
    sales = (order(0), order(5), order(9, paid=700))
    assert _numbers(*sales, back(10)) == ["o0", "o9"]


def test_a_return_of_another_amount_is_set_against_the_latest_sales():
    sales = (order(0), order(5), order(9, paid=700))
    counted, _ = purchases([*sales, back(10, -900)])
    assert [(one.number, one.net) for one in counted] == [("o0", 1000), ("o5", 800)]


def test_a_return_never_takes_a_later_sale_nor_one_of_another_channel_or_currency():
    others = (order(5), order(1, channel="till"), order(2, currency="USD"))
    assert _numbers(*others, back(3)) == ["o1", "o2", "o5"]


def test_more_that_came_back_than_was_sold_is_no_debt():
    assert _numbers(order(0), back(1, -5000), order(2)) == ["o2"]
