"""The door of the platform: one path, a signature, and 200 for everything."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Action, Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED
from demo.sample.records import WooOrder
from demo.stock_faults import StockFaults
from demo.top.items import Items
from demo.top.queue import MessageQueue
from demo.top.trades import make_trades, ouid_of, tid_of, write_trade

APP_KEY: Final = "12345678"
SESSION: Final = "6100demo-session"
_BEIJING: Final = timezone(timedelta(hours=8))
_SKEW: Final = timedelta(minutes=10)
_DAY: Final = timedelta(days=1)
_MOST: Final = 100
_NEXT: Final = {"processing": "completed", "completed": "refunded"}
_FAR: Final = datetime(1, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001 - the platform writes no zone


def create_top(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The platform as one ASGI application with its control door."""
    tally = Tally()
    luck = Random(f"{seed}:messages")
    platform = _Platform(tally, make_trades(seed, scale), Items(seed, scale), luck)
    app = Starlette(routes=[Route("/router/rest", platform.answer, methods=["POST"])])
    return Box(app, tally, actions=platform.actions)


class _RefusedError(Exception):
    def __init__(self, code: int, sub_code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.body = {"code": code, "msg": message or "Remote service error", "request_id": "r1"}
        if sub_code:
            self.body |= {"sub_code": sub_code, "sub_msg": "出错了"}


class _Platform:
    """The calls."""

    def __init__(self, tally: Tally, trades: list[WooOrder], items: Items, luck: Random) -> None:
        self._tally = tally
        self._luck = luck
        self._queue = MessageQueue(luck)
        self._trades = trades
        self._by_tid = {tid_of(order): order for order in trades}
        self._secret = os.environ.get("DEMO_TOP_SECRET", "helloworld")
        self._calls = {
            "taobao.trades.sold.get": self._sold,
            "taobao.trades.sold.increment.get": self._increment,
            "taobao.trade.fullinfo.get": self._full,
            "taobao.tmc.messages.consume": self._consume,
            "taobao.tmc.messages.confirm": self._confirm,
            "taobao.skus.custom.get": self._skus,
            "taobao.item.quantity.update": self._update,
            "tmall.mei.crm.callback.point.change": self._points_changed,
        }
        self._answers: dict[str, list[dict[str, str]]] = {}
        self._items, self._pushes = items, StockFaults()
        self.actions: Mapping[str, Action] = {
            "sell": self._sell,
            "stock": lambda body: {"rows": items.by_outer_id(str(body["sku"]))},
            "push_fault": self._pushes.order,
            "arrive": self._pushes.arrive,
            "trades": self._change,
            "points": self._tell_points,
            "point_answers": lambda _: {"answers": self._answers},
        }

    async def answer(self, request: Request) -> Response:
        """Whatever happens, the status is 200."""
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        asked = dict([*request.query_params.multi_items(), *pairs])
        try:
            self._check(asked)
            body = self._called(asked)
        except _RefusedError as refused:
            body = {"error_response": refused.body}
        return Response(orjson.dumps(body), media_type="application/json;charset=UTF-8")

    def _change(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/trades`: so many buyers take their goods, or send them back."""
        most = int(str(body.get("count", 1)))
        open_ = [place for place, one in enumerate(self._trades) if one.status in _NEXT]
        now = datetime.now(UTC).astimezone(_BEIJING).replace(tzinfo=None, microsecond=0)
        changed = []
        for place in self._luck.sample(open_, min(most, len(open_))):
            before = self._trades[place]
            trade = msgspec.structs.replace(before, status=_NEXT[before.status], changed=now)
            self._trades[place] = self._by_tid[tid_of(trade)] = trade
            self._queue.tell(trade)
            changed.append(tid_of(trade))
        return {"trades": changed}

    def _tell_points(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/points`: somebody's points change at the platform."""
        record, amount = str(body["record"]), int(str(body["amount"]))
        self._queue.tell_points(record, amount, str(body["ouid"]))
        return {"record": record}

    def _points_changed(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """The brand says what became of a change."""
        if not asked.get("record_id") or asked.get("result") not in {"0", "1"}:
            raise _RefusedError(41, "isv.invalid-parameter", "record_id")
        names = ("result", "error_code", "point")
        told = {name: asked[name] for name in names if name in asked}
        self._answers.setdefault(asked["record_id"], []).append(told)
        return {"result_success": True}

    def _consume(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return self._queue.consume(_number(asked, "quantity", 100))

    def _confirm(self, asked: Mapping[str, str]) -> dict[str, Any]:
        if not asked.get("s_message_ids"):
            raise _RefusedError(40, message="Missing required arguments:s_message_ids")
        return self._queue.confirm(asked["s_message_ids"])

    def _called(self, asked: Mapping[str, str]) -> dict[str, Any]:
        call = self._calls.get(asked.get("method", ""))
        if call is None:
            raise _RefusedError(22, message="Invalid method")
        name = asked["method"].removeprefix("taobao.").replace(".", "_")
        return {f"{name}_response": {**call(asked), "request_id": "r1"}}

    def _check(self, asked: Mapping[str, str]) -> None:
        if asked.get("app_key") != APP_KEY:
            self._failed(29, "Invalid app Key")
        if not hmac.compare_digest(asked.get("sign", ""), _sign(asked, self._secret)):
            self._failed(25, "Invalid signature")
        if asked.get("session") != SESSION:
            self._failed(27, "Invalid session")
        now = datetime.now(UTC).astimezone(_BEIJING).replace(tzinfo=None)
        if abs(_moment(asked, "timestamp", now - _DAY) - now) > _SKEW:
            raise _RefusedError(31, message="Invalid timestamp")

    def _failed(self, code: int, message: str) -> None:
        self._tally.logons_failed += 1
        raise _RefusedError(code, message=message)

    def _sold(self, asked: Mapping[str, str]) -> dict[str, Any]:
        first, last = _moment(asked, "start_created"), _moment(asked, "end_created", _FAR[1])
        rows = [order for order in self._trades if first <= order.placed <= last]
        if "buyer_open_uid" in asked:
            rows = [order for order in rows if ouid_of(order) == asked["buyer_open_uid"]]
        return _page(sorted(rows, key=lambda o: (o.placed, o.number), reverse=True), asked)

    def _increment(self, asked: Mapping[str, str]) -> dict[str, Any]:
        first, last = _moment(asked, "start_modified"), _moment(asked, "end_modified", _FAR[1])
        if last - first > _DAY:
            raise _RefusedError(41, "isv.invalid-parameter", "start_modified and end_modified")
        rows = [order for order in self._trades if first <= order.changed <= last]
        return _page(sorted(rows, key=lambda o: (o.changed, o.number), reverse=True), asked)

    def _full(self, asked: Mapping[str, str]) -> dict[str, Any]:
        order = self._by_tid.get(asked.get("tid", ""))
        if order is None:
            raise _RefusedError(15, "isv.trade-not-exist")
        return {"trade": _fields(write_trade(order, _week()), asked)}

    def _skus(self, asked: Mapping[str, str]) -> dict[str, Any]:
        rows = self._items.by_outer_id(asked.get("outer_id", ""))
        found = [_fields(row, asked) for row in rows]
        return {"skus": {"sku": found}} if found else {}

    def _update(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """What is on offer of an item's SKU, as a whole (type 1) or in addition (type 2)."""
        row = self._items.one(_number(asked, "num_iid", 0), _number(asked, "sku_id", 0))
        if row is None:
            raise _RefusedError(15, "isv.item-not-exist")
        units, adds = _number(asked, "quantity", -1), asked.get("type", "1") == "2"
        if units < 0:
            raise _RefusedError(41, "isv.invalid-parameter", "quantity")
        return self._pushes.push(lambda: {"item": self._items.put(row, units, adds=adds)})

    def _sell(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/sell`: buyers of the platform's own cart come."""
        now = datetime.now(UTC).astimezone(_BEIJING).replace(tzinfo=None, microsecond=0)
        made = self._items.sold(str(body["sku"]), int(str(body.get("count", 1))), now, self._trades)
        self._trades += made
        self._by_tid |= {tid_of(order): order for order in made}
        return {"sold": len(made)}


def _page(rows: list[WooOrder], asked: Mapping[str, str]) -> dict[str, Any]:
    size, page = _number(asked, "page_size", 40), _number(asked, "page_no", 1)
    if not 1 <= size <= _MOST or page < 1:
        raise _RefusedError(41, "isv.invalid-parameter", "page_size")
    part = rows[(page - 1) * size : page * size]
    found: dict[str, Any] = {"total_results": len(rows)}
    if part:  # an empty list is not written at all
        trades = [_fields(write_trade(order, _week()), asked) for order in part]
        found["trades"] = {"trade": trades}
    return found


def _fields(trade: dict[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """Only what is asked for comes."""
    names = {name.strip().partition(".")[0] for name in asked.get("fields", "").split(",")}
    if names == {""}:
        raise _RefusedError(40, message="Missing required arguments:fields")
    return {name: value for name, value in trade.items() if name in names}


def _sign(asked: Mapping[str, str], secret: str) -> str:
    text = "".join(k + v for k, v in sorted(asked.items()) if k != "sign" and v)
    if asked.get("sign_method") == "hmac":
        return hmac.new(secret.encode(), text.encode(), "md5").hexdigest().upper()
    whole = f"{secret}{text}{secret}".encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()


def _moment(asked: Mapping[str, str], name: str, default: datetime = _FAR[0]) -> datetime:
    try:
        return datetime.fromisoformat(asked[name]) if name in asked else default
    except ValueError as wrong:
        raise _RefusedError(41, "isv.invalid-parameter", name) from wrong


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - of an int
        raise _RefusedError(41, "isv.invalid-parameter", name)
    return int(text)


def _week() -> int:
    """Recipients get other ids every week."""
    return datetime.now(UTC).isocalendar().week
