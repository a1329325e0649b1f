"""Who the members of the bench are and what they bought: arithmetic on the member's number.

Nothing is stored. Every member has one customer in each of three systems, five orders in each and
three lines an order; the newest ten of her fifteen orders lie in all three systems. Every value has
the same width for every member, so the answers of one server all have the same length.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

MEMBERS = 120_000
SYSTEMS = ("sap_like", "shop_like", "pos_like")
ORDERS = 5
ITEMS = 1000

_FIRST_PHONE = 13_812_000_000
_FIRST_CUSTOMER = (1_000_000_000, 2_000_000, 5_000_000)
_FIRST_ORDER = (4_000_000_000, 7_000_000_000, 1_000_000_000)
_FIRST_DAY = date(2025, 1, 1)
_DAY = 24 * 60
_APART = 26 * 60
_STATES = ("COMPLETED", "CONFIRMED", "CANCELLED")
_TIERS = ("GOLD", "BLUE", "GREY")


class Line(NamedTuple):
    """One line; `cents` is its price in all."""

    item: int
    quantity: int
    cents: int


class Order(NamedTuple):
    """One order; `minute` is its moment in UTC, in minutes since the first day."""

    number: int
    minute: int
    state: str
    lines: tuple[Line, ...]

    @property
    def cents(self) -> int:
        """What it costs in all."""
        return sum(line.cents for line in self.lines)


def phone(member: int) -> str:
    """A mobile number as people write it."""
    return str(_FIRST_PHONE + member)


def member_of_phone(text: str) -> int | None:
    """The member of a national number or of one with +86; None where nobody has it."""
    digits = text[-11:]
    return _checked(int(digits) - _FIRST_PHONE) if digits.isdigit() else None


def customer(member: int, system: int) -> int:
    """Her number in a system."""
    return _FIRST_CUSTOMER[system] + member


def member_of_customer(text: str, system: int) -> int | None:
    """The member of a customer's number; None where nobody has it."""
    return _checked(int(text) - _FIRST_CUSTOMER[system]) if text.isdigit() else None


def order_number(member: int, system: int) -> int:
    """The number of her oldest order there; the others follow it."""
    return _FIRST_ORDER[system] + member * ORDERS


def member_of_order(text: str, system: int) -> int | None:
    """The member of an order's number; None where there is no such order."""
    if not text.isdigit():
        return None
    return _checked((int(text) - _FIRST_ORDER[system]) // ORDERS)


def tier(member: int, system: int) -> str:
    """Her tier there."""
    return _TIERS[(member + system) % 3]


def points(member: int, system: int) -> int:
    """Her points there: four digits."""
    return 1000 + (member * 31 + system * 997) % 9000


def joined(member: int) -> int:
    """The minute in which she joined."""
    return (member * 13) % (300 * _DAY)


def orders(member: int, system: int) -> list[Order]:
    """Her orders in a system, newest first."""
    start = (member * 7919) % 300 * _DAY + member % 60
    found = []
    for place in range(ORDERS - 1, -1, -1):
        slot = place * 3 + (system + member) % 3
        found.append(
            Order(
                number=order_number(member, system) + place,
                minute=start + slot * _APART,
                state=_STATES[(member + slot) % 3],
                lines=tuple(line((member * 31 + slot * 7 + row * 13) % ITEMS) for row in range(3)),
            )
        )
    return found


def line(item: int) -> Line:
    """The line of an item: between 100.00 and 333.32, so that an order stays under 1,000."""
    return Line(item, 1 + item % 4, 10_000 + item * 23 % 23_333)


def minute_of(text: str) -> int:
    """The minute of a moment in UTC, rounded up."""
    moment = datetime.fromisoformat(text).replace(tzinfo=None)
    first = datetime.combine(_FIRST_DAY, datetime.min.time())
    return -((first - moment) // timedelta(minutes=1))


def day(minute: int) -> date:
    """The day of a minute."""
    return _FIRST_DAY + timedelta(days=minute // _DAY)


def clock(minute: int) -> str:
    """The time of day of a minute, `HH:MM`."""
    return f"{minute % _DAY // 60:02d}:{minute % 60:02d}"


def _checked(member: int) -> int | None:
    return member if 0 <= member < MEMBERS else None
