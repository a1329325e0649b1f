"""What an export shows of people: their platform's rows, and personal values opened for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.member.claims import Claim
from capabilities.member.mask import mask_name
from capabilities.member.phone import mask_phone
from capabilities.member.records import IdentityKind
from store.member.membership_rows import place_of_claim, place_of_name
from store.owned import Owned
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership

_ROWS = text("""
  SELECT a.one_id, s.stage, p.orders, p.last_at,
    (SELECT string_agg(l.channel || ':' || l.number, ' ' ORDER BY l.channel, l.number)
     FROM membership_links l WHERE l.brand = :brand AND l.one_id = a.one_id) AS memberships,
    (SELECT string_agg(f.category, ' | ' ORDER BY f.share DESC, f.category) FROM (
       SELECT category, share FROM member_affinity
       WHERE brand = :brand AND one_id = a.one_id ORDER BY share DESC, category LIMIT 3) f
    ) AS categories,
    (SELECT string_agg(t.tag, ' | ' ORDER BY t.tag) FROM member_tags t
     WHERE t.brand = :brand AND t.one_id = a.one_id
       AND (t.expires_at IS NULL OR t.expires_at > :at)) AS tags
  FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  LEFT JOIN member_purchases p ON p.brand = :brand AND p.one_id = a.one_id
  LEFT JOIN lifecycle_standings s ON s.brand = :brand AND s.one_id = a.one_id
  ORDER BY a.place
""")
# The newest membership with a name, and the phone of the newest that vouches for one.
_PERSONAL = text("""
  SELECT DISTINCT ON (l.one_id, kind) l.one_id, l.number, l.channel, one.*
  FROM unnest(CAST(:one_ids AS text[])) AS a (one_id)
  JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
  JOIN membership_records r ON r.brand = :brand AND r.number = l.number AND r.channel = l.channel
                           AND r.gone_at IS NULL
  CROSS JOIN LATERAL (
    SELECT 'NAME' AS kind, NULL AS scope, NULL AS hash, r.sealed_name AS sealed
    WHERE r.sealed_name IS NOT NULL
    UNION ALL
    SELECT c.kind, c.scope, c.hash, c.sealed_value FROM identity_claims c
    WHERE c.brand = :brand AND c.number = l.number AND c.channel = l.channel
      AND c.kind = 'PHONE' AND c.verified AND NOT c.gone
  ) one
  ORDER BY l.one_id, kind, r.seen_at DESC, l.channel, l.number, one.hash
""")


class Exported(Struct, frozen=True, kw_only=True, gc=False):
    """One person of an export; name and phone in the clear where they were asked for so."""

    one_id: str
    memberships: str = ""
    stage: str = ""
    orders: int = 0
    last_order: str = ""
    categories: str = ""
    tags: str = ""
    name: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return f"Exported({self.one_id!r}, ***)"


class SegmentExport:
    """Reads people for a file, a page at a time."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._keys = DataKeys(owned.brand, owned.sealer)

    async def rows(
        self, one_ids: Sequence[str], clear: frozenset[str] = frozenset()
    ) -> list[Exported]:
        """One row a person, in order; `clear` names what of name and phone is not masked."""
        if not one_ids:
            return []
        store, brand = self._owned.store, self._owned.brand
        asked = {"brand": brand, "one_ids": list(one_ids)}
        personal = await self._personal(asked, clear)
        rows = await store.rows(_ROWS, {**asked, "at": self._owned.now()})
        return [_exported(row, personal) for row in rows]

    async def _personal(
        self, asked: Mapping[str, object], clear: frozenset[str]
    ) -> dict[tuple[str, str], str]:
        store = self._owned.store
        rows = await store.rows(_PERSONAL, asked)
        owners = {owner_of_membership(row.channel, row.number) for row in rows}
        seals = await self._keys.load(store.rows, sorted(owners))
        found = {}
        for row in rows:
            seal = seals.get(owner_of_membership(row.channel, row.number))
            if seal is not None:  # else it was erased
                found[row.one_id, row.kind] = self._shown(row, seal, clear)
        return found

    def _shown(self, row: Row[Any], seal: OwnerSeal, clear: frozenset[str]) -> str:
        brand, key = self._owned.brand, (row.channel, row.number)
        if row.kind == "NAME":
            name = seal.open(row.sealed, place_of_name(brand, key))
            return name if "name" in clear else mask_name(name) or ""
        claim = Claim(key, IdentityKind(row.kind), row.scope, bytes(row.hash))
        phone = seal.open(row.sealed, place_of_claim(brand, claim))
        return phone if "phone" in clear else mask_phone(phone)


def _exported(row: Row[Any], personal: Mapping[tuple[str, str], str]) -> Exported:
    return Exported(
        one_id=row.one_id,
        memberships=row.memberships or "",
        stage=row.stage or "",
        orders=row.orders or 0,
        last_order="" if row.last_at is None else row.last_at.date().isoformat(),
        categories=row.categories or "",
        tags=row.tags or "",
        name=personal.get((row.one_id, "NAME"), ""),
        phone=personal.get((row.one_id, "PHONE"), ""),
    )
