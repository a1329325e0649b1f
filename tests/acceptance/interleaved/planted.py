"""The planted truth: people with canaries in every value, and whose everything is.

A canary such as `k0042z` names its person wherever it comes up. The rest of a name and the middle
of a phone are planted to be seen by nobody.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BRAND = "baiwei"
PEOPLE = 120
POISONED = 3
STORES = ("S1", "S2", "S3", "S4")
SHARED = ("erp", "web", "till")
WALLET = "wallet"
# Orders of the wallet are the platform's own, for no system has them; there are none.
OWN = "platform"
SKUS = 10
CANARY = re.compile(r"k(\d{4})z")
HIDDEN = re.compile(r"秘密|1391234\d|secret")

_START = datetime(2026, 1, 1, tzinfo=UTC)
_LETTER = {"erp": "E", "web": "W", "till": "T", WALLET: "P"}


@dataclass(frozen=True)
class Held:
    """A membership."""

    channel: str
    number: str
    person: int
    joined: datetime
    points: int
    tier: str
    store: str | None = None


@dataclass(frozen=True)
class Bought:
    """An order with one line; nobody's where `person` is None."""

    channel: str
    number: str
    person: int | None
    customer: str | None
    at: datetime
    cents: int
    sku: int
    text: str
    store: str | None = None


@dataclass(frozen=True)
class Coupon:
    """A coupon in the wallet, whose system answers in its caller's name only."""

    key: str
    person: int
    customer: str
    name: str
    code: str
    issued: datetime


def canary(person: int) -> str:
    return f"k{person:04d}z"


def name(person: int) -> str:
    """Her name; its first character is hers alone and all that a mask leaves."""
    return f"{chr(0x4E00 + person)}秘密"


def phone(person: int) -> str:
    return f"1391234{person:04d}"


def poisoned(person: int) -> bool:
    """Whether the web shop answers nonsense as soon as a call holds her phone."""
    return person < POISONED


def channels(person: int) -> tuple[str, ...]:
    """Where she is a member: not everywhere, and always somewhere."""
    known = [
        one for one, gone in (("erp", 4), ("web", 3), ("till", 5)) if person % gone != gone - 1
    ]
    return (*(known or ["erp"]), WALLET)


def home(person: int) -> str | None:
    return None if person % 7 == 6 else STORES[person % len(STORES)]


def _held(person: int) -> list[Held]:
    found = []
    for place, channel in enumerate(channels(person)):
        twice = channel == "till" and person % 11 == 0
        for copy in range(1 + twice):
            store = None
            if channel == "till":
                store = home(person + copy)
            found.append(
                Held(
                    channel=channel,
                    number=f"{_LETTER[channel]}{copy}-{canary(person)}",
                    person=person,
                    joined=_START + timedelta(hours=person, minutes=place * 2 + copy),
                    points=1_000_000 + person * 10 + place,
                    tier=f"tier-{canary(person)}",
                    store=store,
                )
            )
    return found


def _bought(one: Held) -> list[Bought]:
    place = SHARED.index(one.channel)
    return [
        Bought(
            channel=one.channel,
            number=f"{one.number}-{turn}",
            person=one.person,
            customer=one.number,
            # every order has a moment of its own, and those of all systems alternate
            at=_START
            + timedelta(
                days=turn, hours=one.person % 24, minutes=one.person // 24 * 10 + place * 3,
                seconds=int(one.number[1]),
            ),
            cents=one.person * 1_000 + turn * 10 + place,
            sku=(one.person + turn) % SKUS,
            text=f"line-{canary(one.person)}-{turn}",
            store=STORES[(one.person + turn) % len(STORES)] if one.channel == "till" else None,
        )
        for turn in range(2 + one.person % 3)
    ]  # fmt: skip


def _anonymous() -> list[Bought]:
    """Sales at the till without a card."""
    return [
        Bought(
            channel="till",
            number=f"T9-{place}",
            person=None,
            customer=None,
            at=_START + timedelta(days=5, minutes=place),
            cents=100 + place,
            sku=place % SKUS,
            text="cash",
            store=STORES[place % len(STORES)],
        )
        for place in range(8)
    ]


def _coupons(person: int) -> list[Coupon]:
    return [
        Coupon(
            key=f"C{turn}-{canary(person)}",
            person=person,
            customer=f"P0-{canary(person)}",
            name=f"coupon-{canary(person)}",
            code=f"secret-{turn}-{person:04d}",
            issued=_START + timedelta(hours=person, minutes=turn),
        )
        for turn in range(1 + person % 2)
    ]


HELD = [one for person in range(PEOPLE) for one in _held(person)]
BOUGHT = [one for held in HELD if held.channel != WALLET for one in _bought(held)] + _anonymous()
COUPONS = [one for person in range(PEOPLE) for one in _coupons(person)]

assert len({one.at for one in BOUGHT}) == len(BOUGHT)
assert len({one.joined for one in HELD}) == len(HELD)
