"""The platform's queue of messages (TMC): each comes again until it is confirmed, in no order."""

from itertools import count
from random import Random
from typing import Any, Final

import orjson

from demo.sample.records import WooOrder
from demo.top.trades import STATUSES, tid_of

_FIRST: Final = 4_160_000_000_000_000_000
_DOUBLED: Final = 0.25
_MOST: Final = 200
_TOPICS: Final = {
    "WAIT_BUYER_PAY": "taobao_trade_TradeCreate",
    "WAIT_SELLER_SEND_GOODS": "taobao_trade_TradeBuyerPay",
    "TRADE_FINISHED": "taobao_trade_TradeSuccess",
    "TRADE_CLOSED": "taobao_trade_TradeClose",
    "TRADE_CLOSED_BY_TAOBAO": "taobao_trade_TradeClose",
}


class MessageQueue:
    """What was told and not confirmed."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck
        self._ids = count(_FIRST)
        self._waiting: dict[str, dict[str, Any]] = {}

    def tell(self, trade: WooOrder) -> None:
        """A trade is another than before; now and then it is told of twice."""
        for _ in range(2 if self._luck.random() < _DOUBLED else 1):
            own = next(self._ids)
            status = STATUSES[trade.status]
            content = {"tid": int(tid_of(trade)), "status": status, "buyer_nick": "林**"}
            self._waiting[str(own)] = {
                "id": own,
                "topic": _TOPICS.get(status, "taobao_trade_TradeChanged"),
                "pub_time": f"{trade.changed:%Y-%m-%d %H:%M:%S}",
                "content": orjson.dumps(content).decode(),
            }

    def tell_points(self, record: str, amount: int, ouid: str) -> None:
        """The platform changes somebody's points; told of twice now and then."""
        for _ in range(2 if self._luck.random() < _DOUBLED else 1):
            own = next(self._ids)
            content = {"record_id": record, "point": amount, "ouid": ouid, "mix_mobile": "139**"}
            self._waiting[str(own)] = {
                "id": own,
                "topic": "tmall_mei_PointChange",
                "pub_time": "2026-01-01 00:00:00",
                "content": orjson.dumps(content).decode(),
            }

    def consume(self, quantity: int) -> dict[str, Any]:
        """Some of what waits; an empty list is not written at all."""
        some = list(self._waiting.values())
        self._luck.shuffle(some)
        kept = some[: min(quantity, _MOST)]
        return {"messages": {"tmc_message": kept}} if kept else {}

    def confirm(self, ids: str) -> dict[str, Any]:
        """They need not come again."""
        for own in ids.split(","):
            self._waiting.pop(own.strip(), None)
        return {"is_success": True}
