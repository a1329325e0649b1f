"""What the upstream answers to a path: customers by phone, orders of customers, long lists."""

from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from bench.upstream import members
from bench.upstream.lists import list_rows
from bench.upstream.rows import customer_row, order_row, order_rows
from bench.upstream.whole import listed_customers, listed_orders

_PATHS = {name.removesuffix("_like"): place for place, name in enumerate(members.SYSTEMS)}


class Asked:
    """How much was asked, and how many rows went out."""

    def __init__(self) -> None:
        self.calls = 0
        self.keys = 0
        self.rows = 0


def answer(target: bytes, asked: Asked) -> bytes | None:
    """The body of a GET of `/sap/customers?phone=…`; None where there is nothing."""
    path, _, query = target.partition(b"?")
    place = _PLACES.get(path)
    asked.calls += 1
    if place is not None:
        kind, system = place
        rows = kind(system, _params(query), asked)
    elif path.startswith(b"/list/"):
        rows = list_rows(int(path.split(b"/")[2]), _params(query))
    else:
        return None
    asked.rows += len(rows)
    return b"[%b]" % b",".join(rows)


def _params(query: bytes) -> dict[bytes, bytes]:
    found = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        found[name] = unquote_to_bytes(value) if b"%" in value else value
    return found


def _customers(system: int, params: Mapping[bytes, bytes], asked: Asked) -> list[bytes]:
    """The customers of phones; with `number`, those of these numbers; with neither, a page."""
    if b"number" in params:
        numbers = params[b"number"].decode().split(",")
        asked.keys += len(numbers)
        named = [members.member_of_customer(one, system) for one in numbers]
        return [customer_row(system, one) for one in named if one is not None]
    if b"phone" not in params:
        return listed_customers(system, params)
    phones = params[b"phone"].decode().split(",")
    asked.keys += len(phones)
    found = [members.member_of_phone(one) for one in phones]
    return [customer_row(system, one) for one in found if one is not None]


def _orders(system: int, params: Mapping[bytes, bytes], asked: Asked) -> list[bytes]:
    """The newest of each customer, customer after customer; `limit` holds for each of them.

    With `number`, the orders of these numbers; with neither, a page.
    """
    if b"number" in params:
        numbers = params[b"number"].decode().split(",")
        asked.keys += len(numbers)
        rows = [order_row(system, one) for one in numbers]
        return [row for row in rows if row is not None]
    if b"customer" not in params:
        return listed_orders(system, params)
    customers = params[b"customer"].decode().split(",")
    asked.keys += len(customers)
    start = int(params.get(b"offset", b"0"))
    end = start + int(params.get(b"limit", b"100"))
    until = members.minute_of(params[b"until"].decode()) if b"until" in params else None
    found: list[bytes] = []
    for one in customers:
        member = members.member_of_customer(one, system)
        if member is not None:
            found += order_rows(system, member, until)[start:end]
    return found


_Kind = Callable[[int, Mapping[bytes, bytes], Asked], list[bytes]]
_PLACES: dict[bytes, tuple[_Kind, int]] = {
    f"/{name}/{kind}".encode(): (make, place)
    for name, place in _PATHS.items()
    for kind, make in (("customers", _customers), ("orders", _orders))
}
