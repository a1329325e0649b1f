"""Odoo's JSON-RPC door with its traps: errors in status 200, false for null, archived rows."""

import json
from typing import Any

from tests.connectors._kit.raw_server import Peer, message

LARGE = 9007199254740993  # one more than a double holds
ORDERS = [
    {
        "id": 100 + n,
        "name": f"S{n:05d}",
        "state": ("sale", "draft", "done")[n % 3],
        "partner_id": [7 + n % 2, "林小满"] if n % 4 else False,
        "date_order": f"2026-10-{1 + n // 3:02d} 08:00:00",
        "amount_total": 10.1 + n,
        "client_order_ref": False,
        "order_line": [1000 + n, 2000 + n],
        "active": n != 5,
    }
    for n in range(12)
]
ORDERS[-1]["id"] = LARGE
LINES = {
    key: {"id": key, "product_id": [key % 3, f"[SKU{key % 3}] 茶"], "product_uom_qty": 2.0}
    for n in range(12)
    for key in (1000 + n, 2000 + n)
}


class OdooServer:
    """Answers what `JsonRpcClient` asks; `raises` is the exception of every read."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []
        self.logons = 0
        self.key = "k3y"
        self.raises: str | None = None

    async def __call__(self, peer: Peer) -> None:
        params = json.loads(peer.content)["params"]
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": 1}
        if params["service"] == "common":
            self.logons += 1
            told["result"] = 2 if params["args"][2] == self.key else False
        else:
            self.asked.append(params["args"])
            raised = self.raises
            if params["args"][2] != self.key:
                raised = "odoo.exceptions.AccessDenied"
            if raised is not None:
                secret = {"name": raised, "message": "林小满 138", "debug": "Traceback"}
                told["error"] = {"code": 200, "message": "Odoo Server Error", "data": secret}
            else:
                told["result"] = self._read(*params["args"][3:])
        peer.send(message(200, json.dumps(told, ensure_ascii=False).encode()))

    def _read(self, model: str, method: str, args: list[Any], how: dict[str, Any]) -> Any:
        assert method == "search_read"
        rows: list[dict[str, Any]] = ORDERS if model == "sale.order" else list(LINES.values())
        if how["context"].get("active_test") is not False:
            rows = [row for row in rows if row.get("active", True)]
        for condition in args[0]:
            rows = [row for row in rows if _holds(row, condition)]
        for name in reversed(how.get("order", "").split(", ")):
            field, _, way = name.partition(" ")
            if field:
                rows = sorted(rows, key=lambda row: row[field], reverse=way == "desc")
        names = {"id", *how["fields"]}
        return [{k: v for k, v in row.items() if k in names} for row in rows[: how.get("limit")]]


def _holds(row: dict[str, Any], condition: list[Any]) -> bool:
    name, operator, wanted = condition
    value = row[name][0] if isinstance(row[name], list) else row[name]
    return {
        "=": lambda: value == wanted,
        "in": lambda: value in wanted,
        "not in": lambda: value not in wanted,
        "<=": lambda: value <= wanted,
        ">=": lambda: value >= wanted,
    }[operator]()
