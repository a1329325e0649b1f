"""One process that confirms: `python confirmer.py DATABASE SEED COUNT ACKS`.

It brings payments that others bring too, some of them twice at once and some before their orders,
and writes each that it was told of to a file, flushed, before it goes on.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[3]))

from capabilities.order.payments import Confirmation
from gateway.together import Together
from store.engine import Store
from store.order.held import HeldOrders
from store.order.payments import Payments
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer

BRAND, ORDERS = "baiwei", 120
CLIENTS = 32


def told(number: int) -> Confirmation:
    return Confirmation(
        provider="pay",
        transaction=f"t{number}",
        channel="mini",
        number=f"{number % ORDERS:04d}",
        amount=100 + number,
        currency="CNY",
        paid_at=datetime(2026, 11, 27, tzinfo=UTC),
    )


async def main(database: str, seed: int, count: int, acks: str) -> None:
    store = Store.open(database, deadline_seconds=30)
    keys = DataKeys(BRAND, Sealer(b"s" * 32))
    payments = Payments(store, BRAND, HeldOrders(store, BRAND, keys, ZoneInfo("Asia/Shanghai")))

    async def confirm(some):
        return await payments.confirm(some, datetime.now(UTC))

    desk = Together(confirm, payments.stands)
    chance = random.Random(seed)  # noqa: S311 - who pays when in a test
    numbers = list(range(count))
    chance.shuffle(numbers)
    pending = iter(numbers)
    with Path(acks).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line at a time

        async def client() -> None:
            for number in pending:
                # told twice at once, one in five
                times = 1 + (number % 5 == 0)
                for answer in await asyncio.gather(*(desk.ask(told(number)) for _ in range(times))):
                    print(number, answer.outcome.value, file=file, flush=True)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await desk.aclose()
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
