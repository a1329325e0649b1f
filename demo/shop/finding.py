"""Which rows a listing is about: the filters that the shop really has."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from starlette.datastructures import QueryParams

from demo.sample.records import Account, Coupon, WooOrder
from demo.shop.documents import email_of, role_of, username_of
from demo.shop.failures import invalid
from demo.shop.query import read_choice, read_moment, read_number, read_numbers, read_words
from demo.shop.stock import Stock

Item = TypeVar("Item")
Test = Callable[[Item], bool]

STATUSES: Final = (
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
    "lay-by",  # a plug-in's
)
ROLES: Final = ("all", "administrator", "customer", "editor", "shop_manager", "subscriber")

ORDER_KEYS: Final[dict[str, Callable[[WooOrder], Any]]] = {
    "date": lambda order: order.placed,
    "modified": lambda order: order.changed,
    "id": lambda order: order.number,
    "title": lambda order: order.placed,
    "slug": lambda order: order.number,
}
CUSTOMER_KEYS: Final[dict[str, Callable[[Account], Any]]] = {
    "id": lambda account: account.number,
    "name": username_of,
    "registered_date": lambda account: account.joined,
}
COUPON_KEYS: Final[dict[str, Callable[[Coupon], Any]]] = {
    "date": lambda coupon: coupon.created,
    "modified": lambda coupon: coupon.created,
    "id": lambda coupon: coupon.number,
    "title": lambda coupon: coupon.code,
    "slug": lambda coupon: coupon.code,
}


class Finder:
    """Applies the known parameters of each resource; others have no effect at all."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock

    def orders(self, query: QueryParams) -> list[WooOrder]:
        """status, customer, include, exclude, search, and the four bounds of time."""
        tests: list[Test[WooOrder]] = [_by_status(query)]
        tests += _bounds(query, "after", "before", lambda order: order.placed)
        tests += _bounds(query, "modified_after", "modified_before", lambda order: order.changed)
        if "customer" in query:
            number = read_number(query, "customer", 0)
            tests.append(lambda order: order.account is not None and order.account.number == number)
            if number == 0:
                tests[-1] = lambda order: order.account is None
        if text := query.get("search", "").strip().lower():
            tests.append(lambda order: text in _order_text(order))
        return _kept(query, self._stock.orders, tests)

    def customers(self, query: QueryParams) -> list[Account]:
        """role, email, search (login and e-mail), include, exclude; nothing about time."""
        tests: list[Test[Account]] = []
        if (role := read_choice(query, "role", ROLES, "customer")) != "all":
            tests.append(lambda account: role_of(account) == role)
        if email := query.get("email", "").lower():
            tests.append(lambda account: email_of(account).lower() == email)
        if text := query.get("search", "").strip().lower():
            tests.append(lambda account: text in f"{username_of(account)} {email_of(account)}")
        return _kept(query, self._stock.customers, tests)

    def coupons(self, query: QueryParams) -> list[Coupon]:
        """code, search, after, before, include, exclude; no way to ask for a person's."""
        tests: list[Test[Coupon]] = _bounds(query, "after", "before", lambda c: c.created)
        if code := query.get("code", "").lower():
            tests.append(lambda coupon: coupon.code.lower() == code)
        if text := query.get("search", "").strip().lower():
            tests.append(lambda coupon: text in f"{coupon.code} {coupon.text}".lower())
        return _kept(query, self._stock.coupons, tests)


def _kept(query: QueryParams, rows: dict[int, Item], tests: list[Test[Item]]) -> list[Item]:
    include, exclude = read_numbers(query, "include"), set(read_numbers(query, "exclude"))
    numbers = dict.fromkeys(include) if include else rows
    found = [rows[number] for number in numbers if number in rows and number not in exclude]
    return [row for row in found if all(test(row) for test in tests)]


def _by_status(query: QueryParams) -> Test[WooOrder]:
    """`any` is every registered status; what is in the trash comes only when asked for."""
    wanted = read_words(query, "status") or ["any"]
    for name in wanted:
        if name not in {*STATUSES, "any", "trash"}:
            raise invalid("status[0]", f"is not one of any, trash, {', '.join(STATUSES)}.")
    names = set(wanted) | (set(STATUSES) if "any" in wanted else set())
    return lambda order: order.status in names


def _bounds(
    query: QueryParams, after: str, before: str, moment: Callable[[Item], datetime]
) -> list[Test[Item]]:
    """Both bounds leave out the moment that they name."""
    tests: list[Test[Item]] = []
    if (low := read_moment(query, after)) is not None:
        tests.append(lambda item, low=low: moment(item) > low)  # type: ignore[misc]
    if (high := read_moment(query, before)) is not None:
        tests.append(lambda item, high=high: moment(item) < high)  # type: ignore[misc]
    return tests


def _order_text(order: WooOrder) -> str:
    """What the search of the order list looks through: number and billing address."""
    if order.account is not None:
        person, phone, email = order.account.person, order.account.phone, email_of(order.account)
        return f"{order.number} {person.given} {person.family} {phone} {email}".lower()
    guest = order.guest
    return f"{order.number} {guest.name} {guest.phone} {guest.email}" if guest else ""
