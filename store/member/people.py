"""People as components make them: who they are now, written where it differs from before."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import count

from msgspec import Struct
from sqlalchemy import text

from capabilities.events import Subject, Topic
from capabilities.member.claims import Key
from capabilities.member.identity_rules import IdentityRules
from capabilities.member.naming import Names, name_people
from capabilities.member.person import derive_one_id, key_identity, one_id_of
from capabilities.member.resolution import Pair, Resolution
from capabilities.member.resolving import resolve
from store.engine import Run
from store.events import tell
from store.member.candidates import candidate_id, queue_candidates
from store.member.components import Component, columns_of
from store.versions import MEMBERS

_OLDER = text("""
  SELECT old_id, one_id FROM member_aliases
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[]))
""")
_TAKEN = text("""
  SELECT old_id AS one_id FROM member_aliases
  WHERE brand = :brand AND old_id = ANY(CAST(:one_ids AS text[]))
  UNION
  SELECT one_id FROM members
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[])) AND status = 'ERASED'
""")
_MEMBERS = text("""
  INSERT INTO members AS old (brand, one_id, status, created_at, version)
  SELECT :brand, a.one_id, 'ACTIVE', :at, 1 FROM unnest(CAST(:one_ids AS text[])) AS a (one_id)
  ORDER BY a.one_id COLLATE "C"
  ON CONFLICT (brand, one_id) DO UPDATE SET version = old.version + 1,
    status = CASE old.status WHEN 'MERGED' THEN 'ACTIVE' ELSE old.status END
""")
_MERGED = text("""
  UPDATE members SET status = 'MERGED', version = version + 1
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[])) AND status <> 'ERASED'
""")
_LINKS = text("""
  INSERT INTO membership_links (brand, number, channel, one_id, own_id)
  SELECT :brand, a.number, a.channel, a.one_id, a.own_id
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:one_ids AS text[]),
              CAST(:own_ids AS text[])) AS a (number, channel, one_id, own_id)
  ON CONFLICT (brand, number, channel)
  DO UPDATE SET one_id = excluded.one_id, own_id = excluded.own_id
""")
_ALIASES = text("""
  INSERT INTO member_aliases (brand, old_id, one_id)
  SELECT :brand, a.old_id, a.one_id
  FROM unnest(CAST(:old_ids AS text[]), CAST(:one_ids AS text[])) AS a (old_id, one_id)
  ON CONFLICT (brand, old_id) DO UPDATE SET one_id = excluded.one_id
""")
_NO_ALIASES = text("""
  DELETE FROM member_aliases WHERE brand = :brand AND old_id = ANY(CAST(:old_ids AS text[]))
""")
_RAISE = text("""
  INSERT INTO state_versions AS old (brand, part, version, changed_at)
  VALUES (:brand, :part, 1, now())
  ON CONFLICT (brand, part) DO UPDATE SET version = old.version + 1, changed_at = now()
""")


class Settled(Struct, frozen=True):
    """What became of some components: the people, their ids, and whose people they were."""

    resolution: Resolution
    names: Names
    older: Mapping[str, str]
    taken: frozenset[str]


class People:
    """Decides and writes who is whom, inside a transaction that holds the lock."""

    def __init__(self, brand: str, key: bytes) -> None:
        self.brand = brand
        self._key = key

    def own_id(self, key: Key, taken: Collection[str] = frozenset()) -> str:
        """The id of a person by one membership alone; another where that was somebody else's."""
        for generation in count():
            named = derive_one_id(self._key, self.brand, key_identity(*key), generation)
            if named not in taken:
                break
        return named

    async def decide(
        self,
        run: Run,
        component: Component,
        rules: IdentityRules,
        changed: Iterable[Key],
        at: datetime,
    ) -> set[str]:
        """Settle whole components and write what differs: people, ids, and the review queue.

        The ids of people that changed come back, also those that are nobody's now. `changed` are
        memberships whose records changed: then their people did, too.
        """
        settled = await self.settle(run, component, rules)
        touched = await self._write(run, component, settled, changed, at)
        found = settled.resolution.candidates
        await queue_candidates(run, self.brand, self.candidate_id, component, found, at)
        return touched

    def candidate_id(self, pair: Pair) -> str:
        """The name of a pair of memberships in the review queue."""
        return candidate_id(self._key, pair)

    async def settle(self, run: Run, component: Component, rules: IdentityRules) -> Settled:
        """Who the people of whole components are, by what stands and what is brought."""
        claims = component.every
        resolution = resolve(
            component.claims, claims, component.decisions, rules, component.crowded
        )
        older = await self.aliases_of(run, set(component.former.values()))
        known = {*component.former.values(), *older}
        taken: set[str] = set()
        asked: set[str] = set()
        while True:
            names = name_people(
                resolution,
                claims,
                rules,
                own_id=partial(self.own_id, taken=taken),
                id_of=partial(one_id_of, self._key),
                former=component.former,
                older=older,
                taken=taken,
            )
            fresh = {*names.ids.values(), *names.aliases} - known - asked
            lost = await self._taken(run, fresh)
            if not lost:
                return Settled(resolution, names, older, frozenset(taken))
            taken |= lost
            asked |= fresh

    async def aliases_of(self, run: Run, one_ids: Collection[str]) -> dict[str, str]:
        """Old ids that lead to these people, and to whom."""
        if not one_ids:
            return {}
        rows = await run(_OLDER, {"brand": self.brand, "one_ids": sorted(one_ids)})
        return {row.old_id: row.one_id for row in rows}

    async def _taken(self, run: Run, one_ids: set[str]) -> set[str]:
        """Ids that lead elsewhere, or were somebody's who was erased."""
        if not one_ids:
            return set()
        rows = await run(_TAKEN, {"brand": self.brand, "one_ids": sorted(one_ids)})
        return {row.one_id for row in rows}

    async def _write(
        self,
        run: Run,
        component: Component,
        settled: Settled,
        changed: Iterable[Key],
        at: datetime,
    ) -> set[str]:
        ids, former = settled.names.ids, component.former
        moved = [key for key, one_id in ids.items() if former.get(key) != one_id]
        touched = {ids[key] for key in (*moved, *changed)}
        left = {former[key] for key in moved if key in former}
        gone = left - set(ids.values())
        everyone = touched | left
        if everyone:
            named = {"brand": self.brand, "one_ids": sorted(everyone - gone), "at": at}
            await run(_MEMBERS, named)
        if gone:
            await run(_MERGED, {"brand": self.brand, "one_ids": sorted(gone)})
        if moved:
            await self._link(run, moved, settled)
        renamed = await self._rename(run, settled)
        subjects = [Subject(key=one) for one in sorted(everyone)]
        await tell(run, self.brand, Topic.MEMBER_CHANGED, subjects)
        if renamed or not everyone.isdisjoint(former.values()):
            await run(_RAISE, {"brand": self.brand, "part": MEMBERS})
        return everyone

    async def _link(self, run: Run, moved: list[Key], settled: Settled) -> None:
        rows = {
            **columns_of(moved),
            "one_ids": [settled.names.ids[key] for key in moved],
            "own_ids": [self.own_id(key, settled.taken) for key in moved],
        }
        await run(_LINKS, {"brand": self.brand, **rows})

    async def _rename(self, run: Run, settled: Settled) -> bool:
        aliases, older = settled.names.aliases, settled.older
        new = {old: one_id for old, one_id in aliases.items() if older.get(old) != one_id}
        gone = sorted(old for old in older if old not in aliases)
        if new:
            columns = {"old_ids": list(new), "one_ids": list(new.values())}
            await run(_ALIASES, {"brand": self.brand, **columns})
        if gone:
            await run(_NO_ALIASES, {"brand": self.brand, "old_ids": gone})
        return bool(new or gone)
