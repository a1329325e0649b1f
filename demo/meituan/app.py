"""The door of the platform: a signature over the address, and 200 for everything."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.meituan.orders import make_orders, view_id_of, write_order
from demo.sample import DEFAULT_SEED
from demo.sample.records import WooOrder

APP_ID = "4321"
_BAD_SIGNATURE, _NO_SUCH_ORDER = 703, 808


def create_meituan(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The platform as one ASGI application with its control door."""
    tally = Tally()
    platform = _Platform(tally, make_orders(seed, scale))
    path = "/api/v1/order/getOrderDetail"
    return Box(Starlette(routes=[Route(path, platform.detail, methods=["GET", "POST"])]), tally)


class _Platform:
    """The calls. There is no list of orders: they are pushed, and asked for one by one."""

    def __init__(self, tally: Tally, orders: list[WooOrder]) -> None:
        self._tally = tally
        self._orders = {view_id_of(order): order for order in orders}
        self._secret = os.environ.get("DEMO_MEITUAN_SECRET", "mt-demo-secret")

    async def detail(self, request: Request) -> Response:
        """One order by the id that people see."""
        form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        asked = dict([*request.query_params.multi_items(), *form])
        url = str(request.url.replace(query=""))
        sig = _signature(url, asked, self._secret)
        if asked.get("app_id") != APP_ID or not hmac.compare_digest(asked.get("sig", ""), sig):
            self._tally.logons_failed += 1
            return _failed(_BAD_SIGNATURE, "签名验证错误")
        order = self._orders.get(asked.get("order_id", ""))
        if order is None:
            return _failed(_NO_SUCH_ORDER, "不存在此订单")
        return _json({"data": write_order(order, datetime.now(UTC))})


def _signature(url: str, asked: Mapping[str, str], secret: str) -> str:
    text = "&".join(f"{k}={v}" for k, v in sorted(asked.items()) if k != "sig")
    whole = f"{url}?{text}{secret}".encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()


def _failed(code: int, message: str) -> Response:
    return _json({"data": "ng", "error": {"code": code, "msg": message}})


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json;charset=UTF-8")
