"""What the bench of flash sales runs on: real stores, a gateway, and sales that are open."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.processes import Server
from bench.santong import BRAND, KEY, gateway
from capabilities.derived import derived
from capabilities.flash.records import SHARED, FlashSale, SaleState
from capabilities.flash.settled import SaleFigures
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey
from store.engine import Store
from store.flash.audit import audit
from store.flash.sales import define
from store.migrate import upgrade

_ESTATE = {"brand": BRAND, "channels": [{"code": "web", "name": "web", "kind": "OTHER"}]}
# Gateways follow new sales once a second.
_FOLLOWED_SECONDS = 3.0
TICKET_KEY = derived(KEY.encode(), "flash-tickets").hex()


@dataclass(frozen=True, slots=True)
class Stage:
    """The stores of one run, and who they are."""

    home: Path
    database: str
    redis: str
    postgres: Server
    valkey: Server
    primary: EmbeddedPostgres

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings that name them."""
        return {"SANTONG_DATABASE_URL": self.database, "SANTONG_REDIS_URL": self.redis}

    async def sell(self, stocks: Mapping[str, int]) -> None:
        """Open a sale for each name."""
        store = Store.open(self.database, deadline_seconds=30)
        for name, units in stocks.items():
            one = _sale(name, units)
            await store.transaction(lambda run, one=one: define(run, BRAND, one))  # type: ignore[misc]
        await store.aclose()
        await asyncio.sleep(_FOLLOWED_SECONDS)

    async def audited(self, sale: str) -> tuple[str, ...]:
        """What the auditor finds wrong with one."""
        return (await self.figures(sale)).faults

    async def figures(self, sale: str) -> SaleFigures:
        """What the auditor finds of one."""
        store = Store.open(self.database, deadline_seconds=120)
        found = await store.transaction(lambda run: audit(run, BRAND, sale))
        await store.aclose()
        return found

    async def checkpoint(self, after: float) -> None:
        """Write every dirty page, in the middle of a run."""
        await asyncio.sleep(after)
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as one:
            await one.execute("CHECKPOINT")

    @contextmanager
    def serving(self, name: str, processes: int = 1) -> Iterator[Server]:
        """A gateway that sells."""
        with gateway(
            self.home, name, {**_ESTATE, "connectors": []}, self.settings, processes=processes
        ) as server:
            yield server


@contextmanager
def stage(home: Path) -> Iterator[Stage]:
    """Stores that are migrated and empty."""
    with EmbeddedPostgres.start(home) as postgres, EmbeddedValkey.start(home) as valkey:
        database = postgres.create_database("santong")
        upgrade(database)
        yield Stage(
            home,
            database,
            valkey.url,
            Server("postgres", "", (postgres.process.pid,)),
            Server("valkey", "", (valkey.process.pid,)),
            postgres,
        )


def _sale(name: str, units: int) -> FlashSale:
    return FlashSale(
        id=name,
        sku=f"SN-{name}",
        price=990,
        opens_at=datetime(2020, 1, 1, tzinfo=UTC),
        closes_at=datetime(2090, 1, 1, tzinfo=UTC),
        pools={SHARED: units},
        state=SaleState.OPEN,
    )
