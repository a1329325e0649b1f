"""Ariadne as its guide has it: schema first, httpx, a DataLoader per request."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL

from bench.peers.python import sources
from bench.peers.python.systems import SYSTEMS, Row

TYPES = (Path(__file__).parents[1] / "schema.graphql").read_text("utf-8")
query, member = QueryType(), ObjectType("Member")
get = sources.get_json()


@query.field("member")
async def resolve_member(_: Any, info: Any, by: dict[str, str]) -> Row | None:
    loaders = info.context["memberships"]
    found = await asyncio.gather(*(loader.load(by["phone"]) for loader in loaders.values()))
    known = [one for one in found if one is not None]
    return {"memberships": known} if known else None


@member.field("orders")
async def resolve_orders(parent: Row, info: Any, first: int = 20) -> Row:
    loaders = info.context["orders"]
    lists = await asyncio.gather(
        *(
            loaders[one["channel"]["code"]].load((one["number"], first + 1))
            for one in parent["memberships"]
        )
    )
    rows, more = sources.merged(lists, first)
    return {"edges": [{"node": row} for row in rows], "pageInfo": {"hasNextPage": more}}


def context(request: Any, _: Any = None) -> Row:
    return {
        "request": request,
        "memberships": {
            one.channel: DataLoader(partial(sources.memberships, get, one)) for one in SYSTEMS
        },
        "orders": {one.channel: DataLoader(partial(sources.orders, get, one)) for one in SYSTEMS},
    }


graphql = GraphQL(make_executable_schema(TYPES, query, member), context_value=context)


async def application(scope: Any, receive: Any, send: Any) -> None:
    await graphql(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(application, port=int(os.environ["BENCH_PORT"]), lifespan="off", access_log=False)
