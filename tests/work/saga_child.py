"""A process that relays commands of orders to a system kept in a table, until it is killed.

`python -m tests.work.saga_child DATABASE BRAND SEED`: each call fails before, or after its effect.
"""

import asyncio
import sys
from contextlib import asynccontextmanager
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import text

from capabilities.errors import Refused, TimedOut
from capabilities.estate import Capability, ConnectorSpec
from capabilities.order.ports import OrderSink
from capabilities.order.writing import OrderWriteKind, OrderWritten
from store.engine import Store
from store.order.commands import OrderCommands
from store.order.sagas import Sagas
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.store.member.taking import KEY
from work.order_commands import OrderRelay

STOCKED = (
    "CREATE TABLE IF NOT EXISTS fake_orders (reference text PRIMARY KEY, number text, kind text)"
)
_PUT = text("INSERT INTO fake_orders VALUES (:reference, :number, :kind)")
_GET = text("SELECT number FROM fake_orders WHERE reference = :reference")
_REFUSED = (OrderWriteKind.PLACE, OrderWriteKind.RETURN)
SPECS = {
    name: ConnectorSpec(name=name, system=name, channels={Capability.ORDER: {"*": name}})
    for name in ("sap", "till")
}


class System(OrderSink):
    """A system whose orders are rows, and whose answers are lost or refused by lot."""

    order_write_kinds = frozenset(OrderWriteKind)
    text_limits = {}  # noqa: RUF012 - as a connector's class says it

    def __init__(self, store, lot):
        self._store, self._lot = store, lot

    async def write_order(self, write):
        draw = self._lot.random()
        if write.kind in _REFUSED and draw < 0.15:
            raise Refused("no", source="fake")
        if draw < 0.3:
            raise TimedOut("before", source="fake")
        number = write.number or write.reference[:6]
        await self._store.rows(
            _PUT, {"reference": write.reference, "number": number, "kind": write.kind.value}
        )  # a second effect breaks the key
        if draw < 0.5:
            raise TimedOut("after", source="fake")
        return OrderWritten(number=number)

    async def written_order(self, write):
        rows = await self._store.rows(_GET, {"reference": write.reference})
        return OrderWritten(number=rows[0].number) if rows else None


def owned_of(store, brand, now):
    """The platform of a brand under the tests' keys."""
    sealer, zone = Sealer(b"s" * 32), ZoneInfo("Asia/Shanghai")
    return Owned(store=store, brand=brand, sealer=sealer, key=KEY, zone=zone, now=now)


def relay_of(store, brand, now, system):
    """A relay whose connectors are one fake."""
    owned = owned_of(store, brand, now)
    keys = DataKeys(brand, owned.sealer)

    @asynccontextmanager
    async def opened(_):
        yield system

    settles = (Sagas(store, brand, keys).settle,)
    return OrderRelay(owned, OrderCommands(store, brand, keys), settles, SPECS.get, opened)


async def main():
    """Relay for ever, by a clock that runs ahead, so that pauses and leases are over at once."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    database, brand, seed = sys.argv[1:]
    store = Store.open(database, deadline_seconds=20)
    ahead = timedelta(minutes=int(seed) * 60)

    def now():
        nonlocal ahead
        ahead += timedelta(minutes=1)
        return datetime.now(UTC) + ahead

    lot = Random(int(seed))  # noqa: S311 - no secret
    relay = relay_of(store, brand, now, System(store, lot))
    print("relays", flush=True)  # noqa: T201 - told to who started it
    while True:
        await relay.run()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main())
