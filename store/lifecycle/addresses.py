"""Where a person can be reached: by which ways, and at the moment of sending the address itself."""

from collections.abc import Mapping

from sqlalchemy import text

from capabilities.member.claims import Claim
from capabilities.member.consent import ConsentMedium
from capabilities.member.records import IdentityKind
from store.engine import Run
from store.member.membership_rows import place_of_claim
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_membership

_KINDS: Mapping[ConsentMedium, IdentityKind] = {
    ConsentMedium.SMS: IdentityKind.PHONE,
    ConsentMedium.PHONE: IdentityKind.PHONE,
    ConsentMedium.EMAIL: IdentityKind.EMAIL,
    ConsentMedium.WECHAT: IdentityKind.WECHAT_OPENID,
}
# What a source vouches for, shows still, and what is no counter's phone; the newest first.
_HERS = """
  FROM membership_links l
  JOIN identity_claims c ON c.brand = l.brand AND c.number = l.number AND c.channel = l.channel
  WHERE l.brand = :brand AND l.one_id = :one_id AND c.verified AND NOT c.barred AND NOT c.gone
"""
_WAYS = text(f"SELECT DISTINCT c.kind {_HERS}")
_VALUES = text(f"""
  SELECT c.number, c.channel, c.scope, c.hash, c.sealed_value {_HERS} AND c.kind = :kind
  ORDER BY c.last_seen DESC, c.channel, c.number
""")


class Addresses:
    """The addresses of one brand's people; nothing is kept of what was opened."""

    def __init__(self, owned: Owned) -> None:
        self._store = owned.store
        self._brand = owned.brand
        self._keys = DataKeys(owned.brand, owned.sealer)

    async def ways_in(self, run: Run, one_id: str) -> frozenset[ConsentMedium]:
        """The media by which a person has a verified address; nothing is opened for this."""
        rows = await run(_WAYS, {"brand": self._brand, "one_id": one_id})
        kinds = {row.kind for row in rows}
        return frozenset(medium for medium, kind in _KINDS.items() if kind.value in kinds)

    async def address(self, one_id: str, medium: ConsentMedium) -> str | None:
        """The address in the clear, to be handed to a sender at once; None where there is none.

        A value whose key was deleted is gone for good.
        """
        kind = _KINDS.get(medium)
        if kind is None:
            return None
        named = {"brand": self._brand, "one_id": one_id, "kind": kind.value}
        rows = await self._store.rows(_VALUES, named)
        owners = [owner_of_membership(row.channel, row.number) for row in rows]
        seals = await self._keys.load(self._store.rows, owners)
        for owner, row in zip(owners, rows, strict=True):
            seal = seals.get(owner)
            if seal is not None:
                claim = Claim((row.channel, row.number), kind, row.scope, bytes(row.hash))
                return seal.open(bytes(row.sealed_value), place_of_claim(self._brand, claim))
        return None
