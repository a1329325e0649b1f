"""Identities of people as they are shown: opened under the keys of their memberships."""

from collections.abc import Collection, Sequence

from sqlalchemy import text

from capabilities.member.claims import Claim
from capabilities.member.identities import MemberIdentity
from capabilities.member.records import IdentityKind
from store.engine import Store
from store.member.membership_rows import place_of_claim
from store.privacy.data_keys import DataKeys, owner_of_membership

_OF_PEOPLE = text("""
  SELECT a.place, c.kind, c.scope, c.hash, c.channel, c.number, c.verified, c.first_seen,
         c.last_seen, c.source, c.sealed_value
  FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
  JOIN identity_claims c
    ON c.brand = :brand AND c.number = l.number AND c.channel = l.channel AND NOT c.gone
  WHERE CAST(:channels AS text[]) IS NULL OR c.channel = ANY(CAST(:channels AS text[]))
  ORDER BY a.place, c.kind, c.scope, c.hash, c.channel, c.number
""")


class ShownIdentities:
    """What people are known by; a value whose key was erased is left out."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    async def of_people(
        self, one_ids: Sequence[str], channels: Collection[str] | None = None
    ) -> list[tuple[MemberIdentity, ...]]:
        """The identities per person, each once, in the order of kind and scope.

        `channels` restricts them to what memberships of some show.
        """
        cut = None if channels is None else sorted(channels)
        named = {"brand": self._brand, "one_ids": list(one_ids), "channels": cut}
        rows = await self._store.rows(_OF_PEOPLE, named)
        owners = sorted({owner_of_membership(row.channel, row.number) for row in rows})
        seals = await self._keys.load(self._store.rows, owners)
        found: list[dict[bytes, MemberIdentity]] = [{} for _ in one_ids]
        for row in rows:
            seal = seals.get(owner_of_membership(row.channel, row.number))
            if seal is None:
                continue
            digest, kind = bytes(row.hash), IdentityKind(row.kind)
            known = found[row.place - 1].get(digest)
            claim = Claim((row.channel, row.number), kind, row.scope, digest)
            one = MemberIdentity(
                kind=kind,
                scope=row.scope,
                value=known.value
                if known
                else seal.open(bytes(row.sealed_value), place_of_claim(self._brand, claim)),
                verified=row.verified or (known is not None and known.verified),
                first_seen=min(row.first_seen, known.first_seen) if known else row.first_seen,
                last_seen=max(row.last_seen, known.last_seen) if known else row.last_seen,
                source=known.source if known else row.source,
            )
            found[row.place - 1][digest] = one
        return [tuple(one.values()) for one in found]
