"""A process that moves points until it is killed: each wish that was answered is a line of a file.

The line is written before the wish (`?`) and after its answer (`!`), so that what was promised is
known whenever the end comes.
"""

import asyncio
import os
import random
import sys
from datetime import UTC, datetime

from capabilities.points import exchanging, ledger
from capabilities.points.records import AccountKey, EntryType, Told
from store.engine import Store
from store.points.ledger import PointsLedger, Wish

BRAND = "load"
KEYS = tuple(AccountKey("shop", str(number)) for number in range(4))
_AT_ONCE = 4


def now():
    return datetime.now(UTC)


def decide_for(name, dice):
    """A wish that is the same for its name, whoever wishes it."""
    told = Told(source="test", author="load", idempotency_key=name, occurred_at=now())
    one, other = dice.sample(KEYS, 2)
    kind, amount = dice.choice(("earn", "spend", "exchange")), dice.randint(1, 20)

    def decide(accounts, at):
        if kind == "earn":
            return [ledger.credit(accounts[one], EntryType.EARN, amount * 2, told, at)]
        if kind == "spend":
            done = ledger.spend(accounts[one], EntryType.SPEND, amount, told, at)
            return [done] if isinstance(done, ledger.Posted) else done
        bargain = exchanging.Bargain(gives=amount, gets=amount)
        return exchanging.exchange(accounts[one], accounts[other], bargain, told, told, at)

    keys = [one, other] if kind == "exchange" else [one]
    return keys, decide, Wish(author="load", key=name, what=[kind, amount])


async def clerk(points, names, out):
    for name in names:
        keys, decide, wish = decide_for(name, random.Random(name))  # noqa: S311 - a walk, no secret
        os.write(out, f"?{name}\n".encode())
        done = await points.change(keys, decide, wish)
        if isinstance(done, tuple):
            places = ",".join(f"{one.account.number}/{one.sequence}" for one in done)
            os.write(out, f"!{name} {places}\n".encode())


async def main(database, path, seed):
    store = Store.open(database, deadline_seconds=20.0, connections=_AT_ONCE)
    points = PointsLedger(store, BRAND, now)
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    dice = random.Random(seed)  # noqa: S311 - a walk, no secret
    # Some names are of all processes, so that several wish the same at once.
    names = (
        [
            f"s{dice.randint(0, 400)}" if dice.random() < 0.3 else f"p{seed}-{at}-{n}"
            for n in range(10_000)
        ]
        for at in range(_AT_ONCE)
    )
    await asyncio.gather(*(clerk(points, each, out) for each in names))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
