"""Strawberry as its guide has it: types in Python, httpx, a DataLoader per request."""

import asyncio
import os
from enum import Enum
from functools import partial
from typing import Any

import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from bench.peers.python import sources
from bench.peers.python.systems import SYSTEMS, Row

get = sources.get_json()


@strawberry.enum
class OrderStatus(Enum):
    COMPLETED = "COMPLETED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


@strawberry.type
class Channel:
    code: str


@strawberry.type
class Tier:
    name: str | None


@strawberry.type
class Points:
    available: int


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class OrderLine:
    raw_sku: str | None
    name: str | None
    quantity: str | None
    total: Money | None


@strawberry.type
class Order:
    number: str
    channel: Channel
    placed_at: str | None
    status: OrderStatus
    total: Money | None
    lines: list[OrderLine]


@strawberry.type
class OrderEdge:
    node: Order


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class OrderConnection:
    edges: list[OrderEdge]
    page_info: PageInfo


@strawberry.type
class Membership:
    number: str
    channel: Channel
    joined_at: str | None
    tier: Tier | None
    points: Points | None


@strawberry.type
class Member:
    memberships: list[Membership]

    @strawberry.field
    async def orders(self, info: strawberry.Info, first: int = 20) -> OrderConnection:
        loaders = info.context["orders"]
        lists = await asyncio.gather(
            *(loaders[one.channel.code].load((one.number, first + 1)) for one in self.memberships)
        )
        rows, more = sources.merged(lists, first)
        edges = [OrderEdge(node=_order(row)) for row in rows]
        return OrderConnection(edges=edges, page_info=PageInfo(has_next_page=more))


@strawberry.input
class MemberKey:
    phone: str | None = None


@strawberry.type
class Query:
    @strawberry.field
    async def member(self, info: strawberry.Info, by: MemberKey) -> Member | None:
        loaders = info.context["memberships"]
        found = await asyncio.gather(*(loader.load(by.phone) for loader in loaders.values()))
        known = [_membership(one) for one in found if one is not None]
        return Member(memberships=known) if known else None


def _membership(row: Row) -> Membership:
    return Membership(
        number=row["number"],
        channel=Channel(**row["channel"]),
        joined_at=row["joinedAt"],
        tier=Tier(**row["tier"]),
        points=Points(**row["points"]),
    )


def _order(row: Row) -> Order:
    return Order(
        number=row["number"],
        channel=Channel(**row["channel"]),
        placed_at=row["placedAt"],
        status=OrderStatus(row["status"]),
        total=Money(**row["total"]),
        lines=[
            OrderLine(
                raw_sku=line["rawSku"],
                name=line["name"],
                quantity=line["quantity"],
                total=Money(**line["total"]),
            )
            for line in row["lines"]
        ],
    )


class Endpoint(GraphQL):
    async def get_context(self, request: Any, response: Any) -> Row:
        return {
            "request": request,
            "response": response,
            "memberships": {
                one.channel: DataLoader(partial(sources.memberships, get, one)) for one in SYSTEMS
            },
            "orders": {
                one.channel: DataLoader(partial(sources.orders, get, one)) for one in SYSTEMS
            },
        }


application = Endpoint(strawberry.Schema(Query))


if __name__ == "__main__":
    uvicorn.run(application, port=int(os.environ["BENCH_PORT"]), lifespan="off", access_log=False)
