"""The simulated web shop: key and secret, three resources, pages with their headers."""

import base64
import binascii
import hmac
import os
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.sample import DEFAULT_SEED
from demo.shop.documents import Document, write_coupon, write_customer, write_order
from demo.shop.failures import ShopError
from demo.shop.finding import COUPON_KEYS, CUSTOMER_KEYS, ORDER_KEYS, Finder
from demo.shop.hooks import CREATED, UPDATED, ShopHooks, pushes_of, secret_of
from demo.shop.order_writes import shown
from demo.shop.query import Listing, list_page, read_number
from demo.shop.signed import is_signed, proves
from demo.shop.stock import Stock
from demo.shop.written import found_written, read_body
from demo.stock_faults import StockFaults

ROOT: Final = "/wp-json/wc/v3"
KEY: Final = "ck_demo"
_DECIMALS: Final = 2
_MOST_DECIMALS: Final = 20
_MOST: Final = 10_000
Item = TypeVar("Item")


def create_shop(seed: int = DEFAULT_SEED, scale: int = 1) -> Box:
    """The whole shop as one ASGI application with its control door."""
    tally = Tally()
    stock = Stock(seed, scale)
    pushes = pushes_of(seed)
    hooks = ShopHooks(pushes, secret_of())
    shop = _Shop(tally, stock, hooks)

    def orders(body: dict[str, object]) -> dict[str, object]:
        number = _amount(body, "count", 1)
        made = stock.arrive(number, _amount(body, "touched", number))
        for one in made:
            hooks.told(CREATED, stock.order(one))
        return {"orders": made}

    stocked = {"push_fault": shop.pushes.order, "arrive": shop.pushes.arrive}
    actions = {"orders": orders, "sell": shop.sell, "stock": shop.look, **stocked}
    if pushes is not None:
        actions["hooks"] = pushes.control
    return Box(Starlette(routes=_routes(shop, stock)), tally, actions=actions)


def _routes(shop: "_Shop", stock: Stock) -> list[Route]:
    """The shop's three resources, and those of its stock."""
    return [
        Route(f"{ROOT}/orders", shop.guarded(shop.list_orders)),
        Route(f"{ROOT}/orders", shop.ordering(stock.add_order, CREATED), methods=["POST"]),
        Route(f"{ROOT}/orders/{{id:int}}", shop.guarded(shop.get_order)),
        Route(f"{ROOT}/orders/{{id:int}}", shop.ordering(stock.put_order), methods=["PUT"]),
        Route(f"{ROOT}/orders/{{id:int}}/refunds", shop.guarded(shop.list_refunds)),
        Route(
            f"{ROOT}/orders/{{id:int}}/refunds", shop.ordering(stock.add_refund), methods=["POST"]
        ),
        Route(f"{ROOT}/customers", shop.guarded(shop.list_customers)),
        Route(f"{ROOT}/customers", shop.writing(stock.add_customer), methods=["POST"]),
        Route(f"{ROOT}/customers/{{id:int}}", shop.guarded(shop.get_customer)),
        Route(f"{ROOT}/customers/{{id:int}}", shop.writing(stock.put_customer), methods=["PUT"]),
        Route(f"{ROOT}/customers/{{id:int}}", shop.guarded(shop.delete), methods=["DELETE"]),
        Route(f"{ROOT}/products", shop.guarded(shop.list_products)),
        Route(f"{ROOT}/products/{{id:int}}", shop.writing(shop.put_product), methods=["PUT"]),
        Route(
            f"{ROOT}/products/{{parent:int}}/variations/{{id:int}}",
            shop.writing(shop.put_variation),
            methods=["PUT"],
        ),
        Route(f"{ROOT}/coupons", shop.guarded(shop.list_coupons)),
        Route(f"{ROOT}/coupons/{{id:int}}", shop.guarded(shop.get_coupon)),
        Route("/{path:path}", shop.guarded(_no_route)),
    ]


class _Shop:
    """The endpoints."""

    def __init__(self, tally: Tally, stock: Stock, hooks: ShopHooks) -> None:
        self._tally = tally
        self._hooks = hooks
        self._stock = stock
        self._finder = Finder(stock)
        self.pushes = StockFaults()
        self._secret = os.environ.get("DEMO_WOO_SECRET", "cs_demo")
        self._turns = count(1)

    def guarded(
        self, endpoint: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint behind the key, its refusals as the shop's error body."""

        async def answer(request: Request) -> Response:
            try:
                self._check(request)
                return endpoint(request)
            except ShopError as error:
                return error.response()

        return answer

    def list_orders(self, request: Request) -> Response:
        query = request.query_params
        found = self._finder.orders(query)
        page = list_page(found, query, ORDER_KEYS, ("date", "desc"), next(self._turns))
        decimals = _decimals(query)
        written = self._stock.order_documents
        return _page(request, page, lambda order: shown(order, written, decimals))

    def get_order(self, request: Request) -> Response:
        number = request.path_params["id"]
        document = self._stock.order(number)
        if number in self._stock.order_documents:
            return _json(document)
        return _json(write_order(self._stock.orders[number], _decimals(request.query_params)))

    def list_refunds(self, request: Request) -> Response:
        number = request.path_params["id"]
        self._stock.order(number)
        rows = self._stock.refunds.get(number, [])
        start = 10 * (read_number(request.query_params, "page", 1) - 1)
        return _json(rows[::-1][start : start + 10])

    def list_customers(self, request: Request) -> Response:
        query = request.query_params
        found = self._finder.customers(query)
        page = list_page(found, query, CUSTOMER_KEYS, ("name", "asc"), next(self._turns))
        written = self._stock.written
        answer = _page(
            request, page, lambda account: written.get(account.number) or write_customer(account)
        )
        if more := found_written(written, self._stock.customers, query):
            rows = [*orjson.loads(answer.body), *(_fields(query, row) for row in more)]
            return _json(rows, {"X-WP-Total": str(page.total + len(more)), "X-WP-TotalPages": "1"})
        return answer

    def get_customer(self, request: Request) -> Response:
        return _json(self._stock.customer(request.path_params["id"]))

    def delete(self, request: Request) -> Response:
        if request.query_params.get("force") != "true":
            raise ShopError(501, "woocommerce_rest_trash_not_supported", "顾客不支持移入回收站。")
        return _json(self._stock.drop_customer(request.path_params["id"]))

    def writing(
        self, write: Callable[[int, Document], Document]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a write, whose body is an object."""

        async def answer(request: Request) -> Response:
            try:
                self._check(request)
                body = read_body(await request.body())
                status = 201 if request.method == "POST" else 200
                return _json(write(request.path_params.get("id", 0), body), status=status)
            except ShopError as error:
                return error.response()

        return answer

    def list_products(self, request: Request) -> Response:
        """By SKU alone, variations among them."""
        rows = self._stock.shelf.by_sku(request.query_params.get("sku", ""))
        return _json(rows, {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1"})

    def put_product(self, number: int, body: Document) -> Document:
        """A product's stock; a variation is changed under its parent alone."""
        shelf = self._stock.shelf
        return self.pushes.push(lambda: shelf.put(number, body, variation=False))

    def put_variation(self, number: int, body: Document) -> Document:
        """A variation's stock."""
        shelf = self._stock.shelf
        return self.pushes.push(lambda: shelf.put(number, body, variation=True))

    def sell(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/sell`: buyers of the shop's own cart come."""
        via = str(body.get("via", "checkout"))
        return {"sold": self._stock.sell(str(body["sku"]), _amount(body, "count", 1), via)}

    def look(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/stock`: what stands of a SKU."""
        return {"rows": self._stock.shelf.by_sku(str(body["sku"]))}

    def ordering(
        self, write: Callable[[int, Document], Document], topic: str = UPDATED
    ) -> Callable[[Request], Awaitable[Response]]:
        """As `writing`, for what changes an order: the shop tells of it by itself."""

        def told(number: int, body: Document) -> Document:
            done = write(number, body)
            self._hooks.told(topic, self._stock.order(number or done["id"]))
            return done

        return self.writing(told)

    def list_coupons(self, request: Request) -> Response:
        query = request.query_params
        found = self._finder.coupons(query)
        page = list_page(found, query, COUPON_KEYS, ("date", "desc"), next(self._turns))
        return _page(request, page, write_coupon)

    def get_coupon(self, request: Request) -> Response:
        coupon = self._stock.coupons.get(request.path_params["id"])
        if coupon is None:
            raise ShopError(404, "woocommerce_rest_shop_coupon_invalid_id", "无效的 ID。")
        return _json(write_coupon(coupon))

    def _check(self, request: Request) -> None:
        """Basic or in the query string, as the shop allows over HTTPS, or signed as without."""
        header = request.headers.get("authorization")
        query = request.query_params
        if header is None and is_signed(request):
            if not proves(request, KEY, self._secret):
                self._tally.logons_failed += 1
                raise ShopError(401, "woocommerce_rest_authentication_error", "签名无效。")
            return
        if header is None and "consumer_key" not in query:
            raise ShopError(401, "woocommerce_rest_cannot_view", "抱歉，您不能列出资源。")
        asked = f"{query.get('consumer_key')}:{query.get('consumer_secret')}".encode()
        given = _decode(header) if header is not None else asked
        if not hmac.compare_digest(given, f"{KEY}:{self._secret}".encode()):
            self._tally.logons_failed += 1
            raise ShopError(401, "woocommerce_rest_authentication_error", "消费者密钥无效。")


def _no_route(_: Request) -> Response:
    raise ShopError(404, "rest_no_route", "未找到匹配 URL 和请求方式的路由。")


def _decimals(query: QueryParams) -> int:
    return min(read_number(query, "dp", _DECIMALS), _MOST_DECIMALS)


def _decode(header: str) -> bytes:
    scheme, _, code = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(code, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _page(request: Request, page: Listing[Item], write: Callable[[Item], Document]) -> Response:
    rows = [_fields(request.query_params, write(row)) for row in page.rows]
    headers = {"X-WP-Total": str(page.total), "X-WP-TotalPages": str(page.pages)}
    if links := _links(request, page.pages):
        headers["Link"] = ", ".join(links)
    return _json(rows, headers)


def _links(request: Request, pages: int) -> list[str]:
    number = read_number(request.query_params, "page", 1)
    near = {"prev": number - 1, "next": number + 1}
    base = request.url.replace(query="")
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return [
        f'<{base}?{urlencode([*given, ("page", page)])}>; rel="{rel}"'
        for rel, page in near.items()
        if 1 <= page <= pages
    ]


def _fields(query: QueryParams, document: Document) -> Document:
    """`_fields=id,number` keeps those alone."""
    if "_fields" not in query:
        return document
    wanted = {name.strip().split(".")[0] for name in query["_fields"].split(",")}
    return {name: value for name, value in document.items() if name in wanted}


def _amount(body: dict[str, object], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name} is a whole number from 0 to {_MOST}")
    return value


def _json(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, headers, "application/json; charset=UTF-8")
