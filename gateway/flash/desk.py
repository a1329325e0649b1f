"""The sale desk of one process: the sales it follows, its buckets of their stock, its batcher."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Self
from uuid import uuid4

from cache.flash_gate import Passing
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.flash.moment import SaleMoment
from capabilities.flash.records import SHARED, NotOpen, Outcome, Wish
from capabilities.flash.tickets import Ticket, TicketKind, Tickets
from gateway.flash.batcher import Batcher
from gateway.flash.clock import StoreClock
from gateway.flash.gate import Coming, Gate
from gateway.flash.moments import moment_of
from gateway.flash.tally import Tally
from gateway.together import Together
from store.engine import Store
from store.flash.buckets import hold_home, leave_homes
from store.flash.offers import Offer, followed
from store.flash.paying import Paid, PaidReservations, Paying
from store.flash.rooms import count_in
from store.flash.taking import Home

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_HOLD_SECONDS = 15.0
_RENEW_SECONDS = 5.0


class Desk:
    """Sells for one brand in one process; `async with` follows its sales meanwhile.

    With a `shadow` it follows that alone, and nobody else does.
    """

    def __init__(
        self,
        store: Store,
        brand: str,
        tickets: Tickets,
        gate: Gate,
        shadow: str | None = None,
    ) -> None:
        self.tickets = tickets
        self.clock = StoreClock()
        self.offers: Mapping[str, Offer] = {}
        self._store = store
        self._brand = brand
        self._shadow = shadow
        self._holder = uuid4().hex
        self._homes: dict[str, Home] = {}
        self._renewed = 0.0
        self._knows_sales = False
        self._batcher = Batcher(store, brand)
        self._gate = gate
        paid = PaidReservations(store, brand)
        self._paying: Together[Paying, Paid] = Together(paid.pay, paid.stands)
        self._tally = Tally(store, brand)
        self._looked = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        with contextlib.suppress(StoreUnavailable):  # the next look finds them
            await self.look()
        self._follower = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        await self._gate.aclose()
        await self._batcher.aclose()
        await self._paying.aclose()
        with contextlib.suppress(StoreUnavailable):  # they lapse by themselves
            await self._tally.write_down()
            await self._store.transaction(lambda run: leave_homes(run, self._brand, self._holder))

    @property
    def selling(self) -> bool:
        """Whether any sale is open, as far as this process has heard."""
        now = self.clock.now()
        return any(one.sells(now) for one in self.offers.values())

    def offer(self, sale: str) -> Offer:
        """A sale that is followed; BadInput for one that there is not."""
        found = self.offers.get(sale)
        if found is None and not self._knows_sales:
            raise StoreUnavailable("the flash sales could not be looked at yet")
        if found is None:
            raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
        return found

    def admitted(self, sale: str, ticket: bytes | None) -> Ticket:
        """Who may buy, by her ticket; TicketRefused for anything else."""
        return self.tickets.read(sale, ticket, TicketKind.ADMITTED, self.clock.now().timestamp())

    async def place(self, sale: str, ticket: Ticket, key: str, quantity: int) -> Outcome:
        """What becomes of a wish of whoever holds the ticket."""
        outcome = await self._outcome(sale, ticket, key, quantity)
        self._tally.count(sale, outcome, self.clock.now())
        return outcome

    async def pay(self, paying: Paying) -> Paid:
        """What became of a payment, together with others that arrive; it is durable then."""
        return await self._paying.ask(paying)

    async def moments(self, sale: str, *, each: bool) -> AsyncGenerator[SaleMoment, None]:
        """How a sale stands, as long as it is followed: at each look, or where it is another."""
        shown: SaleMoment | None = None
        self.offer(sale)
        while (offer := self.offers.get(sale)) is not None:
            looked = self._looked
            moment = moment_of(offer, self.clock.now())
            if each or not moment.same(shown):
                shown = moment
                yield moment
            await looked.wait()

    async def _outcome(self, sale: str, ticket: Ticket, key: str, quantity: int) -> Outcome:
        home = self._homes.get(sale)
        if home is None:
            offer = self.offer(sale)
            if not offer.sells(self.clock.now()):
                return NotOpen(offer.state, offer.opens_at, offer.closes_at)
            home = await self._hold(offer)
        wish = Wish(ticket.member, key, ticket.channel, quantity)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        on = partial(self._batcher.place, home, wish, outcome)
        followed = self.offers.get(sale)
        rate = 0.0 if followed is None else followed.room.rate
        pool = wish.channel if wish.channel in home.quotas else SHARED
        self._gate.come(sale, Coming(Passing(wish.member, key, pool), rate, on, outcome))
        return await outcome

    async def look(self) -> None:
        """Follow what the store has: sales, their rooms, its clock."""
        asked_at = time.monotonic()
        offers, now = await followed(self._store, self._brand, self._shadow)
        if now is not None:
            self.clock.set(now, asked_at)
        self.offers, self._knows_sales = offers, True
        for sale in self._homes.keys() - offers.keys():
            del self._homes[sale]
        for offer in offers.values():
            if offer.room.moving and offer.room.drawn is None:
                await self._store.transaction(
                    lambda run, sale=offer.id: count_in(run, self._brand, sale)  # type: ignore[misc]
                )
        await self._hold_homes(offers)
        for offer in offers.values():
            await self._gate.tell(offer, sells=offer.sells(self.clock.now()))

    def _tell_looked(self) -> None:
        """Wake those who follow a sale."""
        self._looked.set()
        self._looked = asyncio.Event()

    async def _hold_homes(self, offers: Mapping[str, Offer]) -> None:
        selling = [one for one in offers.values() if one.state.sells_soon]
        due = time.monotonic() >= self._renewed + _RENEW_SECONDS
        for offer in selling:
            if due or offer.id not in self._homes:
                await self._hold(offer)
        if due:
            self._renewed = time.monotonic()

    async def _hold(self, offer: Offer) -> Home:
        bucket = await self._store.transaction(
            lambda run: hold_home(run, self._brand, offer.id, self._holder, _HOLD_SECONDS)
        )
        home = self._homes[offer.id] = Home(self._brand, offer.id, bucket, offer.quotas)
        return home

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._tally.write_down()
                await self.look()
            except StoreUnavailable:
                continue  # what was heard last goes on; the store decides every wish anyway
            except Exception:  # noqa: BLE001 - a defect of one look must not end the following
                _log.exception("the flash sales could not be followed")
            self._tell_looked()
