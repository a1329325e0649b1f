"""Ids of people as they stand now: an id that was ever given out leads to somebody for ever."""

from collections.abc import Sequence

from sqlalchemy import text

from capabilities.caller import MembershipKey
from store.engine import Run

# A person's id now; else one that was merged away; else what one of her memberships is named by.
RESOLVED = """
  SELECT a.place, coalesce(
    (SELECT l.one_id FROM membership_links l
     WHERE l.brand = :brand AND l.one_id = a.one_id LIMIT 1),
    (SELECT m.one_id FROM member_aliases m WHERE m.brand = :brand AND m.old_id = a.one_id),
    (SELECT l.one_id FROM membership_links l
     WHERE l.brand = :brand AND l.own_id = a.one_id LIMIT 1)) AS one_id
  FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
"""
_RESOLVED = text(RESOLVED)
_LEAD_ON = text("""
  INSERT INTO member_aliases (brand, old_id, one_id)
  SELECT :brand, :old_id, l.one_id FROM membership_links l
  WHERE l.brand = :brand AND l.number = :number AND l.channel = :channel AND l.one_id <> :old_id
    AND NOT EXISTS (SELECT FROM members m WHERE m.brand = :brand AND m.one_id = :old_id)
  ON CONFLICT (brand, old_id) DO NOTHING
""")


async def resolved_ids(run: Run, brand: str, one_ids: Sequence[str]) -> list[str | None]:
    """The id of who each id leads to now, in order; None where there is nobody."""
    rows = await run(_RESOLVED, {"brand": brand, "one_ids": list(one_ids)})
    found = {row.place: row.one_id for row in rows}
    return [found.get(place) for place in range(1, len(one_ids) + 1)]


async def lead_on(run: Run, brand: str, old_id: str, key: MembershipKey) -> None:
    """An id that was given out before its membership was known leads to who holds it."""
    named = {"brand": brand, "old_id": old_id, "channel": key.channel, "number": key.number}
    await run(_LEAD_ON, named)
