"""Taking memberships in: what they show becomes claims, and claims make people.

One call is one batch inside the caller's transaction; the same batch again changes nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.audit import Entry
from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.member.claims import Claim, Key, Shown
from capabilities.member.identity_rules import IdentityRules
from capabilities.member.records import Membership
from capabilities.member.resolving import counts
from capabilities.profile.attributes import Observation
from store.access.audit import audited
from store.engine import Run
from store.events import tell
from store.keyring import Keyring
from store.member.components import Component, columns_of, read_component
from store.member.given import Given, Giving
from store.member.identity_rules import RulesInForce
from store.member.membership_rows import (
    Brought,
    Fresh,
    drop_claims,
    write_claims,
    write_records,
)
from store.member.people import People
from store.member.people_lock import lock_people
from store.owned import Owned
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership
from store.privacy.tombstones import Tombstones
from store.profile.attribute_rows import AttributeRows
from store.sealing import Sealer

# One look into the key for each membership; joined, the planner may read every record there is.
_CONTENTS = text("""
  SELECT a.channel, a.number, r.content
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  CROSS JOIN LATERAL (
    SELECT content FROM membership_records
    WHERE brand = :brand AND number = a.number AND channel = a.channel OFFSET 0
  ) AS r
""")
_SIGHTED_AFTER = timedelta(days=1)
# A sighting is written once a day: a whole reading of a system without changes writes nothing else.
_SEEN = text("""
  UPDATE membership_records r SET seen_at = :at
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  WHERE r.brand = :brand AND r.number = a.number AND r.channel = a.channel
    AND r.seen_at < CAST(:at AS timestamptz) - interval '1 day'
""")
_LEFT = text("""
  UPDATE membership_records r SET gone_at = :at, content = '', status = 'CLOSED'
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN membership_links l ON l.brand = :brand AND l.number = a.number AND l.channel = a.channel
  WHERE r.brand = :brand AND r.number = a.number AND r.channel = a.channel AND r.gone_at IS NULL
  RETURNING l.one_id, r.channel, r.connector
""")
_ANYBODY_ERASED = text("SELECT FROM tombstones WHERE brand = :brand LIMIT 1")


class Taken(Struct, frozen=True, kw_only=True):
    """What a batch did: memberships by what became of them, and how many people it touched.

    `left_out` are those of people who were erased: they come in once she registers anew.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: frozenset[Key] = frozenset()
    people: int = 0

    @property
    def erased(self) -> int:
        """How many were left out."""
        return len(self.left_out)


class Intake:
    """The one way in for memberships of a brand.

    `key` hashes identities; `keys` seal personal values, one key a membership.
    """

    def __init__(self, brand: str, key: bytes, keys: DataKeys, tombstones: Tombstones) -> None:
        self.brand = brand
        self.rules = RulesInForce(brand)
        self.people = People(brand, key)
        self._giving = Giving(brand, key)
        self._attributes = AttributeRows(brand, key)
        self._keys = keys
        self._tombstones = tombstones

    def given(self, memberships: Sequence[Membership]) -> Given:
        """A batch worked out by the rules last known, before there is a transaction."""
        return self._giving.given(memberships, *self.rules.known)

    async def take(self, run: Run, memberships: Sequence[Membership], *, at: datetime) -> Taken:
        """Take a batch in, the last of two records of one membership.

        Whoever was erased is left out. It holds the brand's lock until the transaction ends.
        """
        return await self.take_given(run, self.given(memberships), at=at)

    async def change(self, run: Run, membership: Membership, *, at: datetime) -> None:
        """A membership as we changed it; what its system told for profiles stands."""
        await self.take_given(run, self.given([membership]), at=at, telling=False)

    async def take_given(
        self, run: Run, given: Given, *, at: datetime, telling: bool = True
    ) -> Taken:
        """As `take`, of what was worked out before; without `telling` profiles stay as they are."""
        if not given.memberships:
            return Taken()
        await lock_people(run, self.brand)
        known = await self._known(run, given.memberships)
        unchanged = [key for key, one in given.contents.items() if known.get(key) == one]
        if unchanged:
            await run(_SEEN, {"brand": self.brand, "at": at, **columns_of(unchanged)})
        fresh = given.contents.keys() - set(unchanged)
        if not fresh:
            return Taken(unchanged=len(unchanged))
        version, rules = await self.rules.current(run)
        news = [key for key in given.contents if key in fresh]
        if version == given.rules:
            shown = {key: dict(given.shown[key]) for key in news}
        else:  # the rules changed since, or were never read here
            shown = self._giving.shown(given.memberships, news, rules)
        erased = await self._erased(run, shown, rules)
        for key in erased:
            del shown[key]
        rows = {key: (given.memberships[key], given.contents[key]) for key in shown}
        people, seals = await self._write(run, rules, rows, shown, known.keys() & shown, at)
        if telling:
            await self._tell(run, rows, known.keys() & shown, seals, at)
        new = len(shown.keys() - known)
        return Taken(
            new=new,
            changed=len(shown) - new,
            unchanged=len(unchanged),
            left_out=frozenset(erased),
            people=people,
        )

    async def tell(self, run: Run, memberships: Sequence[Membership], *, at: datetime) -> None:
        """What known memberships tell for profiles, in place of what they told before."""
        fresh = {(one.channel, one.number): (one, b"") for one in memberships}
        seals = await self._keys.load(run, [owner_of_membership(*key) for key in fresh])
        await self._tell(run, fresh, fresh.keys(), seals, at)

    async def untake(self, run: Run, keys: Sequence[MembershipKey], *, at: datetime) -> int:
        """Memberships that their system no longer has: closed, and whose they were.

        What is known of them goes on leading to the person; brought again they are as before. Each
        has its entry in the audit trail.
        """
        await lock_people(run, self.brand)
        listed = columns_of((one.channel, one.number) for one in keys)
        rows = await run(_LEFT, {"brand": self.brand, "at": at, **listed})
        subjects = [Subject(key=one) for one in sorted({row.one_id for row in rows})]
        await tell(run, self.brand, Topic.MEMBER_CHANGED, subjects)
        await audited(run, self.brand, *(_ended(row) for row in rows))
        return len(rows)

    async def _write(
        self,
        run: Run,
        rules: IdentityRules,
        fresh: Fresh,
        shown: Brought,
        known: Collection[Key],
        at: datetime,
    ) -> tuple[int, Mapping[str, OwnerSeal]]:
        if not fresh:
            return 0, {}
        claims = {
            key: {digest: claim for digest, (claim, _) in claims.items()}
            for key, claims in shown.items()
        }
        component = await read_component(run, self.brand, rules, known, claims)
        await drop_claims(run, self.brand, component.before, claims)
        people = len(await self.people.decide(run, component, rules, claims, at))
        held = await self._keys.load(run, [owner_of_membership(*key) for key in known])
        owners = [owner_of_membership(*key) for key in fresh]
        made = await self._keys.draw(run, [one for one in owners if one not in held])
        seals = {**held, **made}
        await write_records(run, self.brand, seals, fresh, at)
        new = _differing(shown, component, fresh, held, at)
        await write_claims(run, self.brand, seals, new, fresh, at)
        return people, seals

    async def _tell(
        self,
        run: Run,
        fresh: Fresh,
        known: Collection[Key],
        seals: Mapping[str, OwnerSeal],
        at: datetime,
    ) -> None:
        """What the records tell for profiles, in place of what they told before."""
        told = [one for record, _ in fresh.values() for one in _told(record, at)]
        before = [fresh[key][0] for key in known]  # a new membership told nothing yet
        tellers = [(one.key, None) for one in before]
        if told or tellers:
            await self._attributes.tell(run, seals, tellers, told)

    async def _erased(self, run: Run, shown: Brought, rules: IdentityRules) -> set[Key]:
        """Memberships of people who were erased, by their own keys or by an identity that joins."""
        if not await run(_ANYBODY_ERASED, {"brand": self.brand}):
            return set()
        stones = self._tombstones
        owners: dict[bytes, list[Key]] = {}
        for key, claims in shown.items():
            owners.setdefault(stones.membership(*key), []).append(key)
            for claim, one in claims.values():
                if counts(claim, rules.of(claim.kind)):
                    digest = stones.identity(claim.kind.value, claim.scope, one.identity.value)
                    owners.setdefault(digest, []).append(key)
        found = await stones.among(run, list(owners))
        return {key for digest in found for key in owners[digest]}

    async def _known(self, run: Run, given: Collection[Key]) -> dict[Key, bytes]:
        rows = await run(_CONTENTS, {"brand": self.brand, **columns_of(given)})
        return {(row.channel, row.number): bytes(row.content) for row in rows}


def _told(record: Membership, at: datetime) -> Iterator[Observation]:
    for one in record.contact.attributes:
        yield Observation(
            holder=record.key,
            key=one.key,
            value=one.value,
            source=record.source.connector,
            observed_at=at,
            confidence=one.confidence,
        )


def _ended(row: Row[Any]) -> Entry:
    facts = {"channel": row.channel, "connector": row.connector}
    return Entry(action="membership.ended", actor="system:sync", about=row.one_id, facts=facts)


def _differing(
    shown: Brought, component: Component, fresh: Fresh, held: Collection[str], at: datetime
) -> list[tuple[Claim, Shown]]:
    """What is shown and was not, or was last written a day ago, or lost the key that sealed it."""
    found = []
    for key, claims in shown.items():
        kept = owner_of_membership(*key) in held
        before = component.before[key] if kept else {}
        for digest, (claim, one) in claims.items():
            if before.get(digest) == claim:
                source, seen = component.shown[key, digest]
                if source == fresh[key][0].source.connector and at - seen < _SIGHTED_AFTER:
                    continue
            found.append((claim, one))
    return found


def open_intake(brand: str, keys: Keyring) -> Intake:
    """The intake of a brand under the keys of its processes."""
    return _intake(brand, keys.derived("hashes"), keys.sealer())


def intake_of(owned: Owned) -> Intake:
    """The intake of a platform."""
    return _intake(owned.brand, owned.key, owned.sealer)


def _intake(brand: str, key: bytes, sealer: Sealer) -> Intake:
    return Intake(brand, key, DataKeys(brand, sealer), Tombstones.under(brand, key))
