"""The doors of the platform: a token for an app, and lists of orders of at most a year."""

import hmac
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED
from demo.sample.records import WooOrder
from demo.youzan.trades import make_trades, tid_of, write_trade

CLIENT: Final = "yz-demo-client"
SHOP: Final = "134529034"
_YEAR: Final = timedelta(days=365)
_TOO_LONG: Final = 106000001
_BAD_TOKEN: Final = 4203
_MOST: Final = 100
_FAR: Final = datetime(1, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001 - the platform writes no zone


def create_youzan(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The platform as one ASGI application with its control door."""
    tally = Tally()
    platform = _Platform(tally, make_trades(seed, scale))
    routes = [
        Route("/auth/token", platform.log_on, methods=["POST"]),
        Route("/api/youzan.trades.sold.get/4.0.4", platform.sold, methods=["GET", "POST"]),
    ]
    return Box(Starlette(routes=routes), tally, actions={"expire": platform.expire})


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.body = {
            "trace_id": "yz7-demo",
            "code": code,
            "data": {"full_order_info_list": []},
            "success": False,
            "message": message,
        }


class _Platform:
    """The calls. Whatever happens, the status is 200."""

    def __init__(self, tally: Tally, trades: list[WooOrder]) -> None:
        self._tally = tally
        self._trades = trades
        self._secret = os.environ.get("DEMO_YOUZAN_SECRET", "yz-demo-secret")
        self._numbers = count(1)
        self._token = ""

    def expire(self, _: dict[str, object]) -> dict[str, object]:
        """End the token that was given out."""
        self._token = ""
        return {"expired": True}

    async def log_on(self, request: Request) -> Response:
        """A token for the app's own shop (`silent`); 200 also for a wrong secret."""
        asked = orjson.loads(await request.body())
        right = {"client_id": CLIENT, "authorize_type": "silent", "grant_id": SHOP}
        secret = str(asked.get("client_secret", ""))
        if {name: asked.get(name) for name in right} != right or not hmac.compare_digest(
            secret.encode(), self._secret.encode()
        ):
            self._tally.logons_failed += 1
            return _json({"success": False, "code": 40010, "message": "invalid client"})
        self._token = f"yz-demo-token-{next(self._numbers):06d}"
        found = {"access_token": self._token, "expires": 4102444800000, "scope": "trade"}
        return _json({"success": True, "code": 200, "data": found, "message": None})

    async def sold(self, request: Request) -> Response:
        """Orders by time of creation, newest first."""
        asked = request.query_params
        if not self._token or asked.get("access_token") != self._token:
            body = {"err_code": _BAD_TOKEN, "err_msg": "非法的token", "trace_id": "yz7-demo"}
            return _json({"gw_err_resp": body})
        try:
            found = self._page(asked)
        except _RefusedError as refused:
            return _json(refused.body)
        return _json({"trace_id": "yz7-demo", "code": 200, "data": found, "success": True})

    def _page(self, asked: Mapping[str, str]) -> dict[str, Any]:
        first, last = _moment(asked, "start_created", 0), _moment(asked, "end_created", 1)
        if "start_created" in asked and "end_created" in asked and last - first > _YEAR:
            raise _RefusedError(_TOO_LONG, "每次可搜索一年订单记录,请重新选择起止时间")
        size, number = _number(asked, "page_size", 20), _number(asked, "page_no", 1)
        if not 1 <= size <= _MOST or number < 1:
            raise _RefusedError(_TOO_LONG, "page_size")
        rows = [order for order in self._trades if first <= order.placed <= last]
        if "tid" in asked:
            rows = [order for order in rows if tid_of(order) == asked["tid"]]
        part = rows[::-1][(number - 1) * size : number * size]
        return {
            "full_order_info_list": [write_trade(order) for order in part],
            "total_results": len(rows),
        }


def _moment(asked: Mapping[str, str], name: str, end: int) -> datetime:
    try:
        return datetime.fromisoformat(asked[name]) if name in asked else _FAR[end]
    except ValueError as wrong:
        raise _RefusedError(_TOO_LONG, name) from wrong


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - of an int
        raise _RefusedError(_TOO_LONG, name)
    return int(text)


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json;charset=UTF-8")
