"""Reconciling: both sides' memberships held against each other, and the follower made equal."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from sqlalchemy import text

from capabilities.adoption.drift import Drift
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member.claims import Key
from capabilities.member.echoes import Judged, is_settled, said_by, was_told
from capabilities.member.records import Membership
from store.adoption.leaders import Leaders
from store.engine import Run
from store.member.agreements import Agreements, Saw
from store.member.echoes import Echoes, Stands, merged, same
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_NUMBERS = text("""
  SELECT number FROM membership_records
  WHERE brand = :brand AND channel = :channel AND gone_at IS NULL
    AND number > :after ORDER BY number LIMIT :most
""")
# Of memberships those of which a row of the feed or a write landed behind a moment.
_MOVED = text("""
  SELECT r.channel, r.number FROM membership_records r
  WHERE r.brand = :brand AND r.channel = :channel
    AND r.number = ANY(CAST(:numbers AS text[]))
    AND (r.seen_at > :read_at OR EXISTS (
      SELECT FROM member_writes w JOIN member_commands c ON c.brand = w.brand AND c.id = w.command
      WHERE w.brand = r.brand AND w.number = r.number AND w.channel = r.channel
        AND greatest(w.at, c.changed_at) > :read_at))
""")
# What its system alone changes; which of it differs is counted, and taken from there.
_ITS_OWN = ("programme", "status", "tier", "points", "joined_at", "home_store_code")


class _Found(Struct):
    """What one batch comes to; `moved` are those that changed here since they were asked for."""

    moved: frozenset[Key] = frozenset()
    drift: Drift = Drift()
    saw: dict[Key, Saw] = field(default_factory=dict)
    disputed: dict[Key, Judged] = field(default_factory=dict)
    taken: list[Membership] = field(default_factory=list)


class Levelling:
    """Compares and repairs the memberships of one brand."""

    def __init__(self, owned: Owned, keys: DataKeys, intake: Intake) -> None:
        self._owned = owned
        self._intake = intake
        self._echoes = Echoes(owned, keys, intake)
        self._agreements = Agreements(owned.brand, owned.key)
        self._leaders = Leaders(owned.brand)

    async def numbers(self, channel: str, after: str, most: int) -> list[str]:
        """Numbers of memberships of a channel that are kept, behind one of them."""
        named = {"brand": self._owned.brand, "channel": channel, "after": after, "most": most}
        return [row.number for row in await self._owned.store.rows(_NUMBERS, named)]

    async def level(
        self,
        channel: str,
        numbers: Sequence[str],
        theirs: Mapping[str, Membership],
        read_at: datetime,
    ) -> Drift:
        """One batch in one transaction; `theirs` are those that the system has, by number.

        They were asked for from `read_at` on: what landed here since may be newer, and is left to
        the next time.
        """
        at = self._owned.now()

        async def work(run: Run) -> Drift:
            standing = await self._leaders.in_force(run, Capability.MEMBER, channel)
            stands = await self._echoes.stands(run, [(channel, one) for one in numbers])
            found = _Found(moved=await self._moved(run, channel, numbers, read_at))
            for key in stands.records:
                self._compare(found, standing, stands, key, theirs.get(key[1]))
            await self._agreements.saw(run, found.saw, at)
            for key, verdict in found.disputed.items():
                await self._echoes.settle(run, stands, key, verdict, theirs[key[1]], at)
            await self._intake.take(run, found.taken, at=at)
            return found.drift

        return await self._owned.store.transaction(work)

    async def _moved(
        self, run: Run, channel: str, numbers: Sequence[str], read_at: datetime
    ) -> frozenset[Key]:
        asked = {"channel": channel, "numbers": list(numbers), "read_at": read_at}
        rows = await run(_MOVED, {"brand": self._owned.brand, **asked})
        return frozenset((row.channel, row.number) for row in rows)

    def _compare(
        self,
        found: _Found,
        standing: Standing,
        stands: Stands,
        key: Key,
        theirs: Membership | None,
    ) -> None:
        ours, agreement = stands.records[key], stands.agreements.get(key)
        found.drift = found.drift.plus(Drift(compared=1))
        if key in found.moved and (theirs is None or not same(theirs, ours)):
            found.drift = found.drift.plus(Drift(in_flight=1))
            return
        if theirs is None:
            found.drift = found.drift.plus(Drift(missing=1))
            return
        shown = self._echoes.shown(ours, theirs)
        if agreement is not None and not is_settled(agreement, shown):
            found.drift = found.drift.plus(Drift(in_flight=1))
            return
        leads = standing.writes(stands.holders.get(key, "")) is Side.PLATFORM
        said = said_by(ours.contact)
        wrong = {one for one in shown.differing if leads and said[one] is not None}
        told = {one for one in wrong if was_told(agreement, one, shown.ours[one])}
        verdict = Judged(
            keep=frozenset(wrong), repair=frozenset(wrong - told), clash=frozenset(told)
        )
        if agreement is not None:
            found.saw[key] = self._echoes.saw(verdict, agreement, shown, theirs)
        both = merged(theirs, ours, verdict)
        level = same(both, ours)
        if wrong:
            found.disputed[key] = verdict
        if not level:
            found.taken.append(both)
        names = [*shown.differing, *_differing(theirs, ours)]
        if not level or wrong:
            found.drift = found.drift.plus(_drift(verdict, names, level=level))


def _differing(one: Membership, other: Membership) -> Collection[str]:
    return [name for name in _ITS_OWN if getattr(one, name) != getattr(other, name)]


def _drift(verdict: Judged, names: Collection[str], *, level: bool) -> Drift:
    return Drift(
        differing=1,
        repaired=int(bool(verdict.repair)),
        disputed=int(bool(verdict.clash)),
        taken=int(not level),
        fields=dict.fromkeys(names or ("other",), 1),
    )
