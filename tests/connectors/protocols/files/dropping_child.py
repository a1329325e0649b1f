"""A scan in a process of its own, which is killed at the step that the command line names."""

import asyncio
import os
import signal
import sys
from zoneinfo import ZoneInfo

from capabilities.estate import Capability, ConnectorSpec
from connectors.dropping import open_intakes
from connectors.protocols.files.folder import Folder
from store.copied.rows import CopiedRows
from store.copied.seals import Seals
from store.engine import Store
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer

ZONE = ZoneInfo("Asia/Shanghai")


def spec_of(folder):
    return ConnectorSpec(
        name="till",
        system="store_csv",
        settings={"folder": str(folder)},
        channels={Capability.ORDER: {"门店": "store", "终端": "terminal", "快闪": "popup"}},
    )


def copied_in(store):
    return CopiedRows(
        store, Seals("baiwei", Sealer(b"s" * 32), b"h" * 32, Tombstones.under("baiwei", b"h" * 32))
    )


async def scan(database, folder):
    store = Store.open(database, deadline_seconds=20)
    try:
        return await open_intakes(spec_of(folder), copied_in(store), zone=ZONE)[0].scan()
    finally:
        await store.aclose()


def _killed(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


async def _killed_later(*_args, **_kwargs):
    _killed()


def _after(kind, name, kill):
    real = getattr(kind, name)

    def call(*args, **kwargs):
        real(*args, **kwargs)
        kill()

    async def call_later(*args, **kwargs):
        await real(*args, **kwargs)
        kill()

    setattr(kind, name, call_later if asyncio.iscoroutinefunction(real) else call)


STEPS = {
    "before the claim": lambda: setattr(Folder, "claim", _killed),
    "behind the claim": lambda: _after(Folder, "claim", _killed),
    "before the copy": lambda: setattr(CopiedRows, "accept", _killed_later),
    "behind the copy": lambda: _after(CopiedRows, "accept", _killed),
    "before the end": lambda: setattr(Folder, "finish", _killed),
    "behind the end": lambda: _after(Folder, "finish", _killed),
}


if __name__ == "__main__":
    STEPS[sys.argv[1]]()
    asyncio.run(scan(sys.argv[2], sys.argv[3]))
