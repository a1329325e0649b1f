"""Reconciling: every membership that two sides write, held against what its system has of it.

What differs is repaired toward the leader, what it comes to is evidence for the next step.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from capabilities.adoption.drift import Drift
from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.adoption.standing import Adopted
from capabilities.adoption.states import AdoptionState
from capabilities.errors import BadInput, Garbled, Refused, SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.feed import FeedRow
from capabilities.load import Cause, because
from capabilities.member.ports import MembershipSink, MembershipSource
from capabilities.member.records import Membership
from capabilities.member.writing import MembershipWrite, WriteKind
from capabilities.syncing import SECTIONS
from connectors.basis import basis_of
from connectors.connector import Connector
from store.adoption.drifts import Drifts
from store.adoption.evidence import EvidenceRows
from store.adoption.leaders import counted
from store.adoption.outbox import Outbox
from store.adoption.standings import Standings
from store.member.levelling import Levelling
from store.member.proofs import Proof, WriteProofs
from store.member.taking import Intake
from store.member.unknown_here import UnknownHere
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from work.batches import Batch, batches
from work.relaying import Open
from work.replaying import is_repeatable

_log = structlog.get_logger("work")
RECONCILE = "41 3 * * *"
_BATCH = 500
# It comes each day; what nobody looked at for longer than this was not seen to be free of drift.
_UNSEEN = timedelta(hours=36)
# Who joined so lately may not have come by the feed yet.
_NEW = timedelta(days=1)
# So many writes are looked up in their system.
_PROVEN = 20

Tell = Callable[[Drift], None]


class Reconciling:
    """Reconciles memberships; `connectors` are those in force."""

    def __init__(
        self,
        owned: Owned,
        keys: DataKeys,
        intake: Intake,
        connectors: Callable[[], Iterable[ConnectorSpec]],
        opened: Open,
    ) -> None:
        self._owned = owned
        self._levelling = Levelling(owned, keys, intake)
        self._unknown = UnknownHere(owned, intake)
        self._proofs = WriteProofs(owned, keys)
        self._evidence = EvidenceRows(owned.store, owned.brand)
        self._outbox = Outbox(owned.store, owned.brand)
        self._drifts = Drifts(owned.store, owned.brand)
        self._connectors = connectors
        self._opened = opened

    async def run(self) -> None:
        """Every channel whose writes are remembered; one that fails holds up no other."""
        adopted: Adopted = await Standings(self._owned).current()
        for (capability, channel), standing in sorted(
            adopted.standings.items(), key=lambda one: one[0][1]
        ):
            if capability is not Capability.MEMBER or not counted(standing):
                continue
            if standing.lead is AdoptionState.LEGACY_RETIRED:  # what it says is nobody's matter
                continue
            try:
                drift = await self.once(channel)
            except SantongError as exc:
                _log.error("not reconciled", channel=channel, reason=exc.message)
                continue
            _log.info("reconciled", channel=channel, compared=drift.compared, drift=drift.total)

    async def once(self, channel: str, tell: Tell = lambda _drift: None) -> Drift:
        """One channel, whole; BadInput where no connector answers for its memberships."""
        spec = self._answering(channel)
        drift, after = Drift(), ""
        async with self._opened(spec) as connector:
            with because(Cause.BACKFILL):
                while numbers := await self._levelling.numbers(channel, after, _BATCH):
                    read_at = self._owned.now()
                    theirs = await _asked(connector, channel, numbers)
                    found = await self._levelling.level(channel, numbers, theirs, read_at)
                    drift, after = drift.plus(found), numbers[-1]
                    tell(drift)
                async for found in self._only_there(connector, channel):
                    drift = drift.plus(found)
                    tell(drift)
                await self._told(channel, drift, connector)
        return drift

    async def _only_there(self, connector: Connector, channel: str) -> AsyncIterator[Drift]:
        """Memberships of which the platform has nothing, by a pass over all that there are.

        What only a system has that gives out no whole list is found by comparing alone.
        """
        pages = connector.everything(SECTIONS[Capability.MEMBER], None)
        try:
            async with aclosing(batches(pages, _BATCH, self._owned.now)) as reading:  # type: ignore[type-var]
                async for batch in reading:
                    yield await self._taken_in(channel, batch)
        except Refused as exc:
            if exc.code != "LIST_UNSUPPORTED":
                raise

    async def _taken_in(self, channel: str, batch: Batch) -> Drift:
        """What of a batch is not known here; who joined just now is the feed's to bring."""
        unknown = await self._unknown.among(channel, list(batch.rows))
        rows = [row for key, row in batch.rows.items() if key in unknown]
        found = [one for one in map(_record, rows) if one and one.channel == channel]
        young = [one for one in found if _joined_behind(one, batch.read_at - _NEW)]
        old = [one for one in found if one not in young]
        taken = await self._unknown.take(channel, old) if old else 0
        count = taken + len(young)
        return Drift(compared=count, unknown=taken, taken=taken, in_flight=len(young))

    def _answering(self, channel: str) -> ConnectorSpec:
        for spec in self._connectors():
            if channel in spec.codes(Capability.MEMBER):
                if spec.paused:
                    message = f"{spec.name} is paused; it is not asked until it is resumed"
                    raise BadInput(message, code="CONNECTOR_PAUSED")
                return spec
        raise BadInput(f"no connector answers for members of {channel!r}", code="CHANNEL_UNKNOWN")

    async def _proven(self, channel: str, connector: Connector) -> tuple[Sequence[Proof], int]:
        """Newest writes, and how many of them their system finds by our reference."""
        proofs = await self._proofs.newest(channel, _PROVEN, self._owned.now())
        if not isinstance(connector, MembershipSink):
            return proofs, 0
        found = 0
        for one in proofs:
            write = MembershipWrite(kind=WriteKind.UPDATE, reference=one.command, number=one.number)
            found += await connector.written_membership(write) == one.number
        return proofs, found

    async def _told(self, channel: str, drift: Drift, connector: Connector) -> None:
        """What was measured, for the gates; where nothing may be told again, it is looked up."""
        proven = await self._proven(channel, connector)
        now, basis = self._owned.now(), basis_of(connector, Capability.MEMBER)
        known = (await self._evidence.of(channel, Capability.MEMBER)).get(Fact.DRIFT)
        lag = await self._proofs.lag(channel, now)
        left = await self._outbox.undrained(channel)
        measured = [
            *_drifted(drift, known, basis, now),
            *_proved(*proven, now),
            *(() if is_repeatable(connector) else _replayed(*proven, now)),
            _fact(now, Fact.WRITE_LAG_P99, lag.p99, lag.writes, "from commit to its system, a day"),
            _fact(now, Fact.UNDRAINED, left.count, left.count, "writes that its system has not"),
        ]
        await self._evidence.keep(channel, Capability.MEMBER, *measured)
        await self._drifts.keep(channel, Capability.MEMBER, drift, now)


def _drifted(
    drift: Drift, known: Evidence | None, basis: Basis, now: datetime
) -> Iterable[Evidence]:
    """How much differs, and since when nothing did under these definitions."""
    since = now
    if not drift.total and known is not None and known.value == 0 and known.since is not None:
        goes_on = now - known.at <= _UNSEEN and known.basis.holds(basis)
        since = known.since if goes_on else now
    counts = " ".join(f"{name}={count}" for name, count in sorted(drift.fields.items()))
    said = f"records that differ, by field: {counts or 'none'}; unknown here: {drift.unknown}"
    found = _fact(now, Fact.DRIFT, drift.total, drift.compared, said)
    free = (now - since).total_seconds()
    yield replace(found, since=since, basis=basis)
    found = _fact(now, Fact.DRIFT_FREE_SECONDS, free, drift.compared, "since any record differed")
    yield replace(found, basis=basis)
    if not drift.total:
        found = _fact(now, Fact.BOTH_EQUAL, 1, drift.compared, "records of which none differed")
        yield replace(found, basis=basis)


def _proved(proofs: Sequence[Proof], found: int, now: datetime) -> Iterable[Evidence]:
    """Whether its system knows our writes again, so none is made twice, and gives them back."""
    of, back = len(proofs), sum(one.returned for one in proofs)
    said = "newest writes that are found by their reference"
    yield _fact(now, Fact.WRITES_IDEMPOTENT, _all(found, of), of, said)
    yield _fact(now, Fact.REVERSE_SYNC, _all(back, of), of, "newest writes that stand here, too")


def _replayed(proofs: Sequence[Proof], found: int, now: datetime) -> Iterable[Evidence]:
    """Of a system of which no change may be told again: the relay looks each up instead."""
    said = "newest writes that are found by their reference; no change of its may be told again"
    yield _fact(now, Fact.REPLAY_ACCEPTED, _all(found, len(proofs)), len(proofs), said)


def _fact(now: datetime, fact: Fact, value: float, sample: int, query: str) -> Evidence:
    return Evidence(fact=fact, value=value, sample=sample, query=query, at=now)


def _record(row: FeedRow[Membership]) -> Membership | None:
    try:
        return row.record()
    except Garbled:  # told by the sync, which meets it too
        return None


def _joined_behind(one: Membership, moment: datetime) -> bool:
    return one.joined_at is not None and one.joined_at > moment


async def _asked(
    connector: Connector, channel: str, numbers: Sequence[str]
) -> dict[str, Membership]:
    """What a system has of some memberships, asked in turns that it can answer."""
    if not isinstance(connector, MembershipSource):
        message = f"{connector.name} has no memberships by number"
        raise BadInput(message, code="CAPABILITY_MISSING")
    found: dict[str, Membership] = {}
    most = connector.turn("memberships").keys
    for start in range(0, len(numbers), most):
        for one in await connector.memberships(numbers[start : start + most]):
            if one is not None and one.channel == channel:
                found[one.number] = one
    return found


def _all(count: int, of: int) -> float:
    """1 where all of some are so, and there are any."""
    return float(of > 0 and count == of)
