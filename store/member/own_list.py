"""The list of memberships that the platform itself gave out, walked as a system's list is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.member.changing import PLATFORM
from capabilities.member.ports import MembershipSearch
from capabilities.member.records import Membership, MembershipFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.time import from_micros, micros
from store.engine import Store
from store.member.kept_memberships import KeptMemberships

# Of whoever was erased a row may stand a moment without its key: a page of such goes on.
_ROUNDS = 5
# The place of a row is the index `membership_records_own`; without a date it stands at the epoch.
_JOINED = "coalesce(r.joined_at, to_timestamp(0))"
_OWN = f"r.brand = :brand AND r.connector = '{PLATFORM}' AND r.gone_at IS NULL"
_COPIED = f"r.brand = :brand AND r.connector <> '{PLATFORM}' AND r.gone_at IS NULL"


class OwnMemberships(MembershipSearch):
    """Memberships of one brand that no system has."""

    membership_filters = frozenset({"home_store"})
    _of = _OWN

    def __init__(self, store: Store, brand: str, kept: KeptMemberships) -> None:
        self._store = store
        self._brand = brand
        self._kept = kept

    async def search_memberships(
        self, filters: MembershipFilter, ask: PageAsk
    ) -> SourcePage[Membership]:
        """A page; it ends at a mark where many rows on end could not be opened."""
        after = ask.after
        for _ in range(_ROUNDS):
            rows = await self._rows(filters, ask, after)
            more, rows = len(rows) > ask.first, rows[: ask.first]
            opened = await self._kept.of([MembershipKey(one.channel, one.number) for one in rows])
            found = tuple(one for one in opened if one is not None and filters.accepts(one))
            if found or not more:
                return SourcePage(rows=found, has_more=more)
            after = _place(rows[-1])
        return SourcePage(rows=(), has_more=True, truncated_at=after)

    async def _rows(
        self, filters: MembershipFilter, ask: PageAsk, after: SortKey | None
    ) -> Sequence[Row[Any]]:
        stores = None if filters.home_stores is None else sorted(filters.home_stores)
        asked: dict[str, Any] = {"channels": list(ask.channels), "stores": stores}
        if after is not None:
            asked |= {
                "joined": from_micros(after.value),
                "channel": after.channel,
                "length": len(after.natural_key),
                "number": after.natural_key,
            }
        statement = _statement(self._of, newest_first=ask.newest_first, behind=after is not None)
        named = {"brand": self._brand, "limit": ask.first + 1}
        return await self._store.rows(text(statement), {**named, **asked})


class CopiedList(OwnMemberships):
    """Memberships of one brand that systems have, as the platform keeps them."""

    _of = _COPIED


def _statement(of: str, *, newest_first: bool, behind: bool) -> str:
    """Rows in the one order of lists: the date one way, the tie-break the other."""
    date, tie, less, more = "DESC", "ASC", "<", ">"
    if not newest_first:
        date, tie, less, more = tie, date, more, less
    place = f"""
      AND {_JOINED} {less}= CAST(:joined AS timestamptz)
      AND ({_JOINED} {less} CAST(:joined AS timestamptz)
           OR (r.channel, length(r.number), r.number)
              {more} (CAST(:channel AS text), CAST(:length AS int), CAST(:number AS text)))
    """
    return f"""
      SELECT r.channel, r.number, r.joined_at FROM membership_records r
      WHERE {of} AND r.channel = ANY(CAST(:channels AS text[]))
        AND (CAST(:stores AS text[]) IS NULL OR r.home_store = ANY(CAST(:stores AS text[])))
        {place if behind else ""}
      ORDER BY {_JOINED} {date}, r.channel {tie}, length(r.number) {tie}, r.number {tie}
      LIMIT :limit
    """  # noqa: S608 - our own words


def _place(row: Row[Any]) -> SortKey:
    joined = micros(row.joined_at) if row.joined_at else 0
    return SortKey(joined, row.channel, row.number)
