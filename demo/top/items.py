"""What the marketplace offers: items and their SKUs, with a stock that its own cart sells."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from demo.sample import make_retailer
from demo.sample.records import WOO, Code, Line, WooOrder


class Items:
    """SKUs by the seller's own code, which several of them may share."""

    def __init__(self, seed: int, scale: int) -> None:
        self._codes = [one for one in make_retailer(seed, scale).codes[WOO] if one.written]
        self._rows = [_sku(one) for one in self._codes]

    def by_outer_id(self, code: str) -> list[dict[str, Any]]:
        """Every SKU with the seller's code."""
        return [row for row in self._rows if row["outer_id"] == code]

    def one(self, num_iid: int, sku_id: int) -> dict[str, Any] | None:
        """One SKU of one item."""
        wanted = (num_iid, sku_id)
        return next((row for row in self._rows if (row["num_iid"], row["sku_id"]) == wanted), None)

    def put(self, row: dict[str, Any], units: int, *, adds: bool) -> dict[str, Any]:
        """Set what is on offer, or add to it; what the platform answers."""
        row["quantity"] = units + (row["quantity"] if adds else 0)
        sku = {name: row[name] for name in ("sku_id", "quantity", "modified")}
        return {"num_iid": row["num_iid"], "num": row["quantity"], "skus": {"sku": [sku]}}

    def sold(
        self, code: str, count: int, now: datetime, trades: Sequence[WooOrder]
    ) -> list[WooOrder]:
        """Trades of one piece each, as many as are on offer; newer than all others."""
        (row,) = self.by_outer_id(code)
        known = next(one for one in self._codes if one.written == code)
        many = min(count, row["quantity"])
        row["quantity"] -= many
        last = max(trades, key=lambda order: order.number)
        line = Line(code=known, milli=1000, cents=known.cents)
        facts = {"placed": now, "changed": now, "lines": (line,), "status": "processing"}
        numbers = range(last.number + 1, last.number + 1 + many)
        return [msgspec.structs.replace(last, number=number, **facts) for number in numbers]


def _sku(code: Code) -> dict[str, Any]:
    return {
        "num_iid": code.parent or code.number,
        "sku_id": code.variation or code.number,
        "outer_id": code.written,
        "quantity": 0,
        "modified": "2026-01-01 00:00:00",
    }
