"""A small shop that speaks GraphQL, executed by graphql-core: relay pages, unions, throttling."""

import json
from base64 import b64decode, b64encode
from datetime import datetime
from functools import partial
from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync

from tests.connectors._kit.raw_server import Peer, message

SCHEMA = build_schema(
    """
    enum Way { DOWN UP }
    type Query {
      orders(first: Int, after: String, since: String, until: String, shops: [String!],
        states: [String!], buyer: ID, way: Way): OrderConnection
      plain(offset: Int!, first: Int!, way: Way): [Order!]
      many(ids: [ID!]!): [OrderResult]
      order(shop: String!, number: ID!): OrderResult
      joined(first: Int, after: String, last: Int, before: String): OrderConnection
      buyer(number: ID!): Buyer
    }
    type Buyer { orders(first: Int, after: String, until: String, way: Way): OrderConnection }
    union OrderResult = Order | Gone | Forbidden
    type Gone { id: ID! }
    type Forbidden { id: ID! }
    type OrderConnection { edges: [OrderEdge] nodes: [Order] pageInfo: PageInfo! }
    type OrderEdge { node: Order cursor: String! }
    type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String
      endCursor: String }
    type Order { id: ID! shop: String! state: String buyer: ID placed: String total: String
      secret: String }
    """
)
SHOPS = ("a", "b")
# Twelve orders of two shops, three of them at each moment.
ORDERS = [
    {
        "id": str(100 + n),
        "shop": SHOPS[n % 2],
        "state": ("open", "done")[n % 3 == 0],
        "buyer": str(n % 4),
        "placed": f"2026-10-{1 + n // 3:02d}T08:00:00.000Z",
        "total": f"{n}.50",
        "__typename": "Order",
    }
    for n in range(12)
]


class Shop:
    """Answers documents; `says` is an error for the next fields, `short` the most of one page."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.says: str | None = None
        self.extensions: dict[str, Any] | None = None
        self.short = 100
        self.status = 200

    async def __call__(self, peer: Peer) -> None:
        body = json.loads(peer.content)
        self.asked.append(body)
        root = {
            "orders": self.orders,
            "plain": self.plain,
            "many": lambda _, ids: [self.result(one) for one in ids],
            "order": lambda _, shop, number: self.result(number, shop),
            "joined": self.joined,
            "buyer": lambda _, number: {"orders": partial(self.orders, buyer=number)},
        }
        done = graphql_sync(SCHEMA, body["query"], root, variable_values=body["variables"])
        told = done.formatted
        if self.extensions is not None:
            told["extensions"] = self.extensions
        status = self.status if done.data is not None else max(self.status, 400)
        peer.send(message(status, json.dumps(told).encode()))

    def orders(self, _: Any, **how: Any) -> Any:
        self._fail()
        rows = [one for one in ORDERS if how.get("buyer") in (None, one["buyer"])]
        rows = [one for one in rows if how.get("shops") is None or one["shop"] in how["shops"]]
        rows = [one for one in rows if how.get("states") is None or one["state"] in how["states"]]
        since, until = how.get("since"), how.get("until")
        rows = [one for one in rows if since is None or _of(one["placed"]) >= _of(since)]
        rows = [one for one in rows if until is None or _of(one["placed"]) < _of(until)]
        rows = sorted(rows, key=lambda one: one["id"], reverse=how.get("way", "DOWN") == "DOWN")
        return self._page(rows, how.get("first"), how.get("after"))

    def plain(self, _: Any, offset: int, first: int, way: str = "DOWN") -> Any:
        rows = sorted(ORDERS, key=lambda one: one["id"], reverse=way == "DOWN")
        return rows[offset : offset + first]

    def joined(self, _: Any, **how: Any) -> Any:
        rows = ORDERS[::-1]
        if how.get("last") is None:
            return self._page(rows, how.get("first"), how.get("after"))
        end = int(_open(how["before"])) if how.get("before") else len(rows)
        start = max(0, end - min(how["last"], self.short))
        return self._connection(rows[start:end], start, end, len(rows))

    def result(self, key: str, shop: str | None = None) -> Any:
        self._fail()
        if key == "0":
            raise GraphQLError("hidden", extensions={"code": "NOT_FOUND"})
        if key == "13":
            return {"__typename": "Forbidden", "id": key}
        found = [one for one in ORDERS if one["id"] == key and shop in (None, one["shop"])]
        return found[0] if found else {"__typename": "Gone", "id": key}

    def _page(self, rows: list[Any], first: int | None, after: str | None) -> Any:
        start = int(_open(after)) if after else 0
        end = min(len(rows), start + min(first or 10, self.short))
        return self._connection(rows[start:end], start, end, len(rows))

    def _connection(self, rows: list[Any], start: int, end: int, whole: int) -> Any:
        return {
            "nodes": rows,
            "edges": [{"node": one, "cursor": "x"} for one in rows],
            "pageInfo": {
                "hasNextPage": end < whole,
                "hasPreviousPage": start > 0,
                "startCursor": _sealed(start),
                "endCursor": _sealed(end),
            },
        }

    def _fail(self) -> None:
        if self.says is not None:
            raise GraphQLError("the secret of 138-0000", extensions={"code": self.says})


def _of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _sealed(place: int) -> str:
    return b64encode(str(place).encode()).decode()


def _open(cursor: str) -> str:
    return b64decode(cursor).decode()
