"""Batches made ready to be taken: what is new of them, mapped, while the one before is taken."""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
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


# One batch is taken and one waits for that while the next is compared with what is known.
_UNTAKEN = 2


class Ready(Struct, frozen=True):
    """A batch whose transaction can begin: `kept` are its rows that are not known as they are.

    `prepared` is their effect as their taker wants it, `seen` names every row for a whole pass.
    `gone` are keys of rows that are records no more: their system says so, or the manifest does.
    """

    batch: Batch
    kept: Sequence[Kept]
    prepared: Any
    unfit: int
    seen: bytes
    gone: Sequence[str] = ()


class Preparing:
    """Prepares the batches of one pass."""

    def __init__(self, spec: ConnectorSpec, taker: Taker, lease: Lease, *, whole: bool) -> None:
        self._spec = spec
        self._taker = taker
        self._lease = lease
        self._whole = whole

    async def ready(self, coming: AsyncIterator[Batch]) -> AsyncIterator[Ready]:
        """Each batch as it will be taken."""
        before: deque[tuple[Batch, set[str]]] = deque(maxlen=_UNTAKEN)
        async for batch in coming:
            unfit: set[str] = set()
            ready = await self._one(batch, before, unfit)
            before.appendleft((batch, unfit))
            yield ready

    async def _one(
        self, batch: Batch, before: Iterable[tuple[Batch, set[str]]], unfit: set[str]
    ) -> Ready:
        rows = await self._news(list(batch.rows.values()), before)
        fit, left_out = self._mapped(rows, unfit)
        records = [record for _, record in fit]
        fault, prepare = self._taker.fault, self._taker.prepare
        return Ready(
            batch=batch,
            kept=[Kept(row.key, one.channel, row.digest, fault(one)) for row, one in fit],
            prepared=await prepare(self._spec, records, batch.read_at) if records else (),
            unfit=len(unfit),
            seen=hashes_of(batch.rows) if self._whole else b"",
            gone=[*batch.removed, *left_out],
        )

    async def _news(
        self, rows: Sequence[FeedRow[Any]], before: Iterable[tuple[Batch, set[str]]]
    ) -> list[FeedRow[Any]]:
        """Rows that are not known as they are, or not so once the batches before are taken.

        Of these the last that has a row says what will be known of it.
        """
        places = await self._lease.news([one.key for one in rows], [one.digest for one in rows])
        told: dict[str, bytes | None] = {}
        for batch, unfit in before:
            for key, known in batch.rows.items():
                if key not in unfit:
                    told.setdefault(key, known.digest)
            for key in batch.removed:
                told.setdefault(key, None)
        new = set(places)
        for place, row in enumerate(rows):
            if row.key in told:
                (new.discard if told[row.key] == row.digest else new.add)(place)
        return [rows[place] for place in sorted(new)]

    def _mapped(
        self, rows: Sequence[FeedRow[Any]], unfit: set[str]
    ) -> tuple[list[tuple[FeedRow[Any], Any]], list[str]]:
        """The records of rows, and keys of those that are none, such as what was deleted softly.

        One that does not fit stops no other, and is tried again.
        """
        fit: list[tuple[FeedRow[Any], Any]] = []
        left_out: list[str] = []
        for row in rows:
            try:
                record = row.record()
            except Garbled as exc:
                unfit.add(row.key)
                _log.warning("row left out", connector=self._spec.name, reason=exc.message)
                continue
            if record is None:
                left_out.append(row.key)
            else:
                fit.append((row, record))
        return fit, left_out
