"""Returns to a system name every line that comes back, or are declined."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from capabilities.money import Money
from capabilities.order.changing import OrderDeclined
from capabilities.order.placing import OrderKey, WantedPart
from capabilities.order.records import OrderLine
from gateway.platform.order_parts import worth
from gateway.platform.orders import OrderChanges


def order(*lines):
    return SimpleNamespace(channel="sap", number="1", lines=lines, store_code=None)


PRICED = OrderLine(ref="1", quantity=Decimal(2), total=Money(500, "CNY"))
UNPRICED = OrderLine(ref="2", quantity=Decimal(2))


def part(ref, amount=None):
    return WantedPart(ref=ref, quantity=Decimal(1), amount=amount)


class Systems(OrderChanges):
    """Every order is a system's, and every wish a new one; what comes through is kept."""

    def __init__(self):
        self._owned = SimpleNamespace(now=lambda: datetime(2026, 11, 27, tzinfo=UTC))

    def _is_own(self, _):
        return False

    async def _change(self, _order, _key, write, *_):
        return write

    async def _unless_heard(self, _key, _wish, refusal):
        return refusal


async def back(*parts):
    one, key = order(PRICED, UNPRICED), OrderKey(channel="sap", number="1")
    return await Systems().give_back(one, key, parts, None, "x", "k", restock=False)


def test_what_a_part_is_worth():
    (found,) = worth(order(PRICED), [part("1")])
    assert found.amount == Money(250, "CNY")


def test_parts_that_come_back_one_by_one_are_never_worth_more_than_their_line():
    odd = OrderLine(ref="1", quantity=Decimal(2), total=Money(3, "CNY"))
    given = [worth(order(odd), [part("1")])[0].amount.minor for _ in range(2)]
    assert sum(given) <= 3
    (whole,) = worth(order(odd), [WantedPart(ref="1", quantity=Decimal(2), amount=None)])
    assert whole.amount == Money(3, "CNY")


async def test_a_part_that_no_system_could_be_told_of_declines_the_return():
    for lost in (part("9"), part("9", Money(1, "CNY")), part("2")):
        told = await back(part("1"), lost)
        assert (type(told), told.code) == (OrderDeclined, "LINE_UNKNOWN")
    told = await back(part("1"), part("2", Money(1, "CNY")))
    assert [one.ref for one in told.lines] == ["1", "2"]
