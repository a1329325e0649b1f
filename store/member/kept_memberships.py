"""Memberships as the platform keeps them: what answers for channels that have no system."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec.structs import replace
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.member.changing import own_source
from capabilities.member.claims import Claim, Key
from capabilities.member.records import (
    Contact,
    Identity,
    IdentityKind,
    Membership,
    MembershipStatus,
    Points,
    PointsAuthority,
    Tier,
)
from capabilities.sources import SourceRef
from store.engine import Run, Store
from store.member.components import columns_of
from store.member.membership_rows import (
    Rest,
    place_of_claim,
    place_of_name,
    place_of_rest,
)
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership

_KEPT = text("""
  SELECT a.place, r.channel, r.number, r.connector, r.programme, r.status, r.tier_code,
         r.tier_name, r.tier_valid_to, r.points_available, r.points_pending, r.points_authority,
         r.joined_at, r.home_store, r.sealed_name, r.sealed_rest, c.kind, c.scope, c.hash,
         c.verified, c.sealed_value
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]))
       WITH ORDINALITY AS a (number, channel, place)
  JOIN membership_records r ON r.brand = :brand AND r.number = a.number AND r.channel = a.channel
  LEFT JOIN identity_claims c
    ON c.brand = :brand AND c.number = r.number AND c.channel = r.channel AND NOT c.gone
  WHERE r.gone_at IS NULL
  ORDER BY a.place, c.kind, c.scope, c.hash
""")


class KeptMemberships:
    """Records of one brand, opened under the data keys of their memberships."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    async def of(
        self, keys: Sequence[MembershipKey], run: Run | None = None
    ) -> list[Membership | None]:
        """Each membership; None for one that is not kept, or whose key was erased.

        `run` reads as a transaction sees them.
        """
        ask = self._store.rows if run is None else run
        columns = {
            "numbers": [one.number for one in keys],
            "channels": [one.channel for one in keys],
        }
        found = await self._read(ask, columns)
        own = {place: replace(one, source=own_source(one.number)) for place, one in found.items()}
        return [own.get(place) for place in range(1, len(keys) + 1)]

    async def kept_in(self, run: Run, keys: Sequence[Key]) -> dict[Key, Membership]:
        """Those that are kept, each from the connector that brought it."""
        found = await self._read(run, columns_of(keys))
        return {(one.channel, one.number): one for one in found.values()}

    async def _read(self, run: Run, columns: Mapping[str, list[str]]) -> dict[int, Membership]:
        rows = await run(_KEPT, {"brand": self._brand, **columns})
        owners = {owner_of_membership(row.channel, row.number) for row in rows}
        seals = await self._keys.load(run, sorted(owners))
        found = {}
        for place, shown in groupby(rows, lambda row: int(row.place)):
            one = self._membership(list(shown), seals)
            if one is not None:
                found[place] = one
        return found

    def _membership(
        self, rows: Sequence[Row[Any]], seals: Mapping[str, OwnerSeal]
    ) -> Membership | None:
        row = rows[0]
        seal = seals.get(owner_of_membership(row.channel, row.number))
        if seal is None:
            return None
        try:
            contact, rest = self._contact(rows, seal), self._rest(row, seal)
        except InvalidTag:  # sealed under a key that was erased and made anew
            return None
        return Membership(
            channel=row.channel,
            number=row.number,
            programme=row.programme,
            status=MembershipStatus(row.status),
            source_status=rest.source_status,
            tier=_tier(row),
            points=_points(row),
            joined_at=row.joined_at,
            home_store_code=row.home_store,
            contact=contact,
            native=rest.native,
            source=SourceRef(connector=row.connector, system=row.connector, external_id=row.number),
        )

    def _rest(self, row: Row[Any], seal: OwnerSeal) -> Rest:
        """What its system said of a membership in words of its own."""
        if row.sealed_rest is None:
            return Rest()
        place = place_of_rest(self._brand, (row.channel, row.number))
        return msgspec.json.decode(seal.open(bytes(row.sealed_rest), place), type=Rest)

    def _contact(self, rows: Sequence[Row[Any]], seal: OwnerSeal) -> Contact:
        """What a membership shows of its person, with what its source vouched for."""
        name, key = rows[0].sealed_name, (rows[0].channel, rows[0].number)
        told: dict[str, Any] = {}
        identities = []
        for row in rows:
            if row.kind is None:
                continue
            kind = IdentityKind(row.kind)
            claim = Claim(key, kind, row.scope, bytes(row.hash))
            value = seal.open(bytes(row.sealed_value), place_of_claim(self._brand, claim))
            if kind is IdentityKind.PHONE:
                told |= {"phone": value, "phone_verified": row.verified}
            elif kind is IdentityKind.EMAIL:
                told |= {"email": value, "email_verified": row.verified}
            elif kind is IdentityKind.CARD_NO:
                told["card_number"] = value
            else:
                identities.append(Identity(kind, row.scope, value))
        if name is not None:
            told["name"] = seal.open(bytes(name), place_of_name(self._brand, key))
        return Contact(**told, identities=tuple(identities))


def _tier(row: Row[Any]) -> Tier | None:
    if row.tier_code is None:
        return None
    return Tier(code=row.tier_code, name=row.tier_name, valid_to=row.tier_valid_to)


def _points(row: Row[Any]) -> Points | None:
    if row.points_available is None:
        return None
    return Points(
        available=row.points_available,
        pending=row.points_pending,
        authority=PointsAuthority(row.points_authority),
    )
