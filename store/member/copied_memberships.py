"""Memberships of channels that have a system, as the platform keeps them: a source like any other.

They are as new as the sync that brings them. What the platform keeps of somebody who was erased is
gone with her key, so this source never has her.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.person import identity_hash
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import (
    Identity,
    IdentityKind,
    Membership,
    MembershipFilter,
)
from capabilities.page import PageAsk, SourcePage
from capabilities.sources import SourceRef
from store.engine import Store
from store.member.kept_memberships import KeptMemberships
from store.member.own_list import CopiedList

# More memberships than this on one identity name nobody.
_MOST_SHOWN = 200
_SHOWING = text("""
  SELECT a.place, c.channel, c.number, l.one_id
  FROM unnest(CAST(:hashes AS bytea[])) WITH ORDINALITY AS a (hash, place)
  CROSS JOIN LATERAL (
    SELECT k.channel, k.number FROM identity_claims k
    WHERE k.brand = :brand AND k.hash = a.hash AND NOT k.gone
      AND k.channel = ANY(CAST(:channels AS text[]))
    ORDER BY k.number, k.channel LIMIT :most
  ) AS c
  JOIN membership_records r ON r.brand = :brand AND r.number = c.number AND r.channel = c.channel
                           AND r.gone_at IS NULL
  LEFT JOIN membership_links l ON l.brand = :brand AND l.number = c.number AND l.channel = c.channel
  ORDER BY a.place, c.number, c.channel
""")


class Showing(Struct, frozen=True):
    """A membership that shows an identity, and whose it is."""

    key: MembershipKey
    one_id: str | None


class CopiedMemberships:
    """What the platform keeps of one brand's systems; `key` hashes identities."""

    def __init__(self, store: Store, brand: str, kept: KeptMemberships, key: bytes) -> None:
        self.store = store
        self.brand = brand
        self.kept = kept
        self.list = CopiedList(store, brand, kept)
        self._key = key

    def of(self, connector: str, system: str, channels: Sequence[str]) -> "MembershipCopies":
        """What the platform keeps of one connector's channels."""
        return MembershipCopies(self, connector, system, tuple(channels))

    def hashed(self, identity: Identity) -> bytes:
        """What an identity is found by."""
        return identity_hash(self._key, self.brand, identity)


class MembershipCopies(MembershipSource, MembershipIdentitySource, MembershipSearch):
    """The memberships of one connector as the platform keeps them."""

    identity_kinds = frozenset(IdentityKind)
    membership_filters = frozenset({"home_store"})

    def __init__(
        self, copies: CopiedMemberships, connector: str, system: str, channels: tuple[str, ...]
    ) -> None:
        self._copies = copies
        self._connector = connector
        self._system = system
        self._channels = channels

    async def memberships(self, numbers: Sequence[str]) -> Sequence[Membership | None]:
        """One membership per number, None where there is none."""
        keys = [MembershipKey(channel, one) for one in numbers for channel in self._channels]
        found = {one.number: one for one in await self._of(keys)}
        return [found.get(number) for number in numbers]

    async def memberships_by_identity(
        self, identities: Sequence[Identity]
    ) -> Sequence[tuple[Membership, ...]]:
        """All memberships per identity."""
        shown = await self.showing(identities)
        keys = list(dict.fromkeys(one.key for row in shown for one in row))
        found = {one.key: one for one in await self._of(keys)}
        return [tuple([found[one.key] for one in row if one.key in found]) for row in shown]

    async def search_memberships(
        self, filters: MembershipFilter, ask: PageAsk
    ) -> SourcePage[Membership]:
        """A page of these channels."""
        page = await self._copies.list.search_memberships(filters, ask)
        return replace(page, rows=tuple([self._told(one) for one in page.rows]))

    async def showing(self, identities: Sequence[Identity]) -> Sequence[tuple[Showing, ...]]:
        """The memberships that show each identity, and whose they are, without what they say."""
        if not identities:
            return []
        asked = {
            "brand": self._copies.brand,
            "hashes": [self._copies.hashed(one) for one in identities],
            "channels": list(self._channels),
            "most": _MOST_SHOWN,
        }
        found: defaultdict[int, list[Showing]] = defaultdict(list)
        for row in await self._copies.store.rows(_SHOWING, asked):
            found[row.place].append(Showing(MembershipKey(row.channel, row.number), row.one_id))
        return [tuple(found[place]) for place in range(1, len(identities) + 1)]

    async def _of(self, keys: Sequence[MembershipKey]) -> list[Membership]:
        rows = await self._copies.kept.of(keys) if keys else ()
        return [self._told(one) for one in rows if one is not None]

    def _told(self, one: Membership) -> Membership:
        """A membership under the connector whose customer it is, told by the platform."""
        source = SourceRef(
            connector=self._connector, system=self._system, external_id=one.number, copied=True
        )
        return replace(one, source=source)
