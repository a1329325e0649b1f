"""Version numbers of what changes rarely, polled by every process."""

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

from sqlalchemy import text

from capabilities.errors import StoreNotMigrated, StoreUnavailable
from store.engine import Run, Store

_log = logging.getLogger(__name__)
ESTATE = "estate"
PRODUCTS = "products"
OPERATIONS = "operations"
# Rises with whatever changes whose an identity is: a merge, its undoing, an erasure.
MEMBERS = "members"
KEYS = "keys"
# Rises with every step of a promotion.
PROMOTIONS = "promotions"
# Rises with every template of coupons.
COUPONS = "coupons"
# Rises with every step of adoption.
ADOPTION = "adoption"
# Rises with every erasure and every registration of somebody who was erased.
ERASURES = "erasures"

_READ = text("SELECT part, version FROM state_versions WHERE brand = :brand")
_RAISE = text("""
  INSERT INTO state_versions AS old (brand, part, version, changed_at)
  VALUES (:brand, :part, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now())
  ON CONFLICT (brand, part) DO UPDATE
  SET version = greatest(old.version + 1, excluded.version), changed_at = now()
""")
_POLL_SECONDS = 1.0
# Older than a poll and its own time, a version may have been overtaken.
_FRESH_POLLS = 1.25


class Versions:
    """The versions of one brand, a second old at most; while PostgreSQL is away, the last ones.

    `async with` polls in the background; `refresh` reads at once.
    """

    def __init__(self, store: Store, brand: str, *, poll_seconds: float = _POLL_SECONDS) -> None:
        self._store = store
        self._brand = brand
        self._poll_seconds = poll_seconds
        self._known: dict[str, int] | None = None
        self._read_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def current(self, part: str) -> int | None:
        """The version of a part, 0 before its first change; None until PostgreSQL was read."""
        return None if self._known is None else self._known.get(part, 0)

    def estate(self) -> int | None:
        """The version of the registered connectors."""
        return self.current(ESTATE)

    def products(self) -> int | None:
        """The version of the product reference."""
        return self.current(PRODUCTS)

    def operations(self) -> int | None:
        """The version of the registered operations."""
        return self.current(OPERATIONS)

    def promotions(self) -> int | None:
        """The version of the platform's promotions."""
        return self.current(PROMOTIONS)

    def coupons(self) -> int | None:
        """The version of the templates of coupons."""
        return self.current(COUPONS)

    def keys(self) -> int | None:
        """The version of the API keys."""
        return self.current(KEYS)

    def adoption(self) -> int | None:
        """The version of how pairs stand in their adoption."""
        return self.current(ADOPTION)

    def erasures(self) -> int | None:
        """The version of who was erased."""
        return self.current(ERASURES)

    def members(self) -> int | None:
        """The version of who is whom; None where it was not read within about a poll."""
        fresh = time.monotonic() - self._read_at < self._poll_seconds * _FRESH_POLLS
        return self.current(MEMBERS) if fresh else None

    def age_seconds(self) -> float:
        """How long ago the versions were read; endless before the first time."""
        return time.monotonic() - self._read_at

    async def refresh(self) -> None:
        """Read the versions; StoreUnavailable leaves the last ones standing."""
        began = time.monotonic()
        rows = await self._store.rows(_READ, {"brand": self._brand})
        self._known = {row.part: row.version for row in rows}
        self._read_at = began

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._poll())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _poll(self) -> None:
        told = False
        while True:
            try:
                await self.refresh()
                told = False
            except StoreUnavailable as exc:
                if isinstance(exc, StoreNotMigrated) and not told:
                    _log.error("store not ready", extra={"reason": exc.message})
                    told = True
                # else the last versions stand
            except Exception as exc:  # noqa: BLE001 - the next poll may find what was missing
                if not told:
                    reason = "the store has no versions to read; is `santong migrate` still to run?"
                    _log.error(
                        "store not ready", extra={"reason": reason, "error": type(exc).__name__}
                    )
                told = True
            await asyncio.sleep(self._poll_seconds)


async def raise_version(run: Run, brand: str, part: str) -> None:
    """Tell every process that a part changed, in the transaction that changes it.

    Milliseconds, so that a number never comes back, not even in a database that was restored.
    """
    await run(_RAISE, {"brand": brand, "part": part})
