"""Who is who: identities, memberships and old ids of every person, without a plain value."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.member.records import Identity, IdentityKind
from store.engine import Store
from store.sealing import Sealer

K = TypeVar("K")
V = TypeVar("V")

_ONE_IDS = text("""
  SELECT a.place, coalesce(m.one_id, i.one_id) AS one_id
  FROM unnest(CAST(:kinds AS text[]), CAST(:scopes AS text[]), CAST(:hashes AS bytea[]))
       WITH ORDINALITY AS a (kind, scope, hash, place)
  JOIN member_identities i
    ON i.brand = :brand AND i.hash = a.hash AND i.kind = a.kind AND i.scope = a.scope
  LEFT JOIN member_aliases m ON m.brand = i.brand AND m.old_id = i.one_id
""")
# Each part takes its rows in key order, so two that meet wait for one another and never cross.
# Who owns an identity or a membership already keeps it. A sighting is written once an hour.
_REMEMBER = text("""
  WITH people AS MATERIALIZED (
    SELECT p.one_id AS given, coalesce(m.one_id, p.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) AS p (one_id)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = p.one_id
  ), known AS (
    INSERT INTO members (brand, one_id, status, created_at, version)
    SELECT DISTINCT :brand, one_id, 'ACTIVE', now(), 1 FROM people ORDER BY one_id
    ON CONFLICT DO NOTHING
  ), identified AS (
    INSERT INTO member_identities AS i (brand, hash, kind, scope, one_id, sealed_value, verified,
                                        first_seen, last_seen, source)
    SELECT :brand, a.hash, a.kind, a.scope, p.one_id, a.value, a.verified, now(), now(), a.source
    FROM unnest(CAST(:hashes AS bytea[]), CAST(:kinds AS text[]), CAST(:scopes AS text[]),
                CAST(:owners AS text[]), CAST(:values AS bytea[]), CAST(:verified AS boolean[]),
                CAST(:sources AS text[])) AS a (hash, kind, scope, owner, value, verified, source)
    JOIN people p ON p.given = a.owner
    ORDER BY a.hash, a.kind, a.scope
    ON CONFLICT (brand, hash, kind, scope) DO UPDATE
    SET last_seen = excluded.last_seen, verified = i.verified OR excluded.verified
    WHERE i.one_id = excluded.one_id
      AND (i.last_seen < excluded.last_seen - interval '1 hour'
           OR (excluded.verified AND NOT i.verified))
  )
  INSERT INTO membership_links (brand, number, channel, one_id)
  SELECT :brand, a.number, a.channel, p.one_id
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:holders AS text[]))
       AS a (number, channel, holder)
  JOIN people p ON p.given = a.holder
  ORDER BY a.number, a.channel
  ON CONFLICT DO NOTHING
""")
# Each asked id stands for its survivor; identities and memberships come in one answer.
_PEOPLE = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  )
  SELECT a.place, i.kind, i.scope, i.hash, i.sealed_value, NULL AS channel, NULL AS number
  FROM asked a JOIN member_identities i ON i.brand = :brand AND i.one_id = a.one_id
  UNION ALL
  SELECT a.place, NULL, NULL, NULL, NULL, l.channel, l.number
  FROM asked a JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
  ORDER BY place, kind, scope, hash, channel, number
""")


class SeenIdentity(Struct, frozen=True, kw_only=True):
    """An identity as a source showed it, with its `person.keyed_hash`."""

    identity: Identity
    hash: bytes
    source: str
    verified: bool = True


class KnownPerson(Struct, frozen=True, kw_only=True):
    """What is to be remembered of one person."""

    one_id: str
    identities: tuple[SeenIdentity, ...] = ()
    memberships: tuple[MembershipKey, ...] = ()


class RememberedPerson(Struct, frozen=True, kw_only=True):
    """What the table holds of one person."""

    identities: tuple[Identity, ...] = ()
    links: tuple[MembershipKey, ...] = ()


class MemberIdentities:
    """The identity table. An id that was merged away answers as its survivor.

    What changes whose an identity is raises the version of `members`, for processes remember it.
    """

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def one_ids(
        self, brand: str, hashes: Sequence[tuple[IdentityKind, str, bytes]]
    ) -> list[str | None]:
        """One id per (kind, scope, hash), None where nobody is known by it."""
        if not hashes:
            return []
        columns = {
            "kinds": [kind.value for kind, _, _ in hashes],
            "scopes": [scope for _, scope, _ in hashes],
            "hashes": [digest for _, _, digest in hashes],
        }
        rows = await self._store.rows(_ONE_IDS, {"brand": brand, **columns})
        found = {row.place: row.one_id for row in rows}
        return [found.get(place) for place in range(1, len(hashes) + 1)]

    async def remember(self, brand: str, entries: Sequence[KnownPerson]) -> None:
        """Write people, identities and memberships that are new; repeating it changes nothing.

        An identity or membership that belongs to another id stays with its owner.
        """
        if not entries:
            return
        seen = _first_by_key(
            ((one.hash, one.identity.kind.value, one.identity.scope), (person.one_id, one))
            for person in entries
            for one in person.identities
        )
        held = _first_by_key(
            ((key.number, key.channel), person.one_id)
            for person in entries
            for key in person.memberships
        )
        columns = {
            "one_ids": sorted({person.one_id for person in entries}),
            "hashes": [digest for digest, _, _ in seen],
            "kinds": [kind for _, kind, _ in seen],
            "scopes": [scope for _, _, scope in seen],
            "owners": [owner for owner, _ in seen.values()],
            "values": [self._sealed(brand, one) for _, one in seen.values()],
            "verified": [one.verified for _, one in seen.values()],
            "sources": [one.source for _, one in seen.values()],
            "numbers": [number for number, _ in held],
            "channels": [channel for _, channel in held],
            "holders": list(held.values()),
        }
        await self._store.rows(_REMEMBER, {"brand": brand, **columns})

    async def people(self, brand: str, one_ids: Sequence[str]) -> list[RememberedPerson]:
        """What is remembered per id, in the clear: for matching, never for an answer.

        An id that nobody has is a person without identities and memberships.
        """
        if not one_ids:
            return []
        rows = await self._store.rows(_PEOPLE, {"brand": brand, "one_ids": list(one_ids)})
        identities: list[list[Identity]] = [[] for _ in one_ids]
        links: list[list[MembershipKey]] = [[] for _ in one_ids]
        for row in rows:
            if row.kind is None:
                links[row.place - 1].append(MembershipKey(row.channel, row.number))
            else:
                identities[row.place - 1].append(self._opened(brand, row))
        return [
            RememberedPerson(identities=tuple(own), links=tuple(held))
            for own, held in zip(identities, links, strict=True)
        ]

    def _opened(self, brand: str, row: Row[Any]) -> Identity:
        place = _place(brand, row.kind, row.scope, row.hash)
        return Identity(
            IdentityKind(row.kind), row.scope, self._sealer.open(row.sealed_value, place)
        )

    def _sealed(self, brand: str, one: SeenIdentity) -> bytes:
        identity = one.identity
        place = _place(brand, identity.kind.value, identity.scope, one.hash)
        return self._sealer.seal(identity.value, place)


def _place(brand: str, kind: str, scope: str, digest: bytes) -> bytes:
    return f"{brand}\x1f{kind}\x1f{scope}\x1f{digest.hex()}".encode()


def _first_by_key(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    """Pairs as a dictionary in which the first of a key stays."""
    kept: dict[K, V] = {}
    for key, value in pairs:
        kept.setdefault(key, value)
    return kept
