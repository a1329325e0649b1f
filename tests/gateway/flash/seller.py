"""One process that sells: `python seller.py DATABASE SALE SEED COUNT ACKS`.

It places wishes of members that others place too, some of them twice at once, and writes each
reservation that it was told of to a file, flushed, before it goes on.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from capabilities.flash.records import Reserved, Wish
from gateway.flash.batcher import Batcher
from store.engine import Store
from store.flash.buckets import hold_home
from store.flash.taking import Home

BRAND = "baiwei"
CLIENTS = 32


async def main(database: str, sale: str, seed: int, count: int, acks: str) -> None:
    store = Store.open(database, deadline_seconds=10)
    holder = f"seller-{os.getpid()}"
    bucket = await store.transaction(lambda run: hold_home(run, BRAND, sale, holder, 5.0))
    home = Home(BRAND, sale, bucket, frozenset({"jd"}))
    batcher = Batcher(store, BRAND)
    chance = random.Random(seed)  # noqa: S311 - whom a test lets buy
    wishes = [
        Wish(
            f"m{chance.randrange(count * 2)}",
            f"k{chance.randrange(2)}",
            chance.choice(["jd", "app"]),
        )
        for _ in range(count)
    ]
    pending = iter(wishes)
    with Path(acks).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line at a time

        async def client() -> None:
            for wish in pending:
                # a double tap in five
                taps = 1 + wish.member.endswith(("3", "8"))
                for outcome in await asyncio.gather(
                    *(batcher.place(home, wish) for _ in range(taps))
                ):
                    if isinstance(outcome, Reserved):
                        print(outcome.reservation, wish.member, wish.key, file=file, flush=True)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await batcher.aclose()
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]))
