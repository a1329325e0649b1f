"""Takes dropped files into the platform's copy, as the back door does: a process of its own."""

import asyncio
import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from capabilities.working import decode_plan
from connectors.dropping import open_intakes
from store.copied.copying import open_copied
from store.engine import Store
from store.keyring import keyring_of


async def _take() -> None:
    plan = decode_plan(sys.stdin.buffer.readline())
    (spec,) = plan.connectors
    store = Store.open(os.environ["SANTONG_DATABASE_URL"], deadline_seconds=60, connections=2)
    secret = os.environ["SANTONG_SECRET_KEY"].encode()
    try:
        copied = open_copied(store, plan.brand, keyring_of(secret))
        systems = Path(os.environ["SANTONG_SYSTEMS"])
        (intake, *_) = open_intakes(spec, copied, zone=ZoneInfo(plan.time_zone), systems=systems)
        while taken := await intake.scan():
            for one in taken:
                if one.outcome != "taken" or one.bad:
                    raise RuntimeError(f"{one.name}: {one.outcome} {one.reason}")
    finally:
        await store.aclose()


if __name__ == "__main__":
    asyncio.run(_take())
