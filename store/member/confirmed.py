"""Rows that were read before a write of ours was confirmed: what it wrote stands a pass longer.

Where a system leads, the platform follows in the transaction that ends a command. A pass that read
the row before takes it behind that, and would put back what stood.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import text

from capabilities.member.claims import Key
from capabilities.member.records import Membership
from store.engine import Run
from store.member.components import columns_of
from store.member.kept_memberships import KeptMemberships
from store.member.people_lock import lock_people

# The clocks of two processes differ; a row too many is read again by the next pass, and no more.
_CONFIRMED = text("""
  SELECT c.channel, c.number, c.fields
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN member_commands c ON c.brand = :brand AND c.number = a.number AND c.channel = a.channel
  WHERE c.state = 'DONE' AND c.changed_at >= CAST(:read_at AS timestamptz) - interval '5 seconds'
""")
_FIELDS = {
    "phone": ("phone", "phone_verified"),
    "email": ("email", "email_verified"),
    "name": ("name",),
}
_PARTS = {"family_name": "name", "given_name": "name"}


class ConfirmedSince:
    """The writes of one brand that its systems have confirmed."""

    def __init__(self, brand: str, kept: KeptMemberships) -> None:
        self._brand = brand
        self._kept = kept

    async def over(
        self, run: Run, memberships: Mapping[Key, Membership], read_at: datetime
    ) -> dict[Key, Membership]:
        """Those of some rows that a write came behind, with what it wrote as it stands here.

        No write is confirmed until the transaction ends.
        """
        await lock_people(run, self._brand)
        asked = {"brand": self._brand, "read_at": read_at, **columns_of(memberships)}
        fields: dict[Key, set[str]] = {}
        for row in await run(_CONFIRMED, asked):
            told = {_PARTS.get(one, one) for one in row.fields or ()}
            fields.setdefault((row.channel, row.number), set()).update(told)
        kept = await self._kept.kept_in(run, list(fields)) if fields else {}
        return {key: with_ours(memberships[key], kept[key], fields[key]) for key in kept}


def with_ours(theirs: Membership, ours: Membership, fields: Collection[str]) -> Membership:
    """What a system shows of a membership, with what is ours in some fields."""
    kept = {name: getattr(ours.contact, name) for field in fields for name in _FIELDS[field]}
    return replace(theirs, contact=replace(theirs.contact, **kept)) if kept else theirs
