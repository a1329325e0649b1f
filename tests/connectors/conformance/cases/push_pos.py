"""A till that only pushes: every row went the way of the inbox into the copy, and back."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

from capabilities.copied import Receipt
from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import OpeningRules
from connectors.connector import Connector, open_connector
from demo.pos.money import total_of
from demo.sample import make_retailer
from demo.sample.records import POS
from gateway.inbox.head import Head
from gateway.inbox.taking import Source, take
from store.copied.rows import CopiedRows
from store.copied.seals import Seals
from store.engine import Store
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer
from tests.connectors.conformance.push_pos.rows import SITES, batches, key_of, tables_of
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import ZONE, Subject, Truth, World
from tests.migrated import migrated

_AT_ONCE = 400


class Case(Subject):
    """Tills of stores, terminals and pop-ups, pushed in batches and answered from PostgreSQL."""

    system = "push_pos"
    systems = Path(__file__).parent.parent / "push_pos" / "systems"
    tested_against = "the platform's copy in a real PostgreSQL, filled through the inbox"
    known, stranger = LIN, STRANGER
    unknown_words = False
    counted = ((CopiedRows, "rows"), (CopiedRows, "by_keys"), (CopiedRows, "by_identity"))

    def start(self, world: World) -> None:
        self.database = migrated(world.postgres, "conformance_push")
        asyncio.run(self._push())

    async def _push(self) -> None:
        store = Store.open(self.database, deadline_seconds=60)
        retailer = make_retailer()
        connector = await self._opened(store, _Deaf(), Limits())
        source = Source(self.name, "m0001", frozenset(one.code for one in retailer.stores))
        copied = _copied(store)
        for table, rows in tables_of(retailer).items():
            for sequence, (count, body) in enumerate(batches(rows, _AT_ONCE), start=1):
                head = Head(
                    sender="all",
                    table=table,
                    sequence=sequence,
                    rows=count,
                    sha256=sha256(body).hexdigest(),
                    time=0,
                )
                receipt = await copied.accept(take(source, head, connector.tables, body))
                assert isinstance(receipt, Receipt)
                assert receipt.quarantined == 0, (await copied.quarantined(self.name, 1))[0]
        await connector.aclose()
        await store.aclose()

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            limits=limits,
            channels={Capability.MEMBER: {"*": "store"}, Capability.ORDER: SITES},
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        orders = {
            key_of(sale): (
                SITES[sale.store.code[0]],
                str(sale.account.number) if sale.account else None,
                total_of(sale.lines, added=sale.tax_added),
            )
            for sale in retailer.pos_sales
        }
        return Truth(orders, members_of(retailer, POS), {}, lin_of(retailer, POS))

    async def _opened(self, store: Store, observer: Any, limits: Limits) -> Connector:
        rules = OpeningRules(copied=_copied(store))
        return await open_connector(
            self.spec(limits), observer, zone=ZONE, systems=self.systems, rules=rules
        )

    async def open(self, observer: Any, **limits: int) -> Connector:
        store = Store.open(self.database, deadline_seconds=20)
        made = await self._opened(store, observer, Limits(**{"deadline_ms": 20_000, **limits}))
        close = made.aclose

        async def aclose() -> None:
            await close()
            await store.aclose()

        made.aclose = aclose  # type: ignore[method-assign]
        return made


class _Deaf:
    def called(self, *heard: object) -> None:
        pass

    def unknown(self, *heard: object) -> None:
        pass


def _copied(store: Store) -> CopiedRows:
    return CopiedRows(
        store, Seals("baiwei", Sealer(b"s" * 32), b"h" * 32, Tombstones.under("baiwei", b"h" * 32))
    )
