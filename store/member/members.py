"""Who people are, as the store knows them: by membership, by any id they ever had, by identity."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, TextClause, text

from capabilities.caller import MembershipKey
from capabilities.member.records import MemberStatus
from store.engine import Run, Store
from store.member.resolved_ids import RESOLVED

# What a person is, once `asked` says at which place she is wanted.
_PERSON = """
  SELECT asked.place, asked.one_id, coalesce(m.status, 'ACTIVE') AS status,
         coalesce(m.version, 0) AS version,
         ARRAY(SELECT o.old_id FROM member_aliases o
               WHERE o.brand = :brand AND o.one_id = asked.one_id ORDER BY o.old_id) AS aliases,
         l.channels, l.numbers
  FROM asked
  LEFT JOIN members m ON m.brand = :brand AND m.one_id = asked.one_id
  CROSS JOIN LATERAL (
    SELECT array_agg(k.channel ORDER BY k.channel, k.number) AS channels,
           array_agg(k.number ORDER BY k.channel, k.number) AS numbers
    FROM membership_links k WHERE k.brand = :brand AND k.one_id = asked.one_id
  ) AS l
  WHERE asked.one_id IS NOT NULL
"""
_BY_MEMBERSHIP = text(f"""
  WITH asked AS (
    SELECT a.place, l.one_id
    FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]))
         WITH ORDINALITY AS a (number, channel, place)
    JOIN membership_links l ON l.brand = :brand AND l.number = a.number AND l.channel = a.channel
  ) {_PERSON}""")  # noqa: S608 - constants
_BY_ID = text(f"WITH asked AS ({RESOLVED}) {_PERSON}")
# An identity that several people show names none of them.
_BY_IDENTITY = text(f"""
  WITH asked AS (
    SELECT a.place, min(l.one_id) AS one_id
    FROM unnest(CAST(:hashes AS bytea[])) WITH ORDINALITY AS a (hash, place)
    CROSS JOIN LATERAL (
      SELECT c.number, c.channel FROM identity_claims c
      WHERE c.brand = :brand AND c.hash = a.hash AND c.verified AND NOT c.gone AND NOT c.barred
      LIMIT 100
    ) AS c
    JOIN membership_links l
      ON l.brand = :brand AND l.number = c.number AND l.channel = c.channel
    GROUP BY a.place HAVING count(DISTINCT l.one_id) = 1
  ) {_PERSON}""")  # noqa: S608 - constants


_HOLDER = text("""
  SELECT one_id FROM membership_links
  WHERE brand = :brand AND number = :number AND channel = :channel
""")


async def holder_of(run: Run, brand: str, channel: str, number: str) -> str | None:
    """Whose a membership is, as a transaction sees it."""
    rows = await run(_HOLDER, {"brand": brand, "channel": channel, "number": number})
    return rows[0].one_id if rows else None


class StoredPerson(Struct, frozen=True, kw_only=True, gc=False):
    """One person: her id now, those that lead to her, and her memberships."""

    one_id: str
    links: tuple[MembershipKey, ...] = ()
    aliases: tuple[str, ...] = ()
    status: MemberStatus = MemberStatus.ACTIVE
    version: int = 0


class Members:
    """Reads of people; each takes a batch, in one statement, and answers in its order.

    What changes who is whom raises the version of `members`, for processes remember it.
    """

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def by_membership(self, keys: Sequence[MembershipKey]) -> list[StoredPerson | None]:
        """Whose each membership is; None where the store does not know it."""
        columns = {
            "numbers": [one.number for one in keys],
            "channels": [one.channel for one in keys],
        }
        return await self._people(_BY_MEMBERSHIP, columns, len(keys))

    async def by_one_id(self, one_ids: Sequence[str]) -> list[StoredPerson | None]:
        """Whom each id leads to, also one that was merged away long ago."""
        return await self._people(_BY_ID, {"one_ids": list(one_ids)}, len(one_ids))

    async def by_identity(self, hashes: Sequence[bytes]) -> list[StoredPerson | None]:
        """Whom each identity names; None for one that names nobody, or several people."""
        return await self._people(_BY_IDENTITY, {"hashes": list(hashes)}, len(hashes))

    async def _people(
        self, statement: TextClause, columns: Mapping[str, object], wanted: int
    ) -> list[StoredPerson | None]:
        if not wanted:
            return []
        rows = await self._store.rows(statement, {"brand": self._brand, **columns})
        found = {row.place: _person(row) for row in rows}
        return [found.get(place) for place in range(1, wanted + 1)]


def _person(row: Row[Any]) -> StoredPerson:
    keys = zip(row.channels or (), row.numbers or (), strict=True)
    return StoredPerson(
        one_id=row.one_id,
        links=tuple([MembershipKey(channel, number) for channel, number in keys]),
        aliases=tuple(row.aliases),
        status=MemberStatus(row.status),
        version=row.version,
    )
