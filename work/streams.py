"""The streams of the connectors in force: which are due, and one run of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from capabilities.errors import BadInput
from capabilities.estate import Capability, ConnectorSpec
from capabilities.schedule import Schedule
from capabilities.syncing import STREAMS, Stream, SyncState
from store.syncing.streams import Streams
from work.copying import Copying
from work.fed import Fed
from work.opening import Openings
from work.syncing import Syncing, Tell
from work.told import Told

_log = structlog.get_logger("work")
# A pass that failed is not left to its next time, and its system is not hurried either.
_AGAIN = timedelta(minutes=5)
_WORDS: Mapping[Capability, str] = {one: word for word, one in STREAMS.items()}


class Taken:
    """Runs streams of the plan in force."""

    def __init__(
        self,
        told: Told,
        streams: Streams,
        syncing: Syncing,
        openings: Openings,
        copying: Copying | None = None,
        fed: Fed | None = None,
    ) -> None:
        self._told = told
        self._fed = fed
        self._copying = copying
        self._streams = streams
        self._syncing = syncing
        self._openings = openings

    async def due(self, now: datetime) -> Sequence[tuple[str, str]]:
        """(connector, kind) of every stream whose time has come, of connectors not paused.

        Whatever its schedule says, a channel that is to be copied is filled at once.
        """
        known = {(one.connector, one.capability): one for one in await self._streams.all()}
        found = {
            (spec.name, capability)
            for spec in self._told.plan.connectors
            for capability, schedule in spec.sync.items()
            if not spec.paused and capability in spec.channels
            if _is_due(known.get((spec.name, capability)), schedule, now)
        }
        found |= {key for key in await self._unfilled(now) if _may_fill(known.get(key), now)}
        return sorted((name, _WORDS[capability]) for name, capability in found)

    async def _unfilled(self, now: datetime) -> set[tuple[str, Capability]]:
        if self._copying is None:
            return set()
        await self._copying.level()
        return await self._copying.unfilled(self._told.plan.connectors, now)

    async def run(self, connector: str, kind: str) -> None:
        """One pass of a stream as its schedule asks for it; it leaves one line in the log."""
        spec = self._spec(connector)
        if spec is None or spec.paused:
            return  # taken out of the estate since
        done = await self.once(spec, STREAMS[kind])
        _log.info(
            "sync",
            connector=connector,
            kind=kind,
            read=done.read,
            changed=done.changed,
            removed=done.removed,
            unfit=done.unfit,
            seconds=round(done.seconds, 1),
        )

    async def once(
        self,
        spec: ConnectorSpec,
        capability: Capability,
        *,
        whole: bool = False,
        since: datetime | None = None,
        believed: bool = False,
        tell: Tell = lambda _stream: None,
    ) -> Stream:
        """One pass. BadInput where the connector has no such records."""
        if capability not in spec.channels:
            message = f"{spec.name} has no channels of {capability.value}"
            raise BadInput(message, code="CAPABILITY_MISSING")
        async with self._openings.opened(spec) as connector:
            done = await self._syncing.run(
                connector,
                capability,
                whole=whole,
                since=since,
                believed=believed,
                copied=self._copied(spec, capability) if since is None else (),
                tell=tell,
            )
        if self._fed is not None and since is None:
            await self._fed.measure(spec, done)
        return done

    def _copied(self, spec: ConnectorSpec, capability: Capability) -> Sequence[str]:
        return () if self._copying is None else self._copying.wanted(spec, capability)

    def named(self, connector: str) -> ConnectorSpec:
        """A connector of the plan; BadInput where there is none, or where it rests."""
        spec = self._spec(connector)
        if spec is None:
            names = ", ".join(sorted(one.name for one in self._told.plan.connectors)) or "none"
            message = f"there is no connector {connector!r}; there are {names}"
            raise BadInput(message, code="CONNECTOR_UNKNOWN")
        if spec.paused:
            message = f"{connector} is paused; it is not asked until it is resumed"
            raise BadInput(message, code="CONNECTOR_PAUSED")
        return spec

    def _spec(self, name: str) -> ConnectorSpec | None:
        return next((one for one in self._told.plan.connectors if one.name == name), None)


def _is_due(stream: Stream | None, schedule: Schedule, now: datetime) -> bool:
    if stream is None:
        return True
    if stream.running_until is not None:
        return False
    if stream.state is SyncState.FAILED and stream.failed_at is not None:
        return now - stream.failed_at >= _AGAIN
    # Killed or stopped before its end: it goes on at once.
    if stream.state is not SyncState.DONE:
        return True
    return schedule.due(stream.began_at, now)


def _may_fill(stream: Stream | None, now: datetime) -> bool:
    if stream is None:
        return True
    failed = stream.failed_at if stream.state is SyncState.FAILED else None
    return stream.running_until is None and (failed is None or now - failed >= _AGAIN)
