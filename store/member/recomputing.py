"""People computed anew under other rules: what a draft would change, and making it so.

It goes by pages of memberships, each page in a transaction of its own, so it may be stopped at any
point and begun again; what is right already is not written.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.member.claims import Claim, Key
from capabilities.member.identity_rules import IdentityRules
from store.engine import Run, Store
from store.member.components import Component, columns_of, read_component
from store.member.identity_rules import RulesInForce
from store.member.membership_rows import place_of_claim
from store.member.people import People
from store.member.people_lock import lock_people
from store.privacy.data_keys import DataKeys, owner_of_membership

Told: TypeAlias = Callable[[int, int], None]

_PAGE_SIZE = 1_000
_SAMPLES = 10
_COUNT = text("SELECT count(*) AS memberships FROM membership_links WHERE brand = :brand")
_PAGE = text("""
  SELECT number, channel FROM membership_links
  WHERE brand = :brand AND (number, channel) > (:number, :channel)
  ORDER BY number, channel LIMIT :most
""")
_VALUES = text("""
  SELECT c.channel, c.number, c.hash, c.sealed_value
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN identity_claims c ON c.brand = :brand AND c.number = a.number AND c.channel = a.channel
""")
_BAR = text("""
  UPDATE identity_claims c SET barred = a.barred
  FROM unnest(CAST(:hashes AS bytea[]), CAST(:numbers AS text[]), CAST(:channels AS text[]),
              CAST(:barred AS boolean[])) AS a (hash, number, channel, barred)
  WHERE c.brand = :brand AND c.hash = a.hash AND c.number = a.number AND c.channel = a.channel
""")


class RulesEffect(Struct, frozen=True, kw_only=True):
    """What rules would change: people, those of several that would be one, those of one, several.

    Samples are ids and nothing else.
    """

    memberships: int = 0
    people_before: int = 0
    people_after: int = 0
    joined: int = 0
    split: int = 0
    joined_samples: tuple[tuple[str, ...], ...] = ()
    split_samples: tuple[str, ...] = ()


class Recomputing:
    """Computes all people of a brand anew."""

    def __init__(self, store: Store, brand: str, key: bytes, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._people = People(brand, key)
        self._rules = RulesInForce(brand)
        self._keys = keys

    async def dry_run(self, rules: IdentityRules, told: Told) -> RulesEffect:
        """What a draft would change against the people that stand; nothing is written.

        A value that is blocked now and would not be any more is counted as if it stayed so.
        """
        effect = RulesEffect()
        async for keys in self._pages(told):
            effect = await self._store.transaction(lambda run: self._look(run, keys, rules, effect))  # noqa: B023 - awaited here
        return effect

    async def _look(
        self, run: Run, keys: list[Key], rules: IdentityRules, so_far: RulesEffect
    ) -> RulesEffect:
        component = await read_component(run, self._brand, rules, keys, {})
        for key, claims in (await self._barred(run, component, rules)).items():
            component.claims[key].update(claims)
        settled = await self._people.settle(run, component, rules)
        return _counted(so_far, set(keys), component.former, settled.names.ids)

    async def put(self, rules: IdentityRules, *, by: str, at: datetime) -> int:
        """Put rules in force for all that comes from now on; the version. Then `recompute`."""

        async def work(run: Run) -> int:
            await lock_people(run, self._brand)
            return await self._rules.put(run, rules, by=by, at=at)

        return await self._store.transaction(work)

    async def recompute(self, told: Told, now: Callable[[], datetime]) -> int:
        """Make people what the rules in force say; how many changed."""
        changed: set[str] = set()
        async for keys in self._pages(told):
            await self._store.transaction(lambda run: self._bar(run, keys))  # noqa: B023 - as above
        async for keys in self._pages(told):
            changed |= await self._store.transaction(lambda run: self._page(run, keys, now()))  # noqa: B023 - as above
        return len(changed)

    async def _page(self, run: Run, keys: list[Key], at: datetime) -> set[str]:
        await lock_people(run, self._brand)
        _, rules = await self._rules.current(run)
        component = await read_component(run, self._brand, rules, keys, {})
        return await self._people.decide(run, component, rules, (), at)

    async def _bar(self, run: Run, keys: list[Key]) -> None:
        """Bar the values that the rules in force block, and no others."""
        await lock_people(run, self._brand)
        _, rules = await self._rules.current(run)
        component = await read_component(
            run, self._brand, replace(rules, shared_in_all=1), keys, {}
        )
        found = await self._barred(run, component, rules)
        claims = [claim for one in found.values() for claim in one.values()]
        if claims:
            columns = {
                **columns_of(claim.key for claim in claims),
                "hashes": [claim.hash for claim in claims],
                "barred": [claim.barred for claim in claims],
            }
            await run(_BAR, {"brand": self._brand, **columns})

    async def _barred(
        self, run: Run, component: Component, rules: IdentityRules
    ) -> Mapping[Key, dict[bytes, Claim]]:
        """The claims of a component that other rules bar, or no longer bar."""
        rows = await run(_VALUES, {"brand": self._brand, **columns_of(component.claims)})
        owners = {owner_of_membership(row.channel, row.number) for row in rows}
        seals = await self._keys.load(run, sorted(owners))
        found: dict[Key, dict[bytes, Claim]] = {}
        for row in rows:
            key, digest = (row.channel, row.number), bytes(row.hash)
            seal, claim = seals.get(owner_of_membership(*key)), component.claims[key][digest]
            if seal is None:
                continue
            value = seal.open(bytes(row.sealed_value), place_of_claim(self._brand, claim))
            if rules.bars(value) != claim.barred:
                found.setdefault(key, {})[digest] = replace(claim, barred=not claim.barred)
        return found

    async def _pages(self, told: Told) -> AsyncIterator[list[Key]]:
        counted = await self._store.rows(_COUNT, {"brand": self._brand})
        done, place = 0, {"number": "", "channel": ""}
        told(done, counted[0].memberships)
        while True:
            named = {"brand": self._brand, "most": _PAGE_SIZE, **place}
            rows = await self._store.rows(_PAGE, named)
            if not rows:
                return
            yield [(row.channel, row.number) for row in rows]
            place = {"number": rows[-1].number, "channel": rows[-1].channel}
            done += len(rows)
            told(done, max(counted[0].memberships, done))


def _counted(
    so_far: RulesEffect, page: set[Key], former: Mapping[Key, str], ids: Mapping[Key, str]
) -> RulesEffect:
    """The effect with one page more; a person counts on the page of her first membership."""
    before, after = _groups(former), _groups(ids)
    split = sorted(
        one for one, keys in before.items() if _first(keys) in page and _several(keys, ids)
    )
    joined = sorted(
        tuple(sorted({former[key] for key in keys}))
        for keys in after.values()
        if _first(keys) in page and _several(keys, former)
    )
    return RulesEffect(
        memberships=so_far.memberships + len(page),
        people_before=so_far.people_before + sum(_first(one) in page for one in before.values()),
        people_after=so_far.people_after + sum(_first(one) in page for one in after.values()),
        joined=so_far.joined + len(joined),
        split=so_far.split + len(split),
        joined_samples=(*so_far.joined_samples, *joined)[:_SAMPLES],
        split_samples=(*so_far.split_samples, *split)[:_SAMPLES],
    )


def _groups(holders: Mapping[Key, str]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for key, one_id in holders.items():
        found.setdefault(one_id, []).append(key)
    return found


def _first(keys: Iterable[Key]) -> Key:
    """The membership that pages come to first."""
    return min(keys, key=lambda key: (key[1], key[0]))


def _several(keys: Iterable[Key], holders: Mapping[Key, str]) -> bool:
    return len({holders[key] for key in keys}) > 1
