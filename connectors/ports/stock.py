"""The port of stock: what a system offers of a product in its own cart."""

from capabilities.flash.ports import StockLevel, StockSink
from connectors.ports.port import Port
from connectors.ports.wanted import Stock


class StockWrites(Port, StockSink):
    """Stock, read and set as the manifest says."""

    _stock: Stock | None

    async def push_stock(self, code: str, units: int, reference: str) -> bool:
        """Tell the system once."""
        async with self._observed("push_stock", 1), self._deadline():
            return await self._known_stock().push(code, units, reference)

    async def stock_level(self, code: str) -> StockLevel | None:
        """Ask the system."""
        async with self._observed("stock_level", 1), self._deadline():
            return await self._known_stock().level(code)

    def _known_stock(self) -> Stock:
        if self._stock is None:
            raise TypeError("a port without its section")
        return self._stock
