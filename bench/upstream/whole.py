"""Everything that a system has of the first so many members, in pages: what a sync reads."""

from collections.abc import Mapping
from functools import cache

from bench.upstream import members
from bench.upstream.rows import customer_row, order_row

# Of all that answer by number, those that a list has: enough that a load rarely asks one twice.
LISTED = 20_000
# Of whom the list of orders has the orders: what is compared is asked for by a membership.
ORDERED = 1_000


def listed_customers(system: int, params: Mapping[bytes, bytes]) -> list[bytes]:
    """A page of customers in the order in which they joined."""
    return [customer_row(system, one) for one in _page(range(LISTED), params)]


def listed_orders(system: int, params: Mapping[bytes, bytes]) -> list[bytes]:
    """A page of orders in the order in which they were placed, from or until a minute."""
    numbers = _numbers(system)
    if b"until" in params:
        until = members.minute_of(params[b"until"].decode())
        numbers = tuple(one for one in numbers if one[0] < until)
    if b"since" in params:
        since = members.minute_of(params[b"since"].decode())
        numbers = tuple(one for one in numbers if one[0] >= since)
    rows = [order_row(system, str(number)) for _, number in _page(numbers, params)]
    return [row for row in rows if row is not None]


@cache
def _numbers(system: int) -> tuple[tuple[int, int], ...]:
    """Minutes and numbers, the oldest first."""
    found = (
        (order.minute, order.number)
        for member in range(ORDERED)
        for order in members.orders(member, system)
    )
    return tuple(sorted(found))


def _page(
    every: "range | tuple[tuple[int, int], ...]", params: Mapping[bytes, bytes]
) -> "range | tuple[tuple[int, int], ...]":
    start = int(params.get(b"offset", b"0"))
    way = every[::-1] if params.get(b"direction") == b"desc" else every
    return way[start : start + int(params.get(b"limit", b"100"))]
