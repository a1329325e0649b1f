"""Batches made ready to be taken: what is new of them, mapped, while the one before is taken."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from msgspec import Struct

from capabilities.errors import Garbled
from capabilities.estate import ConnectorSpec
from capabilities.feed import FeedRow
from store.syncing.passes import hashes_of
from store.syncing.streams import Kept, Lease
from work.batches import Batch
from work.taking import Taker

_log = structlog.get_logger("work")


class Ready(Struct, frozen=True):
    """A batch whose transaction can begin: `kept` are its rows that are not known as they are.

    `prepared` is their effect as their taker wants it, `seen` names every row for a whole pass.
    """

    batch: Batch
    kept: Sequence[Kept]
    prepared: Any
    unfit: int
    seen: bytes


class Preparing:
    """Prepares the batches of one pass."""

    def __init__(self, spec: ConnectorSpec, taker: Taker, lease: Lease, *, whole: bool) -> None:
        self._spec = spec
        self._taker = taker
        self._lease = lease
        self._whole = whole
        self._unfit: set[str] = set()

    async def ready(self, coming: AsyncIterator[Batch]) -> AsyncIterator[Ready]:
        """Each batch as it will be taken."""
        before: dict[str, FeedRow[Any]] = {}
        async for batch in coming:
            yield await self._one(batch, before)
            before = batch.rows

    async def _one(self, batch: Batch, before: dict[str, FeedRow[Any]]) -> Ready:
        rows = await self._news(list(batch.rows.values()), before)
        fit, unfit = self._mapped(rows)
        records = [record for _, record in fit]
        fault = self._taker.fault
        return Ready(
            batch=batch,
            kept=[Kept(row.key, one.channel, row.digest, fault(one)) for row, one in fit],
            prepared=await self._taker.prepare(self._spec, records) if records else (),
            unfit=unfit,
            seen=hashes_of(batch.rows) if self._whole else b"",
        )

    async def _news(
        self, rows: Sequence[FeedRow[Any]], before: dict[str, FeedRow[Any]]
    ) -> list[FeedRow[Any]]:
        """Rows that are not known as they are, or not known so once the batch before is taken."""
        places = await self._lease.news([one.key for one in rows], [one.digest for one in rows])
        new = set(places)
        for place, row in enumerate(rows):
            if row.key in before and row.key not in self._unfit:
                same = before[row.key].digest == row.digest
                (new.discard if same else new.add)(place)
        return [rows[place] for place in sorted(new)]

    def _mapped(self, rows: Sequence[FeedRow[Any]]) -> tuple[list[tuple[FeedRow[Any], Any]], int]:
        """The records of rows; one that does not fit stops no other, and is tried again."""
        self._unfit.clear()
        fit = []
        for row in rows:
            try:
                record = row.record()
            except Garbled as exc:
                self._unfit.add(row.key)
                _log.warning("row left out", connector=self._spec.name, reason=exc.message)
                continue
            if record is not None:
                fit.append((row, record))
        return fit, len(self._unfit)
