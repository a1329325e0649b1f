"""One pass over one kind of record of one connector: read, compared, taken, and moved on.

Every batch is one transaction of its effect and its position. Whatever ends a run between two of
them, the next one goes on from there; what a source gives twice has no second effect.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import structlog
from msgspec.structs import replace

from capabilities.adoption.defining import version_of
from capabilities.errors import SantongError, StoreUnavailable, Unavailable
from capabilities.estate import Capability
from capabilities.feed import FeedPage
from capabilities.load import Cause, because
from capabilities.member.ports import MembershipFeed
from capabilities.order.ports import OrderFeed
from capabilities.syncing import SECTIONS, Stream, SyncDefect
from connectors.basis import basis_of
from connectors.connector import Connector
from store.engine import Run, Store
from store.syncing.streams import Kept, Lease, Moved, Streams
from work.batches import Batch, ahead, batches
from work.preparing import Preparing, Ready
from work.taking import Taker, Took

_log = structlog.get_logger("work")
# Longer than any batch takes, and short enough that a killed run is soon followed by another.
LEASE_SECONDS = 60.0
_BATCH = 1000
# A source that fails for a moment is asked again, later each time, from where it stands.
_PAUSES = (0.5, 2.0, 8.0)
# Of the rest no system tells what changed: it is read as a whole.
_FEEDS: Mapping[Capability, type] = {
    Capability.MEMBER: MembershipFeed,
    Capability.ORDER: OrderFeed,
}

Tell = Callable[[Stream], None]


@asynccontextmanager
async def _left(lease: Lease) -> AsyncIterator[None]:
    """Leave a stream that does not come to its end, and say there why."""
    try:
        yield
    except asyncio.CancelledError:
        await lease.leave()
        raise
    except SantongError as exc:
        await lease.leave(exc.code, exc.message)
        raise
    except Exception:
        await lease.leave(SyncDefect.code, "the run ended by a defect; its log says where")
        raise


class Syncing:
    """Runs passes; `takers` say what becomes of the records, `tell` hears after every batch."""

    def __init__(
        self,
        store: Store,
        streams: Streams,
        takers: Mapping[Capability, Taker],
        *,
        lease_seconds: float = LEASE_SECONDS,
        batch: int = _BATCH,
        pauses: Sequence[float] = _PAUSES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._streams = streams
        self._takers = takers
        self._lease_seconds = lease_seconds
        self._batch = batch
        self._pauses = pauses
        self._now = now

    async def run(
        self,
        connector: Connector,
        capability: Capability,
        *,
        whole: bool = False,
        since: datetime | None = None,
        believed: bool = False,
        copied: Sequence[str] = (),
        tell: Tell = lambda _stream: None,
    ) -> Stream:
        """One pass to its end. SantongError where it ends before; the next run goes on there.

        A connector without a feed is read as a whole, also where `whole` does not ask for it. With
        `believed` a great part of its rows may be missing. Records of `copied` channels are copied
        whole: where one of them was not before, or under another definition of the connector, the
        pass takes every row anew.
        """
        reads_all = whole or not tells_changes(connector, capability)
        lease = await self._streams.begin(
            connector.name,
            capability,
            by=uuid4().hex,
            lease_seconds=self._lease_seconds,
            mapping=connector.mapping_of(SECTIONS[capability]),
            whole=reads_all,
            fresh=since is not None,
            copied=copied,
            version=version_of(basis_of(connector, capability)) if copied else "",
        )
        taker = self._takers[capability]
        one = _Pass(self._store, taker, connector, capability, lease, believed, tell, self._now)
        first = lease.stream.began_at == lease.stream.moved_at and lease.stream.position is None
        cause = Cause.BACKFILL if reads_all or first else Cause.SYNC
        async with _left(lease):
            with because(cause):
                return await self._patiently(one, since)

    async def _patiently(self, one: "_Pass", since: datetime | None) -> Stream:
        """As long as it moves on, a source may fail now and then."""
        failures = 0
        while True:
            moved = one.moves
            try:
                return await one.run(self._batch, since if not moved else None)
            except Unavailable as exc:
                failures = 0 if one.moves > moved else failures
                if failures >= len(self._pauses):
                    raise
                _log.warning("source fails", connector=one.name, reason=exc.message)
                await asyncio.sleep(self._pauses[failures])
                failures += 1


class _Pass:
    """A pass that this run has the lease of."""

    def __init__(
        self,
        store: Store,
        taker: Taker,
        connector: Connector,
        capability: Capability,
        lease: Lease,
        believed: bool,
        tell: Tell,
        now: Callable[[], datetime],
    ) -> None:
        self.name = connector.name
        self.moves = 0
        self._store = store
        self._taker = taker
        self._connector = connector
        self._capability = capability
        self._lease = lease
        self._stream = lease.stream
        self._believed = believed
        self._tell = tell
        self._now = now

    async def run(self, most: int, since: datetime | None) -> Stream:
        """From where the stream stands to the end of the pass.

        While the database takes one batch the next one is read and mapped here.
        """
        spec, whole = self._connector.spec, self._stream.whole
        preparing = Preparing(spec, self._taker, self._lease, whole=whole)
        coming = preparing.ready(batches(self._pages(since), most, self._now))
        async with aclosing(ahead(coming, 1)) as prepared:  # type: ignore[type-var]
            async for ready in prepared:
                try:
                    self._stream = await self._taken(ready)
                except StoreUnavailable:  # it may have come after the commit
                    over = await self._lease.over() if ready.batch.page.done else None
                    if over is None:
                        raise
                    self._stream = over
                self.moves += 1
                self._tell(self._stream)
        return self._stream

    def _pages(self, since: datetime | None) -> AsyncIterator[FeedPage[Any]]:
        position, connector = self._stream.position, self._connector
        if self._stream.whole:
            return connector.everything(SECTIONS[self._capability], position, since)
        if isinstance(connector, MembershipFeed) and self._capability is Capability.MEMBER:
            return connector.membership_changes(position, since)
        if isinstance(connector, OrderFeed) and self._capability is Capability.ORDER:
            return connector.order_changes(position, since)
        raise TypeError("a connector without a feed is read as a whole")

    async def _taken(self, ready: Ready) -> Stream:
        batch = ready.batch

        async def work(run: Run) -> Stream:
            took = await self._taker.take(run, ready.prepared) if ready.kept else Took()
            kept = [_known(one, took) for one in ready.kept]
            lost = await self._lease.lose_in(run, ready.gone)
            moved = Moved(
                position=batch.page.position,
                read=batch.read,
                changed=took.changed,
                removed=await self._taker.remove(run, lost, batch.read_at) if lost else 0,
                unfit=ready.unfit,
                total=batch.page.total,
                moment=batch.page.moment,
            )
            stream = await self._lease.move_in(run, moved, kept, ready.seen)
            return await self._ended(run, batch) if batch.page.done else stream

        return await self._store.transaction(work)

    async def _ended(self, run: Run, batch: Batch) -> Stream:
        """The last batch also finds what is missing, where everything there is was read.

        What came up since the pass began may lie where it had read already.
        """
        missing, began = self._lease.missing_in, self._stream.began_at or batch.read_at
        gone = await missing(run, believed=self._believed) if batch.page.whole else []
        removed = await self._taker.remove(run, gone, began) if gone else 0
        return await self._lease.end_in(run, removed)


def _known(row: Kept, took: Took) -> Kept:
    """A row as it is remembered: one that was left out without its digest, so it is tried again."""
    return replace(row, digest=b"") if (row.channel, row.key) in took.left_out else row


def tells_changes(connector: Connector, capability: Capability) -> bool:
    """Whether a connector says what changed."""
    return _FEEDS.get(capability) in connector.abilities
