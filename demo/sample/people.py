"""Invented people, the systems that know them, and their phones as somebody typed them."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from demo.sample.luck import chance
from demo.sample.records import POS, SAP, SYSTEMS, WOO, Account, Person
from demo.sample.words import CITIES, FAMILIES, GIVEN, PINYIN

PER_SCALE: Final = 300
END: Final = datetime(2026, 11, 1)  # noqa: DTZ001 - local time, as the systems keep it
SHARED_PHONE: Final = "13800000000"
VIRTUAL_PHONE: Final = "18877771111-123"
LIN_PHONE: Final = "13912345678"
_LIN_TYPED: Final = {SAP: "+86 139-1234-5678", WOO: "139 1234 5678", POS: LIN_PHONE}
_PREFIXES: Final = ("136", "137", "139", "150", "158", "159", "182", "186", "187", "189")
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_GROUPINGS: Final = ("MTMC", "MJDC", "MWMC")
_FIRST_NUMBER: Final = {SAP: 1_000_100, WOO: 101, POS: 1_001}


def make_people(seed: int, scale: int) -> tuple[Person, ...]:
    """`scale` × 300 people: 20 % known to two systems, 10 % to all three, exactly."""
    rng = Random(f"{seed}:people")
    count = PER_SCALE * scale
    spread = _spread(count)
    rng.shuffle(spread)
    spread[spread.index(SYSTEMS)] = spread[0]
    spread[0] = SYSTEMS
    return (_lin(), *(_person(rng, index, spread[index]) for index in range(1, count)))


def make_accounts(
    seed: int, people: tuple[Person, ...], homes: int
) -> dict[str, tuple[Account, ...]]:
    """Every person's account in every system that knows her."""
    return {
        system: tuple(_accounts(Random(f"{seed}:{system}"), system, people, homes))
        for system in SYSTEMS
    }


def typed(rng: Random, phone: str) -> str:
    """The same number as one of ten hands writes it."""
    first, middle, last = phone[:3], phone[3:7], phone[7:]
    return rng.choice(
        (
            phone,
            phone,
            phone,
            f"+86 {first}-{middle}-{last}",
            f"+86{phone}",
            f"0086{phone}",
            f"0086 {phone}",
            f"{first} {middle} {last}",
            f"{first}-{middle}-{last}",
            phone.translate(_WIDE),
        )
    )


def _spread(count: int) -> list[tuple[str, ...]]:
    """Which systems know whom: shares that add up at every scale."""
    three, two = count // 10, count // 5
    pairs = ((SAP, WOO), (SAP, POS), (WOO, POS))
    ones = count - three - two
    return [
        *(SYSTEMS for _ in range(three)),
        *(pairs[row % 3] for row in range(two)),
        *((SYSTEMS[row % 3],) for row in range(ones)),
    ]


def _lin() -> Person:
    return Person(
        index=0,
        family="林",
        given="小满",
        phone=LIN_PHONE,
        email="lin.xiaoman@example.com",
        gender="F",
        born=date(1993, 5, 21),
        city=0,
        street="南京东路 300 号",
        systems=SYSTEMS,
    )


def _person(rng: Random, index: int, systems: tuple[str, ...]) -> Person:
    family = rng.randrange(len(FAMILIES))
    given = rng.choice(GIVEN) + (rng.choice(GIVEN) if chance(rng, 0.7) else "")
    city = rng.randrange(len(CITIES))
    tail = (index * 7_919 + 1_234_567) % 100_000_000
    return Person(
        index=index,
        family=FAMILIES[family],
        given=given,
        phone=f"{_PREFIXES[index % len(_PREFIXES)]}{tail:08d}",
        email=f"{PINYIN[family]}{index}@example.com",
        gender=rng.choice("FM"),
        born=date(rng.randrange(1960, 2008), rng.randrange(1, 13), rng.randrange(1, 29)),
        city=city,
        street=f"{rng.choice(CITIES[city][4])} {rng.randrange(1, 999)} 号",
        systems=systems,
    )


def _accounts(rng: Random, system: str, people: tuple[Person, ...], homes: int) -> list[Account]:
    made: list[Account] = []
    for person in people:
        if system not in person.systems:
            continue
        lin = person.index == 0
        joined = END - timedelta(days=rng.randrange(560, 1500), seconds=rng.randrange(86_400))
        row = len(made)
        made.append(
            Account(
                system=system,
                number=_FIRST_NUMBER[system] + row,
                person=person,
                phone=_LIN_TYPED[system] if lin else _phone(rng, system, person),
                email=person.email if lin or chance(rng, 0.8) else "",
                joined=joined,
                changed=joined + timedelta(days=rng.randrange(0, 500), seconds=row % 3_600),
                grouping=_GROUPINGS[row % 3] if system == SAP else "",
                card=f"BW{88_880_001 + row}" if system == POS else "",
                points=rng.randrange(0, 5_000),
                package=1 + row % 4,
                home=1 if lin else 1 + rng.randrange(homes),
                deleted=system == POS and not lin and chance(rng, 0.05),
                blocked=system == SAP and not lin and chance(rng, 0.02),
            )
        )
    return made


def _phone(rng: Random, system: str, person: Person) -> str:
    """Mostly her own number; a shop's or a virtual one where nobody looked."""
    if system == POS and len(person.systems) == 1 and chance(rng, 0.08):
        return SHARED_PHONE
    if chance(rng, 0.01):
        return VIRTUAL_PHONE
    if chance(rng, 0.02):
        return f"188{person.phone[3:]}-{person.index % 900 + 100}"
    return typed(rng, person.phone)
