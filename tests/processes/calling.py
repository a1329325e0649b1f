"""A process that calls one system as a gateway does; what it is told comes as JSON in argv[1]."""

import asyncio
import json
import sys
from typing import Any

from capabilities.errors import SantongError
from capabilities.shared import Shared
from connectors._kit import Basic, Secret, Upstream, Wire
from store.engine import Store
from store.logons import Logons


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


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    asyncio.run({"log_on": log_on}[told["part"]](told))
