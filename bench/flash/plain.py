"""What a flash sale is compared with: plain Strawberry on Starlette, one commit per order.

The same rows in the same tables, a reservation after its commit; the least that anybody would
write who keeps the limit and never oversells. `python -m bench.flash.plain` serves it.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg
import strawberry
import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from strawberry.asgi import GraphQL

_POOL = 16
_COUNT = """
  INSERT INTO flash_buyers AS b (brand, sale, member, quantity) VALUES ('bench', %s, %s, 1)
  ON CONFLICT (brand, sale, member) DO UPDATE SET quantity = b.quantity + 1
  WHERE b.quantity < 1 RETURNING 1
"""
_TAKE = """
  UPDATE flash_stock SET remaining = remaining - 1
  WHERE brand = 'bench' AND sale = %s AND pool = '' AND bucket = 0 AND remaining > 0 RETURNING 1
"""
_RESERVE = """
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, batch)
  VALUES ('bench', %s, %s, %s, 'web', 1, '', 0, 'PENDING', now(), now() + interval '900 s', 0)
"""
_POOLS: list[AsyncConnectionPool] = []


@strawberry.type
class Query:
    """A schema must have a question."""

    alive: bool = True


@strawberry.type
class Mutation:
    """One order, one transaction."""

    @strawberry.mutation
    async def place(self, sale: str, member: str, key: str) -> str:
        """What became of it."""
        del key
        async with _POOLS[0].connection() as connection:
            if not await _one(connection, _COUNT, (sale, member)):
                return "LimitReached"
            if not await _one(connection, _TAKE, (sale,)):
                await connection.rollback()
                return "SoldOut"
            await connection.execute(_RESERVE, (sale, uuid4(), member))
        return "Reserved"


async def _one(
    connection: "psycopg.AsyncConnection[psycopg.rows.TupleRow]", text: str, values: tuple[str, ...]
) -> bool:
    cursor = await connection.execute(text.encode(), values)
    return await cursor.fetchone() is not None


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    url = os.environ["SANTONG_DATABASE_URL"]
    async with AsyncConnectionPool(url, min_size=_POOL, max_size=_POOL, open=False) as pool:
        _POOLS.append(pool)
        yield


def main() -> None:
    """Serve on BENCH_PORT."""
    app = Starlette(lifespan=_lifespan)
    app.add_route("/graphql", GraphQL(strawberry.Schema(Query, Mutation)))
    config = uvicorn.Config(app, port=int(os.environ["BENCH_PORT"]), log_level="warning")
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
