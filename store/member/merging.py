"""Merges and their undoing: a person decides, a record keeps what was, nothing else is touched.

Memberships are re-parented and that is all: what hangs on them (points, orders, consents) follows.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from capabilities.caller import MembershipKey
from capabilities.member.claims import Key
from capabilities.member.merging import (
    MembersMerged,
    MembersUnmerged,
    MergeBlock,
    MergeDeclined,
    MergePart,
    MergePreview,
    across,
    blocks_between,
)
from capabilities.member.resolution import Decisions, ordered
from store.engine import Run, Store
from store.member.components import Component, read_component
from store.member.identity_rules import RulesInForce
from store.member.merge_records import MERGE, UNMERGE, Author, Before, MergeRecords, Side
from store.member.people import People
from store.member.people_lock import lock_people
from store.member.resolved_ids import resolved_ids


class _TakenBack(Exception):
    """Takes a transaction back and carries what it would have done."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer


async def looked_at(store: Store, work: Callable[[Run], Awaitable[Any]]) -> Any:
    """What a change would answer: it is made, and taken back with its transaction."""

    async def undone(run: Run) -> None:
        raise _TakenBack(await work(run))

    try:
        await store.transaction(undone)
    except _TakenBack as done:
        return done.answer


class Merging:
    """Merges people of one brand, inside the caller's transaction."""

    def __init__(self, people: People, rules: RulesInForce) -> None:
        self._people = people
        self._records = MergeRecords(people.brand)
        self._rules = rules
        self._brand = people.brand

    async def merge(
        self,
        run: Run,
        one_ids: Sequence[str],
        author: Author,
        *,
        overrides: Collection[str] = (),
        versions: Mapping[str, int] | None = None,
    ) -> MembersMerged | MergeDeclined:
        """Make one person of several; `versions` are those that the caller has seen, by id."""
        await lock_people(run, self._brand)
        sides = await self._sides(run, one_ids)
        if isinstance(sides, MergeDeclined):
            return sides
        seen = versions or {}
        if any(seen.get(one.one_id, one.version) != one.version for one in sides):
            return MergeDeclined(code="MEMBER_CHANGED", path=("input", "versions"))
        component = await self._component(run, sides)
        blocks = await self._blocks(run, sides, component)
        left = tuple(one for one in blocks if one.code not in overrides)
        if left:
            return MergeDeclined(code="MERGE_BLOCKED", path=("input", "members"), blocks=left)
        return await self._join(run, sides, component, author)

    async def _join(
        self, run: Run, sides: Sequence[Side], component: Component, author: Author
    ) -> MembersMerged:
        decided = component.decisions
        # All memberships, for what holds one side together may be what the other one contests.
        first, *others = [key for one in sides for key in one.memberships]
        together = {ordered(first, other) for other in others} - decided.together
        overridden = across([one.memberships for one in sides]) & decided.apart
        before = Before(
            tuple(sides),
            await self._people.aliases_of(run, [one.one_id for one in sides]),
            apart=tuple(sorted(overridden)),
            together=tuple(sorted(together)),
        )
        record = await self._records.record(run, MERGE, before, author)
        await self._records.forget(run, overridden)
        await self._records.decide(run, together, record, together=True)
        component.decisions = Decisions(
            decided.together | together, (decided.apart - overridden) - together
        )
        await self._settle(run, component, author.at)
        (now,) = await self._records.holders(run, [first])
        merged = await self._merged(run, component, now)
        return MembersMerged(brand=self._brand, record=record, one_id=now, merged=merged)

    async def _merged(self, run: Run, component: Component, now: str) -> tuple[str, ...]:
        """Who became somebody, also who only came along; who kept a membership stands on."""
        (stands,) = await self._records.sides(run, [now])
        former = {component.former[key] for key in stands.memberships} - {now}
        left = {one.one_id for one in await self._records.sides(run, sorted(former))}
        return tuple(sorted(former - left))

    async def unmerge(
        self, run: Run, record: str, author: Author
    ) -> MembersUnmerged | MergeDeclined:
        """Undo a merge: both sides stand as they stood, and stay apart."""
        await lock_people(run, self._brand)
        standing = await self._records.standing(run, record)
        if standing is None:
            return MergeDeclined(code="MERGE_UNKNOWN", path=("input", "merge"))
        before, undone_by = standing
        if undone_by is not None:
            return MergeDeclined(code="MERGE_UNDONE", path=("input", "merge"))
        undone = await self._part(run, [one.memberships for one in before.sides], author, before)
        await self._records.undo(run, record, undone.record)
        return undone

    async def split(
        self, run: Run, keys: Sequence[Key], author: Author
    ) -> MembersUnmerged | MergeDeclined:
        """Take memberships from the person who has them: rules joined what they should not have."""
        await lock_people(run, self._brand)
        holders = {one for one in await self._records.holders(run, keys) if one}
        if len(holders) != 1:
            return MergeDeclined(code="MEMBERSHIPS_UNKNOWN", path=("input", "memberships"))
        (side,) = await self._records.sides(run, list(holders))
        rest = tuple(key for key in side.memberships if key not in set(keys))
        if not rest:
            return MergeDeclined(code="MEMBERSHIPS_UNKNOWN", path=("input", "memberships"))
        return await self._part(run, [tuple(sorted(set(keys))), rest], author, None)

    async def keep_apart(self, run: Run, keys: Sequence[Key], author: Author) -> None:
        """Decide that the people of these memberships are not one, and never shall be."""
        await lock_people(run, self._brand)
        holders = sorted({one for one in await self._records.holders(run, keys) if one})
        sides = await self._records.sides(run, holders)
        if len(sides) > 1:
            await self._part(run, [one.memberships for one in sides], author, None)

    async def _part(
        self,
        run: Run,
        sides: Sequence[Sequence[Key]],
        author: Author,
        before: Before | None,
    ) -> MembersUnmerged:
        keys = [key for side in sides for key in side]
        holders = sorted({one for one in await self._records.holders(run, keys) if one})
        stood = await self._records.sides(run, holders)
        component = await self._component(run, stood)
        apart = across(sides)
        decided = component.decisions
        joined = frozenset(before.together) if before else frozenset()
        forgotten = joined | (decided.together & apart)
        record = await self._records.record(
            run,
            UNMERGE,
            Before(
                tuple(stood),
                await self._people.aliases_of(run, holders),
                together=tuple(sorted(forgotten)),
                apart=tuple(sorted(apart)),
            ),
            author,
        )
        await self._records.forget(run, forgotten)
        await self._records.decide(run, apart, record, together=False)
        component.decisions = Decisions(decided.together - forgotten, decided.apart | apart)
        await self._settle(run, component, author.at)
        now = sorted({one for one in await self._records.holders(run, keys) if one})
        parts = tuple(self._shown(one) for one in await self._records.sides(run, now))
        return MembersUnmerged(brand=self._brand, record=record, parts=parts)

    async def preview(
        self, run: Run, one_ids: Sequence[str], author: Author
    ) -> MergePreview | MergeDeclined:
        """A merge whatever stands against it, to be looked at: see `looked_at`."""
        await lock_people(run, self._brand)
        sides = await self._sides(run, one_ids)
        if isinstance(sides, MergeDeclined):
            return sides
        component = await self._component(run, sides)
        blocks = await self._blocks(run, sides, component)
        named = {one.one_id for one in sides}
        others = await self._records.sides(run, sorted({*component.former.values()} - named))
        done = await self._join(run, sides, component, author)
        (stands,) = await self._records.sides(run, [done.one_id])
        hers = set(stands.memberships)
        return MergePreview(
            brand=self._brand,
            one_id=done.one_id,
            parts=tuple(map(self._shown, sides)),
            coming_along=tuple(self._shown(one) for one in others if hers & {*one.memberships}),
            blocks=blocks,
        )

    async def _blocks(
        self, run: Run, sides: Sequence[Side], component: Component
    ) -> tuple[MergeBlock, ...]:
        _, rules = await self._rules.current(run)
        keys = [one.memberships for one in sides]
        return blocks_between(keys, component.every, component.decisions, rules)

    def _shown(self, side: Side) -> MergePart:
        return MergePart(
            brand=self._brand,
            one_id=side.one_id,
            memberships=tuple(MembershipKey(*key) for key in side.memberships),
            version=side.version,
        )

    async def _sides(self, run: Run, one_ids: Sequence[str]) -> list[Side] | MergeDeclined:
        """The people that ids lead to now, each with her memberships."""
        found = await resolved_ids(run, self._brand, one_ids)
        if None in found:
            return MergeDeclined(code="MEMBER_UNKNOWN", path=("input", "members"))
        sides = await self._records.sides(run, sorted({one for one in found if one}))
        if len(sides) < 2:  # noqa: PLR2004 - a merge needs two
            return MergeDeclined(code="MERGE_SAME_MEMBER", path=("input", "members"))
        return sides

    async def _component(self, run: Run, sides: Iterable[Side]) -> Component:
        _, rules = await self._rules.current(run)
        keys = [key for one in sides for key in one.memberships]
        return await read_component(run, self._brand, rules, keys, {})

    async def _settle(self, run: Run, component: Component, at: datetime) -> None:
        _, rules = await self._rules.current(run)
        await self._people.decide(run, component, rules, (), at)
