"""The door of JD: one path, a signature, a month at most, and 200 for everything."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.jd.orders import STATES, number_of, write_order
from demo.sample import DEFAULT_SEED
from demo.sample.records import WooOrder
from demo.top.trades import make_trades

APP_KEY: Final = "JD0001"
TOKEN: Final = "demo-jd-token"  # noqa: S105 - invented
_BEIJING: Final = timezone(timedelta(hours=8))
_SKEW: Final = timedelta(minutes=6)
_MONTH: Final = timedelta(days=31)
_MOST: Final = 100


def create_jd(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The platform as one ASGI application with its control door."""
    tally = Tally()
    platform = _Platform(tally, make_trades(seed, scale))
    return Box(Starlette(routes=[Route("/routerjson", platform.answer, methods=["POST"])]), tally)


class _RefusedError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.body = {"code": code, "zh_desc": "调用失败", "en_desc": "failed"}


class _Platform:
    """The calls."""

    def __init__(self, tally: Tally, orders: list[WooOrder]) -> None:
        self._tally = tally
        self._orders = orders
        self._by_number = {number_of(order): order for order in orders}
        self._secret = os.environ.get("DEMO_JD_SECRET", "jd-secret")

    async def answer(self, request: Request) -> Response:
        """Whatever happens, the status is 200."""
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        asked = dict([*request.query_params.multi_items(), *pairs])
        try:
            body = self._called(asked)
        except _RefusedError as refused:
            body = {"error_response": refused.body}
        return Response(orjson.dumps(body), media_type="application/json;charset=utf-8")

    def _called(self, asked: Mapping[str, str]) -> dict[str, Any]:
        self._check(asked)
        method = asked.get("method", "")
        calls = {"jingdong.pop.order.search": self._search, "jingdong.pop.order.get": self._get}
        if method not in calls:
            raise _RefusedError("8")
        try:
            question = orjson.loads(asked.get("360buy_param_json", ""))
        except ValueError as wrong:
            raise _RefusedError("43") from wrong
        if not question.get("optional_fields"):
            raise _RefusedError("41")
        name = f"{method.replace('.', '_')}_responce"  # as the platform spells it
        return {name: {"code": "0", **calls[method](question)}}

    def _check(self, asked: Mapping[str, str]) -> None:
        text = "".join(k + v for k, v in sorted(asked.items()) if k != "sign" and v)
        whole = f"{self._secret}{text}{self._secret}".encode()
        sign = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()
        known = asked.get("app_key") == APP_KEY and asked.get("access_token") == TOKEN
        if not (known and hmac.compare_digest(asked.get("sign", ""), sign)):
            self._tally.logons_failed += 1
            raise _RefusedError("12" if known else "19")
        now = datetime.now(UTC).astimezone(_BEIJING).replace(tzinfo=None)
        if abs(_moment(asked, "timestamp") - now) > _SKEW:
            raise _RefusedError("15")

    def _search(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        first, last = _moment(asked, "start_date"), _moment(asked, "end_date")
        if last - first > _MONTH:
            return {"searchorderinfo_result": {"apiResult": _failed("TIME_SPAN_TOO_LONG")}}
        created = str(asked.get("dateType", "0")) == "1"  # by default the times of change
        states = str(asked.get("order_state", "")).split(",")
        rows = [
            order
            for order in self._orders
            if first <= (order.placed if created else order.changed) <= last
            and STATES[order.status] in states
        ]
        newest = str(asked.get("sortType", "0")) == "1"
        rows.sort(key=lambda o: (o.placed if created else o.changed, o.number), reverse=newest)
        size, page = _number(asked, "page_size", 10), _number(asked, "page", 1)
        if not 1 <= size <= _MOST or page < 1:
            return {"searchorderinfo_result": {"apiResult": _failed("PAGE_SIZE")}}
        part = rows[(page - 1) * size : page * size]
        found = [_fields(write_order(order), asked) for order in part]
        result = {"apiResult": _good(), "orderTotal": len(rows), "orderInfoList": found}
        return {"searchorderinfo_result": result}

    def _get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        order = self._by_number.get(str(asked.get("order_id", "")))
        if order is None:
            return {"orderDetailInfo": {"apiResult": _failed("ORDER_NOT_EXIST")}}
        info = _fields(write_order(order), asked)
        return {"orderDetailInfo": {"apiResult": _good(), "orderInfo": info}}


def _good() -> dict[str, Any]:
    return {"success": True, "englishErrCode": "", "numericalErrorCode": 0}


def _failed(code: str) -> dict[str, Any]:
    return {"success": False, "englishErrCode": code, "chineseErrCode": "失败"}


def _fields(order: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    names = {"orderId", *str(asked["optional_fields"]).split(",")}
    return {name: value for name, value in order.items() if name in names}


def _moment(asked: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(asked.get(name)))
    except ValueError as wrong:
        raise _RefusedError("41") from wrong


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    text = str(asked.get(name, default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - of an int
        raise _RefusedError("41")
    return int(text)
