"""A sale is rehearsed: made-up people come by the real way, for a tenth of its stock.

They enter, wait, hold a ticket, pass the gate and are counted in the batches of a desk that sells
the shadow alone; every fifth of them sends her order twice. Nothing of it stays.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

from capabilities.audit import Entry
from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import BadInput
from capabilities.flash.records import FlashSale
from capabilities.flash.rehearsal import Rehearsal, people_for, shadow_sale
from capabilities.flash.settled import SaleFigures
from capabilities.flash.tally import Answer, answer_of
from capabilities.flash.tickets import Ticket
from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from store.access.audit import audited
from store.engine import Run
from store.flash.audit import audit
from store.flash.sales import read_sale
from store.flash.shadows import define_shadow, sweep
from store.owned import Owned

_SECONDS = 30.0
_AT_ONCE = 200
_TWICE = 5
_TRIES = 3
_WAITING = "WAITING"

OpenDesk = Callable[[str], AbstractAsyncContextManager[Desk]]


async def rehearse(owned: Owned, opened: OpenDesk, sale: str, by: str) -> Rehearsal:
    """Rehearse a sale; `opened` gives a desk that follows a shadow alone."""
    brand, shadow = owned.brand, f"rehearsal-{uuid4().hex}"

    async def define(run: Run) -> FlashSale:
        found = await read_sale(run, brand, sale)
        if found is None:
            raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
        small = shadow_sale(found, shadow)
        await define_shadow(run, brand, sale, small, 2 * _SECONDS)
        return small

    small = await owned.store.transaction(define)
    try:
        async with opened(shadow) as desk:
            crowd = _Crowd(owned, desk, small)
            await crowd.run()
        figures = await owned.store.transaction(lambda run: audit(run, brand, shadow))
    finally:
        await owned.store.transaction(lambda run: sweep(run, brand, shadow))
    found = crowd.told(sale, figures)
    await owned.store.transaction(lambda run: _recorded(run, brand, found, by))
    return found


async def _recorded(run: Run, brand: str, found: Rehearsal, by: str) -> None:
    facts: dict[str, str | int] = {
        "sale": found.sale,
        "units": found.units,
        "people": found.people,
        "reserved": found.reserved,
        "faults": len(found.faults),
    }
    await audited(run, brand, Entry(action="flash.rehearsed", actor=by, facts=facts))


class _Crowd:
    """Made-up people, so many at once, and what they were answered."""

    def __init__(self, owned: Owned, desk: Desk, shadow: FlashSale) -> None:
        self._brand = owned.brand
        self._desk = desk
        self._entrance = Entrance(owned, desk)
        self._sale = shadow.id
        self._units = sum(shadow.pools.values())
        self._channels = [pool or "rehearsal" for pool in sorted(shadow.pools)]
        self._people = people_for(self._units)
        self._answers: Counter[str] = Counter()
        self._took: list[float] = []
        self._end = time.monotonic() + _SECONDS
        self._seconds = 0.0

    async def run(self) -> None:
        """All of them come; whoever waits at the end goes home."""
        begun, numbers = time.monotonic(), iter(range(self._people))

        async def worker() -> None:
            for number in numbers:
                await self._come(number)

        await asyncio.gather(*(worker() for _ in range(min(_AT_ONCE, self._people))))
        self._seconds = time.monotonic() - begun

    def told(self, sale: str, figures: SaleFigures) -> Rehearsal:
        """How it went."""
        took = sorted(self._took) or [0.0]
        reserved = self._answers[Answer.RESERVED.value]
        return Rehearsal(
            sale=sale,
            units=self._units,
            people=self._people,
            seconds=self._seconds,
            rate=reserved / self._seconds if self._seconds else 0.0,
            p50_ms=1000 * took[len(took) // 2],
            p99_ms=1000 * took[len(took) * 99 // 100],
            answers=dict(sorted(self._answers.items())),
            reserved=figures.standing,
            faults=figures.faults,
        )

    async def _come(self, number: int) -> None:
        ticket = await self._let_in(number)
        if ticket is None:
            self._answers[_WAITING] += 1
            return
        orders = 2 if number % _TWICE == 0 else 1
        await asyncio.gather(*(self._order(ticket, f"{number}") for _ in range(orders)))

    async def _let_in(self, number: int) -> Ticket | None:
        """A ticket that buys; None where her turn does not come in time."""
        channel = self._channels[number % len(self._channels)]
        member = MembershipKey(channel, f"rehearsal-{number}")
        visibility = Visibility(role=Role.CONSUMER, brand=self._brand, member=member)
        caller = Caller(subject="rehearsal", visibility=visibility)
        turn = await self._entrance.enter(caller, self._sale)
        while not turn.admitted:
            pause = turn.retry_after_ms / 1000
            if time.monotonic() + pause >= self._end:
                return None
            await asyncio.sleep(pause)
            turn = self._entrance.poll(self._sale, turn.ticket.encode())
        return self._desk.admitted(self._sale, turn.ticket.encode())

    async def _order(self, ticket: Ticket, key: str) -> None:
        """One order, tried again where nothing was decided."""
        for _ in range(_TRIES):
            begun = time.monotonic()
            outcome = await self._desk.place(self._sale, ticket, key, 1)
            self._took.append(time.monotonic() - begun)
            answer = answer_of(outcome)
            self._answers[answer.value] += 1
            if answer is not Answer.THROTTLED or time.monotonic() >= self._end:
                return
            await asyncio.sleep(0.5)
