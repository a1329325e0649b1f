"""What a resolver may ask of flash sales."""

from typing import Protocol
from uuid import UUID

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

    async def place(self, sale: str, ticket: str, quantity: int, key: str) -> Outcome:
        """What becomes of a wish of whoever holds the ticket."""

    async def pay(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Say that one was paid."""

    async def cancel(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Give one back."""
