"""How much of a product a system offers in a cart of its own."""

from abc import ABC, abstractmethod

from msgspec import Struct


class StockLevel(Struct, frozen=True):
    """What a system still offers of a product; `reference` is of the push that it has seen last.

    `left` is None where it counts no stock of it, and so sells without end; `reference` where it
    keeps none with a stock.
    """

    left: int | None
    reference: str | None = None


class StockSink(ABC):
    """What a system offers of its products; `stock_code` is the kind of code it knows them by."""

    stock_code: str

    @abstractmethod
    async def push_stock(self, code: str, units: int, reference: str) -> bool:
        """Have it offer so many from now on, by one call that is never repeated.

        False where it has no such product. Refused where it will not; after any other
        `ChannelError` it is not known whether it did.
        """

    @abstractmethod
    async def stock_level(self, code: str) -> StockLevel | None:
        """What it offers now; None where it has no such product."""
