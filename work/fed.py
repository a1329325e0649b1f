"""Evidence of how well a system feeds the platform, measured behind every pass over it."""

from datetime import datetime, timedelta
from time import perf_counter

import structlog
from msgspec.structs import replace

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability, ConnectorSpec
from capabilities.syncing import Stream
from store.adoption.evidence import EvidenceRows
from store.owned import Owned
from store.syncing.feeding import Feeding

_log = structlog.get_logger("work")
_AUTHOR = "system:sync"
# Measuring takes no more of the time than this share.
_SHARE = 20
# Statuses that were taken in longer ago say nothing of what the mapping must know.
_RECENT = timedelta(days=90)


class Fed:
    """Writes what is wanting of every channel of a pass, and how late its changes come."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._feeding = Feeding(owned.store, owned.brand, owned.zone)
        self._rows = EvidenceRows(owned.store, owned.brand)
        self._due: dict[tuple[str, Capability], float] = {}

    async def measure(self, spec: ConnectorSpec, done: Stream) -> None:
        """Behind a pass that has ended, which stands whether or not this can be written down."""
        try:
            await self._measure(spec, done)
        except StoreUnavailable as exc:
            kind = done.capability.value
            _log.warning("not measured", connector=spec.name, kind=kind, reason=exc.message)

    async def _measure(self, spec: ConnectorSpec, done: Stream) -> None:
        key, began = (spec.name, done.capability), perf_counter()
        if done.began_at is None or began < self._due.get(key, 0.0):
            return
        lag = await self._lag(spec.name, done.capability)
        for channel in sorted(spec.codes(done.capability)):
            wanting = await self._wanting(spec.name, done, channel, done.began_at)
            measured = [wanting] if lag is None else [wanting, lag]
            measured += await self._statuses(done.capability, channel)
            if done.capability is Capability.MEMBER:
                measured.append(await self._consent(channel))
            await self._rows.keep(channel, done.capability, *measured)
        ended = perf_counter()
        self._due[key] = ended + _SHARE * (ended - began)

    async def _wanting(
        self, connector: str, done: Stream, channel: str, began_at: datetime
    ) -> Evidence:
        found = await self._feeding.wanting(connector, done.capability, channel, began_at)
        # rows that could not be mapped are of no day that is known here
        days = found.days + (1 if done.unfit else 0)
        return Evidence(
            fact=Fact.BACKFILL_DAYS_DIFFER,
            value=float(days),
            at=self._owned.now(),
            sample=found.rows,
            since=began_at,
            query="days on which the platform has other rows than the last whole reading",
            author=_AUTHOR,
        )

    async def _statuses(self, capability: Capability, channel: str) -> list[Evidence]:
        """Whether the mapping knows every status; nothing of a channel without a row."""
        at = self._owned.now()
        found = await self._feeding.statuses(capability, channel, at - _RECENT)
        if not found.rows:
            return []
        unknown = Evidence(
            fact=Fact.STATUS_UNKNOWN,
            value=float(found.unknown),
            at=at,
            sample=found.rows,
            since=at - _RECENT,
            query="rows of 90 days whose status the mapping does not know",
            author=_AUTHOR,
        )
        covered = (found.rows - found.unknown) / found.rows
        return [unknown, replace(unknown, fact=Fact.STATUS_COVERED, value=covered)]

    async def _consent(self, channel: str) -> Evidence:
        """Whether nobody who was erased is here again."""
        back = await self._feeding.erased(channel)
        return Evidence(
            fact=Fact.CONSENT_KEPT,
            value=float(back == 0),
            at=self._owned.now(),
            sample=back,
            query="memberships of people who were erased, that are here again",
            author=_AUTHOR,
        )

    async def _lag(self, connector: str, capability: Capability) -> Evidence | None:
        lag = await self._feeding.lag(connector, capability)
        if lag is None:
            return None
        return Evidence(
            fact=Fact.FEED_LAG_P99,
            value=lag.p99,
            at=self._owned.now(),
            sample=lag.passes,
            query="from the beginning of one pass to the end of the next, of the last passes",
            author=_AUTHOR,
        )
