"""A process that calls one system as a gateway does; what it is told comes as JSON in argv[1]."""

import asyncio
import json
import random
import sys
from typing import Any

import msgspec

from cache import Loads, Near
from capabilities.errors import SantongError
from capabilities.estate import Limits
from capabilities.load import Cause, LoadAgreement, because
from capabilities.shared import Shared
from connectors._kit import Basic, Secret, Upstream, Wire
from store.engine import Store
from store.operating.logons import Logons


def say(line: str) -> None:
    """One line to the test."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def log_on(told: dict[str, Any]) -> None:
    """Many first calls at once, the moment that everybody has started."""
    store = Store.open(told["database"])
    async with Logons(store, "baiwei") as logons:
        upstream = Upstream("sap", shared=Shared(logons=logons))
        auth = Basic("user", Secret("wrong"))
        wire = Wire("sap", told["url"], upstream=upstream, auth=auth)
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        calls = (wire.get("orders") for _ in range(10))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        codes = [one.code if isinstance(one, SantongError) else "answered" for one in outcomes]
        await wire.aclose()
    await store.aclose()
    say(json.dumps(codes))


async def load(told: dict[str, Any]) -> None:
    """Callers, a backfill and probes at once, as hard as they are let, until stdin says enough."""
    near = Near(told["redis"])
    agreement = msgspec.convert(told["agreement"], LoadAgreement)
    async with Loads(near, "baiwei", told["processes"]) as loads:
        limits = Limits(deadline_ms=800, max_concurrent=16)
        upstream = Upstream("sap", limits, Shared(loads=loads), agreement)
        wire = Wire("sap", told["url"], upstream=upstream)
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        worn = [Cause.CALLER] * told["callers"] + [Cause.BACKFILL] * 4 + [Cause.PROBE]
        running = [asyncio.create_task(call_on(wire, of)) for of in worn]
        await asyncio.to_thread(sys.stdin.readline)
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        say(json.dumps({of.value: count for of, count in upstream.calls.items() if count}))
        await wire.aclose()
    await near.aclose()


async def call_on(wire: Wire, of: Cause) -> None:
    """One call after the other; now and then a caller goes away in the middle."""
    chance = random.Random(7)  # noqa: S311 - no secret
    with because(of):
        while True:
            try:
                async with asyncio.timeout(0.01 if chance.random() < 0.05 else 2):
                    await wire.get("orders")
            except (SantongError, TimeoutError):
                await asyncio.sleep(0.02)


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    asyncio.run({"load": load, "log_on": log_on}[told["part"]](told))
