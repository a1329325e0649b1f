"""What a resolver may ask of flash sales."""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

from capabilities.flash.moment import SaleMoment
from capabilities.flash.ordering import FlashOrder
from capabilities.flash.records import FlashSale, Outcome
from capabilities.flash.settled import Reservation, SaleFigures, Settling


class FlashPart(Protocol):
    """Flash sales: what is sold, to whom, and what becomes of it."""

    async def sale(self, sale: str) -> FlashSale | None:
        """One sale."""

    async def figures(self, sale: str) -> SaleFigures:
        """What the auditor finds in its rows now."""

    async def reservation(self, sale: str, key: UUID) -> Reservation | None:
        """One reservation that the caller may see."""

    def moments(self, sale: str) -> AsyncIterator[SaleMoment]:
        """How one stands, as it goes on: every second for those who run it."""

    def follow(self, reservation: Reservation) -> AsyncIterator[Reservation]:
        """A reservation as it is, and at each change until it is settled."""

    async def order_of(self, reservation: Reservation) -> FlashOrder | None:
        """How far its order is; None before there is one."""

    async def place(self, sale: str, ticket: str, quantity: int, key: str) -> Outcome:
        """What becomes of a wish of whoever holds the ticket."""

    async def pay(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Say that one was paid."""

    async def cancel(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Give one back."""
