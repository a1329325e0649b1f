"""The entrance of the waiting room: who calls is verified here, and never again for this sale.

Those who come together are found and numbered together. Afterwards a ticket says all: a poll asks
no store and holds no connection.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct

from capabilities.caller import Caller, MembershipKey, Role
from capabilities.errors import BadInput, Forbidden
from capabilities.flash.tickets import Ticket, TicketKind
from capabilities.member.person import keyed_hash
from gateway.flash.desk import Desk
from gateway.flash.people import one_ids
from store.flash.offers import Offer
from store.flash.rooms import Entrant, enter
from store.owned import Owned

_MOST = 256
_ADMITTED_SECONDS = 600
_OVER_SECONDS = 3_600
_SOONEST_MS, _LATEST_MS = 500, 15_000


class Turn(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where somebody stands: `ahead` is None until the lots are drawn.

    `ticket` is for the next question; `admitted` says that it buys.
    """

    ticket: str
    admitted: bool
    ahead: int | None
    opens_at: datetime
    now: datetime
    retry_after_ms: int


class Entrance:
    """Lets people into the waiting rooms of a desk's sales."""

    def __init__(self, owned: Owned, desk: Desk) -> None:
        self._owned = owned
        self._desk = desk
        self._coming: defaultdict[
            str, list[tuple[MembershipKey, asyncio.Future[tuple[str, int]]]]
        ] = defaultdict(list)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def enter(self, caller: Caller, sale: str) -> Turn:
        """A ticket for a consumer; Forbidden for everybody else, BadInput where it is over."""
        key = caller.visibility.member
        if caller.role is not Role.CONSUMER or key is None:
            raise Forbidden("members enter a flash sale, by their own token")
        offer = self._desk.offer(sale)
        if offer.closes_at <= self._desk.clock.now():
            raise BadInput("this flash sale is over", code="FLASH_SALE_OVER")
        arrived = asyncio.get_running_loop().create_future()
        self._coming[sale].append((key, arrived))
        if sale not in self._tasks:
            self._tasks[sale] = asyncio.get_running_loop().create_task(self._let_in(sale))
        member, place = await arrived
        expires = int(offer.closes_at.timestamp()) + _OVER_SECONDS
        return self._turn(offer, Ticket(TicketKind.WAITING, member, key.channel, place, expires))

    def poll(self, sale: str, ticket: bytes | None) -> Turn:
        """Where the holder of a waiting ticket stands now."""
        now = self._desk.clock.now().timestamp()
        waiting = self._desk.tickets.read(sale, ticket, TicketKind.WAITING, now)
        return self._turn(self._desk.offer(sale), waiting)

    def _turn(self, offer: Offer, ticket: Ticket) -> Turn:
        now = self._desk.clock.now()
        room = offer.room
        seed = keyed_hash(self._owned.key, "flash lots", self._owned.brand, offer.id)
        ahead = 0 if not room.rate else room.ahead(ticket.number, seed, now)
        if ahead == 0:
            until = now + timedelta(seconds=_ADMITTED_SECONDS)
            if not room.rate:
                until = offer.closes_at + timedelta(seconds=_ADMITTED_SECONDS)
            ticket = Ticket(
                TicketKind.ADMITTED,
                ticket.member,
                ticket.channel,
                ticket.number,
                ceil(until.timestamp()),
            )
        return Turn(
            ticket=self._desk.tickets.signed(offer.id, ticket),
            admitted=ahead == 0,
            ahead=ahead,
            opens_at=offer.opens_at,
            now=now,
            retry_after_ms=_pause(offer, ahead, ticket.number, now),
        )

    async def _let_in(self, sale: str) -> None:
        """Number those who came, batch after batch."""
        try:
            while coming := self._coming.pop(sale, []):
                if len(coming) > _MOST:
                    self._coming[sale] = coming[_MOST:]
                await self._number(sale, coming[:_MOST])
        finally:
            del self._tasks[sale]

    async def _number(
        self,
        sale: str,
        coming: Sequence[tuple[MembershipKey, "asyncio.Future[tuple[str, int]]"]],
    ) -> None:
        try:
            keys = [key for key, _ in coming]
            people = await one_ids(self._owned, keys)
            entrants = [Entrant(who, key) for who, key in zip(people, keys, strict=True)]
            places = await self._owned.store.transaction(
                lambda run: enter(run, self._owned.brand, sale, entrants)
            )
            for (_, arrived), one in zip(coming, entrants, strict=True):
                if not arrived.done():
                    arrived.set_result((one.member, places[one.member]))
        except Exception as exc:  # noqa: BLE001 - each of them is told
            for _, arrived in coming:
                if not arrived.done():
                    arrived.set_exception(exc)


def _pause(offer: Offer, ahead: int | None, number: int, now: datetime) -> int:
    """When to ask again: the sooner the nearer, and never all of them in one moment."""
    if ahead == 0:
        return 0
    spread = number % 997 / 997
    waits = (offer.opens_at - now).total_seconds() * 1000
    if waits > 0:
        return int(min(waits, _LATEST_MS) + _SOONEST_MS * spread)
    due = 1000 * ahead / offer.room.rate if ahead and offer.room.rate else _SOONEST_MS
    return int(min(max(due / 2, _SOONEST_MS), _LATEST_MS) * (1 + spread / 4))
