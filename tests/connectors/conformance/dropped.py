"""What the cases of dropped files share: a folder with traps, a store, and two scans."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from capabilities.copied import Copied
from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import OpeningRules
from connectors.connector import Connector, open_connector
from connectors.dropping import open_intakes
from demo.drops.folder import drop, with_traps
from demo.sample import make_retailer
from demo.sample.records import POS, Retailer
from store.copied.rows import CopiedRows
from store.copied.seals import Seals
from store.engine import Store
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer
from tests.connectors.conformance.retailer import lin_of
from tests.connectors.conformance.subject import ZONE, Subject, Truth, World
from tests.migrated import migrated


class DroppedSubject(Subject):
    """A system whose files were dropped with every trap, and corrected later."""

    tested_against = (
        "files of ours with the traps of real ones, `demo/drops`, taken into a real PostgreSQL"
    )
    channels: ClassVar[Mapping[str, str]] = {"*": "store"}
    unknown_words = False
    counted = (
        (CopiedRows, "rows"),
        (CopiedRows, "by_keys"),
        (CopiedRows, "by_identity"),
    )

    def files(self, retailer: Retailer) -> Mapping[str, bytes]:
        """The whole and right files by name."""
        raise NotImplementedError

    def orders(self, retailer: Retailer) -> dict[str, tuple[str, str | None, int]]:
        """What they say, as `Truth` has it."""
        raise NotImplementedError

    def start(self, world: World) -> None:
        name = f"conformance_{self.system}"
        self.database = migrated(world.postgres, name)
        self.folder = Path(world.folders.mktemp(self.system))
        files = self.files(make_retailer())
        self.missing = sorted(files)[1]
        later = with_traps(self.folder, files)
        for dropped in ({}, {**later, self.missing: files[self.missing]}):
            drop(self.folder, dropped)
            asyncio.run(self._scan())

    async def _scan(self) -> None:
        store = Store.open(self.database, deadline_seconds=30)
        try:
            await open_intakes(self.spec(Limits()), self._copied(store), zone=ZONE)[0].scan()
        finally:
            await store.aclose()

    def _copied(self, store: Store) -> Copied:
        return CopiedRows(
            store,
            Seals("baiwei", Sealer(b"s" * 32), b"h" * 32, Tombstones.under("baiwei", b"h" * 32)),
        )

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"folder": str(self.folder)},
            limits=limits,
            channels={Capability.ORDER: self.channels},
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        orders = self.orders(retailer)
        members = frozenset(customer for _, customer, _ in orders.values() if customer)
        return Truth(orders, members, {}, self.person(retailer))

    def person(self, retailer: Retailer) -> str:
        return lin_of(retailer, POS)

    async def open(self, observer: Any, **limits: int) -> Connector:
        bounds = Limits(**{"deadline_ms": 20_000, **limits})
        store = Store.open(self.database, deadline_seconds=20)
        rules = OpeningRules(copied=self._copied(store))
        made = await open_connector(self.spec(bounds), observer, zone=ZONE, rules=rules)
        close = made.aclose

        async def aclose() -> None:
            await close()
            await store.aclose()

        made.aclose = aclose
        return made
