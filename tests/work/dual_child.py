"""Gateways, workers and movers of a dual write as processes of their own, to be killed.

`python -m tests.work.dual_child DATABASE TILL BRAND ANSWERED` forks one for each line of its input
and answers its process id:

- `gateway SEED` writes memberships one after the other, each with a row in `journal` of the same
  transaction; of what it was answered it adds a line to the file ANSWERED, as a client remembers;
- `worker` relays and syncs without end;
- `move NUMBER STATE LEAD POINTS` takes the step of this number to a place, as often as it must.
"""

import asyncio
import os
import random
import signal
import sys
from contextlib import suppress
from itertools import count

from sqlalchemy import text

import work.relaying
from capabilities.adoption.states import AdoptionState
from capabilities.errors import SantongError
from store.engine import Store
from tests.work.adoption_walk import Place
from tests.work.dual import Both, person, till_spec
from tests.work.stepping import Stepping

PEOPLE = 12
JOURNAL = """
  CREATE TABLE journal (
    place bigserial PRIMARY KEY, brand text, number text, value text, version bigint, led text)
"""
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('journal ' || :number, 0))")
_WROTE = text("""
  INSERT INTO journal (brand, number, value, version, led)
  VALUES (:brand, :number, :value, :version, :led)
""")
# A killed worker's commands are another's soon: the shipped lease is longer than a test.
_LEASE_SECONDS = 2.0
_SERVER = os.getpid()
# A till takes one write at a time: faster writers would only make it a longer queue.
_PAUSE_SECONDS = 0.1
_LONGEST_QUEUE = 20
_QUEUED = text("""
  SELECT count(*) AS waiting FROM (
    SELECT FROM member_commands
    WHERE brand = :brand AND state IN ('QUEUED', 'SENDING', 'UNKNOWN') LIMIT :most) AS left_over
""")


async def gateway(both: Both, seed: int, answered: int) -> None:
    luck = random.Random(seed)  # noqa: S311 - which of them is written
    for turn in count():
        if os.getppid() != _SERVER:  # nobody is left to kill it
            return
        number, value = str(luck.randint(1, PEOPLE)), f"w{seed}-{turn}@example.test"

        async def first(run, number=number):
            await run(_TURN, {"number": number})  # the journal tells in which order they committed

        async def kept(run, standing, state, number=number, value=value):
            row = {"number": number, "value": value, "version": standing.version}
            await run(_WROTE, {"brand": both.brand, "led": state.value, **row})

        with suppress(SantongError):
            asked = {"brand": both.brand, "most": _LONGEST_QUEUE}
            ((waiting,),) = await both.store.rows(_QUEUED, asked)
            if waiting < _LONGEST_QUEUE:
                await both.write(number, person(email=value), kept, first)
                os.write(answered, f"{value}\n".encode())
        await asyncio.sleep(_PAUSE_SECONDS)


async def worker(both: Both) -> None:
    while os.getppid() == _SERVER:
        with suppress(SantongError):
            await both.relay.run()
            await both.sync()
        await asyncio.sleep(_PAUSE_SECONDS / 2)


async def move(both: Both, number: str, to: Place) -> None:
    stepping = Stepping(both, number)
    while os.getppid() == _SERVER:
        with suppress(SantongError):
            if await stepping.taken(to):
                return
        await asyncio.sleep(_PAUSE_SECONDS / 2)


async def run(database: str, till: str, brand: str, answered: str, words: list[str]) -> None:
    work.relaying._LEASE_SECONDS = _LEASE_SECONDS
    store = Store.open(database, deadline_seconds=60, connections=4)
    async with Both(store, brand, till_spec(till), lease_seconds=_LEASE_SECONDS) as both:
        if words[0] == "gateway":
            told = os.open(answered, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            await gateway(both, int(words[1]), told)
        elif words[0] == "worker":
            await worker(both)
        else:
            states = (AdoptionState(words[2]), AdoptionState(words[3]))
            await move(both, words[1], Place(*states, int(words[4])))
    await store.aclose()


def forked(words: list[str]) -> int:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.stdin.close()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # its log is nobody's answer
        asyncio.run(run(*sys.argv[1:5], words))
        os._exit(0)
    return child


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    for line in sys.stdin:
        print(forked(line.split()), flush=True)  # noqa: T201
