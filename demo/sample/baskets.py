"""What is bought and when: the part that all three kinds of order share."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from demo.sample.people import END
from demo.sample.products import deck
from demo.sample.records import Account, Code, Line

DAYS: Final = 548  # eighteen months
LIN_ORDERS: Final = 14


def deal(rng: Random, codes: tuple[Code, ...]) -> Iterator[Code]:
    """Codes without end, so that any long enough run contains each of them."""
    while True:
        cards = deck(codes)
        rng.shuffle(cards)
        yield from cards


def basket(
    rng: Random, cards: Iterator[Code], *, percent: int = 0, weighed: bool = False
) -> tuple[Line, ...]:
    """One to four positions; what is sold by weight has an uneven weight at a till."""
    picked: dict[str, Line] = {}
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        code = next(cards)
        if code.unit == "kg" and weighed:
            milli = rng.randrange(120, 2_400)
        else:
            milli = rng.choice((1, 1, 1, 2, 3)) * 1000
        picked[code.code] = Line(code, milli, code.cents, percent)
    return tuple(picked.values())


def moment(rng: Random) -> datetime:
    """Some second of the eighteen months, in shopping hours or shortly after midnight."""
    day = END - timedelta(days=1 + rng.randrange(DAYS))
    seconds = rng.randrange(9 * 3_600, 24 * 3_600 + 1_800)
    return day + timedelta(seconds=min(seconds, _until(day)))


def timetable(
    rng: Random, accounts: tuple[Account, ...], count: int
) -> list[tuple[datetime, Account, bool]]:
    """Who buys when, oldest first; the first account buys at fourteen even distances.

    The last value marks those fourteen, which never get an odd status.
    """
    step = timedelta(days=DAYS // LIN_ORDERS)
    spread = (END - timedelta(days=2) - step * turn for turn in range(LIN_ORDERS))
    times = [
        (at + timedelta(hours=12, seconds=rng.randrange(3_600)), accounts[0], True) for at in spread
    ]
    times += [(moment(rng), rng.choice(accounts), False) for _ in range(count - LIN_ORDERS)]
    return sorted(times, key=lambda entry: (entry[0], entry[1].number))


def age(at: datetime) -> int:
    """Whole days before the end of the sample."""
    return (END - at).days


def later(rng: Random, at: datetime, days: int) -> datetime:
    """A change some days after, never beyond the end of the sample."""
    return min(at + timedelta(seconds=rng.randrange(60, days * 86_400)), END - timedelta(seconds=1))


def _until(day: datetime) -> int:
    """Seconds that are left from that midnight to the end of the sample."""
    return int((END - day).total_seconds()) - 1
