"""The doors of the shop: a signature over five parameters, and 200 for everything."""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.douyin.orders import make_orders, order_id_of, seconds, write_order
from demo.faults import Tally
from demo.sample import DEFAULT_SEED
from demo.sample.records import WooOrder

APP_KEY: Final = "7001234567890123456"
TOKEN: Final = "dy-demo-token"  # noqa: S105 - invented
_SIGNED: Final = ("app_key", "method", "param_json", "timestamp", "v")
_MOST: Final = 100
_FAR: Final = 2**40
_LOST, _REPEATED = 3, 5


def create_douyin(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The shop as one ASGI application with its control door."""
    tally = Tally()
    shop = _Shop(tally, make_orders(seed, scale))
    route = Route("/{group}/{call}", shop.answer, methods=["GET", "POST"])
    return Box(Starlette(routes=[route]), tally, actions={"messages": shop.messages})


class _RefusedError(Exception):
    def __init__(self, code: int, sub_code: str) -> None:
        super().__init__(sub_code)
        self.body = {"code": code, "msg": "非法的参数", "sub_code": sub_code, "sub_msg": "出错了"}


class _Shop:
    """The calls, each at a path of its own that its name repeats."""

    def __init__(self, tally: Tally, orders: list[WooOrder]) -> None:
        self._tally = tally
        self._orders = orders
        self._by_id = {order_id_of(order): order for order in orders}
        self._secret = os.environ.get("DEMO_DOUYIN_SECRET", "dy-demo-secret")
        self._calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "order.searchList": self._list,
            "order.orderDetail": self._detail,
        }

    async def answer(self, request: Request) -> Response:
        """Whatever happens, the status is 200."""
        form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        asked = dict([*request.query_params.multi_items(), *form])
        path = "{group}.{call}".format_map(request.path_params)
        try:
            found = self._called(path, asked)
            body = {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "data": found}
        except _RefusedError as refused:
            body = refused.body
        return Response(orjson.dumps({**body, "log_id": "l1"}), media_type="application/json")

    def messages(self, _: dict[str, object]) -> dict[str, object]:
        """What was pushed of all orders: some lost, some repeated, the newest first."""
        sent = []
        for place, order in enumerate(reversed(self._orders)):
            body = orjson.dumps({"tag": "100", "data": {"p_id": order_id_of(order)}}).decode()
            digest = hashlib.sha1(f"{self._secret}{body}".encode(), usedforsecurity=False)
            head = {"Msg-Id": f"m{place}", "X-Douyin-Signature": digest.hexdigest()}
            times = 0 if place % _LOST == 0 else 2 if place % _REPEATED == 0 else 1
            sent += [{"headers": head, "body": body}] * times
        return {"messages": sent}

    def _called(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        self._check(asked)
        call = self._calls.get(asked.get("method", ""))
        if call is None or path != asked["method"]:
            raise _RefusedError(40003, "isv.method-invalid")
        params = orjson.loads(asked.get("param_json", "{}"))
        if not all(isinstance(value, str) for value in params.values()):
            raise _RefusedError(40003, "isv.parameter-format-invalid")
        return call(params)

    def _check(self, asked: Mapping[str, str]) -> None:
        if asked.get("app_key") != APP_KEY or not hmac.compare_digest(
            asked.get("sign", ""), _sign(asked, self._secret)
        ):
            self._failed("isv.signature-invalid")
        if asked.get("access_token") != TOKEN:
            self._failed("isv.access-token-no-existed")

    def _failed(self, sub_code: str) -> None:
        self._tally.logons_failed += 1
        raise _RefusedError(40003, sub_code)

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        first, last = (
            _number(asked, "create_time_start", 0),
            _number(asked, "create_time_end", _FAR),
        )
        size, page = _number(asked, "size", 10), _number(asked, "page", 0)
        if not 1 <= size <= _MOST:
            raise _RefusedError(40003, "isv.parameter-invalid")
        rows = [order for order in self._orders if first <= seconds(order.placed) <= last]
        if asked.get("order_asc", "false") != "true":
            rows.reverse()
        part = rows[page * size : (page + 1) * size]
        found = [write_order(order) for order in part]
        return {"page": page, "size": size, "total": len(rows), "shop_order_list": found}

    def _detail(self, asked: dict[str, Any]) -> dict[str, Any]:
        order = self._by_id.get(asked.get("shop_order_id", ""))
        return {} if order is None else {"shop_order_detail": write_order(order)}


def _sign(asked: Mapping[str, str], secret: str) -> str:
    text = "".join(name + asked.get(name, "") for name in _SIGNED)
    return hmac.new(secret.encode(), f"{secret}{text}{secret}".encode(), "sha256").hexdigest()


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 14):  # noqa: PLR2004 - of an int
        raise _RefusedError(40003, "isv.parameter-invalid")
    return int(text)
