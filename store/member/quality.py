"""The report of the data's quality: counts over what the platform keeps, one statement each."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from capabilities.member.consent import ConsentMedium, ConsentPurpose
from capabilities.member.quality import (
    ConflictCount,
    ConsentCount,
    CoverageCount,
    DataQuality,
    DuplicateCount,
    PhoneCount,
)
from store.engine import Store
from store.points.drifts import PointsDrifts
from store.privacy.consent_rules import allowed_of

_ALL = text("""
  SELECT (SELECT count(*) FROM members WHERE brand = :brand AND status = 'ACTIVE') AS people,
    (SELECT count(*) FROM membership_links WHERE brand = :brand) AS memberships,
    (SELECT count(*) FROM (SELECT FROM membership_links WHERE brand = :brand
                           GROUP BY one_id HAVING count(*) > 1) AS a) AS joined,
    (SELECT count(*) FROM member_aliases WHERE brand = :brand) AS aliases,
    (SELECT count(*) FROM merge_candidates WHERE brand = :brand AND state = 'OPEN') AS candidates
""")
_SHOWN = """
  FROM identity_claims c
  JOIN membership_links l ON l.brand = c.brand AND l.number = c.number AND l.channel = c.channel
  WHERE c.brand = :brand AND c.verified AND NOT c.gone
  GROUP BY c.kind, c.hash
"""
_DUPLICATES = text(f"""
  SELECT kind, count(*) AS identities, sum(n) AS memberships
  FROM (SELECT c.kind, count(*) AS n {_SHOWN} HAVING count(*) > 1
        AND count(DISTINCT l.one_id) = 1) AS a
  GROUP BY kind ORDER BY kind
""")  # noqa: S608 - our own words
_CONFLICTS = text(f"""
  SELECT kind, count(*) AS identities, sum(n) AS people
  FROM (SELECT c.kind, count(DISTINCT l.one_id) AS n {_SHOWN}
        HAVING count(DISTINCT l.one_id) > 1) AS a
  GROUP BY kind ORDER BY kind
""")  # noqa: S608 - as above
_PHONES = text("""
  SELECT connector, fault, count(*) AS memberships FROM sync_rows
  WHERE brand = :brand AND capability = 'member' AND fault IS NOT NULL
  GROUP BY connector, fault ORDER BY connector, fault
""")
_COVERAGE = text("""
  SELECT f.channel, count(*) AS orders, count(l.one_id) AS attributed
  FROM order_facts f
  LEFT JOIN membership_links l ON l.brand = f.brand AND l.number = f.holder_number
    AND l.channel = f.holder_channel
  WHERE f.brand = :brand AND NOT f.gone GROUP BY f.channel ORDER BY f.channel
""")
_PEOPLE = "SELECT one_id FROM members WHERE brand = :brand AND status = 'ACTIVE'"
_CONSENTS = text(f"""
  WITH {allowed_of(_PEOPLE)}
  SELECT (SELECT count(DISTINCT one_id) FROM stated) AS answered,
         (SELECT count(*) FROM allowed) AS reachable
""")  # noqa: S608 - as above


class Quality:
    """Measures the data of one brand; reads only, and takes seconds on millions of memberships."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def measure(self, at: datetime) -> DataQuality:
        """The report as of now."""
        (whole,) = await self._rows(_ALL)
        duplicates, conflicts, phones, coverage = await asyncio.gather(
            *(self._rows(one) for one in (_DUPLICATES, _CONFLICTS, _PHONES, _COVERAGE))
        )
        consents = [await self._consent(medium.value, at) for medium in ConsentMedium]
        return DataQuality(
            measured_at=at,
            people=whole.people,
            memberships=whole.memberships,
            joined=whole.joined,
            aliases=whole.aliases,
            candidates=whole.candidates,
            drifts=await PointsDrifts(self._store, self._brand).newest(),
            consents=tuple(one for one in consents if one.answered),
            duplicates=tuple(
                DuplicateCount(
                    rule=row.kind, identities=row.identities, memberships=int(row.memberships)
                )
                for row in duplicates
            ),
            conflicts=tuple(
                ConflictCount(rule=row.kind, identities=row.identities, people=int(row.people))
                for row in conflicts
            ),
            phones=tuple(
                PhoneCount(connector=row.connector, reason=row.fault, memberships=row.memberships)
                for row in phones
            ),
            coverage=tuple(
                CoverageCount(channel=row.channel, orders=row.orders, attributed=row.attributed)
                for row in coverage
            ),
        )

    async def _consent(self, medium: str, at: datetime) -> ConsentCount:
        purpose = ConsentPurpose.MARKETING.value
        asked = {"brand": self._brand, "purpose": purpose, "medium": medium, "at": at}
        (row,) = await self._store.rows(_CONSENTS, asked)
        return ConsentCount(medium=medium, answered=row.answered, reachable=row.reachable)

    async def _rows(self, statement: TextClause) -> Sequence[Row[Any]]:
        return await self._store.rows(statement, {"brand": self._brand})
