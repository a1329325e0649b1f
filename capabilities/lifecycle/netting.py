"""Which of a person's orders count: paid, dated, and not wholly given back.

A till writes a return as a sale of its own with negative sums and names no receipt. It is set
against an earlier sale of the same channel: one of the very same amount, else the latest ones.
"""

from collections.abc import Iterable
from datetime import date
from math import inf

from capabilities.lifecycle.stages import Purchase
from capabilities.order.facts import OrderFact

Key = tuple[str, str]


def purchases(facts: Iterable[OrderFact]) -> tuple[tuple[Purchase, ...], frozenset[Key]]:
    """Net-paid orders from the oldest on, and the keys of the orders that do not count."""
    ordered = sorted((one for one in facts if one.business_date is not None), key=_turn)
    left = {_key(one): one.net for one in ordered if one.net_paid}
    sales = [one for one in ordered if one.net_paid]
    for back in ordered:
        if back.net < 0:
            _set_against(back, sales, left)
    counted = tuple(_purchase(one, left[_key(one)]) for one in sales if left[_key(one)] > 0)
    return counted, frozenset(map(_key, ordered)) - frozenset(one.key for one in counted)


def _set_against(back: OrderFact, sales: list[OrderFact], left: dict[Key, int]) -> None:
    rest = -back.net
    earlier = [one for one in reversed(sales) if _may_be_of(back, one) and left[_key(one)] > 0]
    same = [one for one in earlier if left[_key(one)] == rest]
    for sale in same[:1] or earlier:
        taken = min(rest, left[_key(sale)])
        left[_key(sale)] -= taken
        rest -= taken
        if not rest:
            return


def _may_be_of(back: OrderFact, sale: OrderFact) -> bool:
    same = back.channel == sale.channel and back.currency == sale.currency
    return same and _day(sale) <= _day(back)


def _turn(one: OrderFact) -> tuple[date, float, str, int, str]:
    placed = one.placed_at.timestamp() if one.placed_at is not None else inf
    return (_day(one), placed, one.channel, len(one.number), one.number)


def _day(one: OrderFact) -> date:
    """The day of an order that has one: others were left out."""
    return one.business_date or date.max


def _key(one: OrderFact) -> Key:
    return (one.channel, one.number)


def _purchase(one: OrderFact, net: int) -> Purchase:
    return Purchase(
        channel=one.channel,
        number=one.number,
        day=_day(one),
        net=net,
        currency=one.currency,
        store_code=one.store_code,
    )
