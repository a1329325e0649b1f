"""Rows of systems that we write: echoes stay out, foreign changes come in by the declared policy.

Whoever takes a batch in asks here first, in the transaction that takes it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.standing import ConflictPolicy, Standing
from capabilities.estate import Capability
from capabilities.member.claims import Key, shown_by
from capabilities.member.echoes import Agreement, Judged, Shown, judged, said_by
from capabilities.member.identity_rules import DEFAULT_RULES
from capabilities.member.records import Membership
from store.adoption.leaders import Leaders, counted, written_by_both
from store.engine import Run
from store.member.agreements import Agreements, Saw
from store.member.components import columns_of
from store.member.confirmed import ConfirmedSince, with_ours
from store.member.conflicts import Conflicts
from store.member.given import Given
from store.member.kept_memberships import KeptMemberships
from store.member.led_writes import LedWrites
from store.member.people_lock import lock_people
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_log = structlog.get_logger("echoes")
_HOLDERS = text("""
  SELECT l.channel, l.number, l.one_id
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN membership_links l ON l.brand = :brand AND l.number = a.number AND l.channel = a.channel
""")


class Stands(Struct, frozen=True, kw_only=True):
    """How memberships stand here: records, whose they are, and what was written of them."""

    records: Mapping[Key, Membership]
    holders: Mapping[Key, str]
    agreements: Mapping[Key, Agreement]


class Echoes:
    """Judges what systems of one brand show of memberships that we write, too."""

    def __init__(self, owned: Owned, keys: DataKeys, intake: Intake) -> None:
        self._owned = owned
        self._intake = intake
        self._kept = KeptMemberships(owned.store, owned.brand, keys)
        self._confirmed = ConfirmedSince(owned.brand, self._kept)
        self._agreements = Agreements(owned.brand, owned.key)
        self._led = LedWrites(owned, keys, intake)
        self._conflicts = Conflicts(owned, keys)
        self._leaders = Leaders(owned.brand)

    async def newer(self, run: Run, given: Given, read_at: datetime) -> dict[Key, Membership]:
        """Rows of systems that lead, with what writes have changed since they were read."""
        followed = {
            channel: await self._leaders.in_force(run, Capability.MEMBER, channel)
            for channel in sorted({channel for channel, _ in given.memberships})
        }
        rows = {
            key: one
            for key, one in given.memberships.items()
            if counted(followed[key[0]]) and not written_by_both(followed[key[0]])
        }
        return await self._confirmed.over(run, rows, read_at) if rows else {}

    async def left(self, run: Run, given: Given, at: datetime) -> Given:
        """What of a batch is to be taken: without echoes, and with what is ours where it stands."""
        standings = await self._standings(run, given)
        keys = [key for key in given.memberships if key[0] in standings]
        if not keys:
            return given
        stands = await self.stands(run, keys)
        batch = _Batch(self, stands, standings)
        for key in keys:
            batch.judge(key, given.memberships[key])
        await self._agreements.saw(run, batch.saw, at)
        await self._intake.tell(run, batch.retold, at=at)
        for key, verdict in batch.disputed.items():
            await self.settle(run, stands, key, verdict, given.memberships[key], at)
        if not batch.settled:
            return given
        _log.info("echoes", echoes=len(batch.settled) - len(batch.merged), merged=len(batch.merged))
        kept = [one for key, one in given.memberships.items() if key not in batch.settled]
        return self._intake.given([*kept, *batch.merged.values()])

    async def stands(self, run: Run, keys: Sequence[Key]) -> Stands:
        """Both sides' past of some memberships; who is whom waits for the transaction to end."""
        await lock_people(run, self._owned.brand)
        rows = await run(_HOLDERS, {"brand": self._owned.brand, **columns_of(keys)})
        return Stands(
            records=await self._kept.kept_in(run, keys),
            holders={(row.channel, row.number): row.one_id for row in rows},
            agreements=await self._agreements.of(run, keys),
        )

    def shown(self, ours: Membership, theirs: Membership) -> Shown:
        """Both sides as digests."""
        return Shown(
            ours=self._agreements.digests(said_by(ours.contact)),
            theirs=self._agreements.digests(said_by(theirs.contact)),
            origin=theirs.origin,
        )

    def saw(self, verdict: Judged, agreement: Agreement, shown: Shown, theirs: Membership) -> Saw:
        """What its system is known to have from now on."""
        return Saw(verdict.seen or agreement.seen, shown.theirs, self._agreements.rest(theirs))

    async def settle(
        self,
        run: Run,
        stands: Stands,
        key: Key,
        verdict: Judged,
        theirs: Membership,
        at: datetime,
    ) -> None:
        """Tell a system again what it should have, and ask a person where none may decide."""
        ours, one_id = stands.records[key], stands.holders[key]
        if verdict.repair:
            await self._led.repair_in(run, theirs.source.connector, ours, one_id, verdict.repair)
        if verdict.clash:
            await self._conflicts.found_in(run, theirs, verdict.clash, at)

    async def _standings(self, run: Run, given: Given) -> dict[str, Standing]:
        """Of the channels of a batch, those whose memberships two sides write."""
        found = {}
        for channel in sorted({channel for channel, _ in given.memberships}):
            standing = await self._leaders.in_force(run, Capability.MEMBER, channel)
            if written_by_both(standing):
                found[channel] = standing
        return found


class _Batch:
    """The verdicts on the rows of one batch.

    `settled` are rows that are not taken as they came: `merged` are taken instead of some.
    """

    def __init__(self, echoes: Echoes, stands: Stands, standings: Mapping[str, Standing]) -> None:
        self._echoes = echoes
        self._stands = stands
        self._standings = standings
        self.saw: dict[Key, Saw] = {}
        self.settled: set[Key] = set()
        self.merged: dict[Key, Membership] = {}
        self.retold: list[Membership] = []
        self.disputed: dict[Key, Judged] = {}

    def judge(self, key: Key, theirs: Membership) -> None:
        """One row; a membership that is new here is taken as it is."""
        ours, agreement = self._stands.records.get(key), self._stands.agreements.get(key)
        if ours is None or key not in self._stands.holders:
            return
        standing = self._standings[key[0]]
        leader = standing.writes(self._stands.holders[key])
        policy = standing.conflict_policy or ConflictPolicy.LEADER_WINS
        shown = self._echoes.shown(ours, theirs)
        verdict = possible(judged(agreement, shown, leader, policy), ours)
        if verdict.stale:
            self.settled.add(key)
            return
        if agreement is not None:
            self.saw[key] = self._echoes.saw(verdict, agreement, shown, theirs)
        if verdict.repair or verdict.clash:
            self.disputed[key] = verdict
        self._take(key, ours, merged(theirs, ours, verdict), agreement)

    def _take(
        self, key: Key, ours: Membership, both: Membership, agreement: Agreement | None
    ) -> None:
        if not same(both, ours):
            self.settled.add(key)
            self.merged[key] = both
        elif agreement is not None:
            self.settled.add(key)
            if agreement.rest != self.saw[key].rest:
                self.retold.append(both)


def possible(verdict: Judged, ours: Membership) -> Judged:
    """A verdict without telling a system what is not known here either."""
    absent = {name for name, value in said_by(ours.contact).items() if value is None}
    return replace(
        verdict,
        keep=verdict.keep if verdict.stale else verdict.keep - (absent & verdict.repair),
        repair=verdict.repair - absent,
    )


def merged(theirs: Membership, ours: Membership, verdict: Judged) -> Membership:
    """What their system shows, with what is ours where that stands."""
    return with_ours(theirs, ours, verdict.keep)


def same(one: Membership, kept: Membership) -> bool:
    """Whether a record says nothing but what is kept, whatever its spelling."""

    def facts(of: Membership) -> tuple[object, ...]:
        shown = {(each.identity, each.verified) for each in shown_by(of, DEFAULT_RULES)}
        plain = (of.programme, of.status, of.tier, of.points, of.joined_at, of.home_store_code)
        own = (of.source_status, of.native, of.source.connector)
        return (*plain, *own, said_by(of.contact)["name"], shown)

    return facts(one) == facts(kept)
