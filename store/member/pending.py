"""Registrations on their way to a system: memberships that no system gives a number to yet.

Until then a registration is known by its reference, the id of its command.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.member.pending import PENDING_PLACE, pending_membership, pending_place
from capabilities.member.records import Membership
from capabilities.page import PageAsk, SourcePage
from capabilities.time import from_micros
from store.commands import opened_person
from store.engine import Store
from store.privacy.data_keys import DataKeys, owner_of_person

_PROBE_SECONDS = 1.0
# One that waits for a person (DEAD) is registered all the same, until somebody gives it up.
_OPEN = "c.brand = :brand AND c.kind = 'REGISTER' AND c.state NOT IN ('DONE', 'DISCARDED')"
_COLUMNS = "c.id, c.channel, c.kind, c.one_id, c.created_at, c.sealed_person, c.number, c.state"
_ANY = text(f"SELECT EXISTS (SELECT FROM member_commands c WHERE {_OPEN}) AS found")  # noqa: S608
_OF_PEOPLE = text(f"""
  SELECT a.place, {_COLUMNS}
  FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  JOIN member_commands c ON {_OPEN} AND c.one_id = a.one_id
  ORDER BY a.place, c.created_at, c.id
""")  # noqa: S608 - our own words
_BY_REFERENCE = text(f"""
  SELECT a.place, {_COLUMNS}
  FROM unnest(CAST(:channels AS text[]), CAST(:ids AS text[]))
       WITH ORDINALITY AS a (channel, id, place)
  JOIN member_commands c ON c.brand = :brand AND c.id = a.id AND c.channel = a.channel
  WHERE c.kind = 'REGISTER' AND c.state <> 'DISCARDED'
""")  # noqa: S608 - as above


def _page(*, newest_first: bool, behind: bool) -> str:
    way, tie, over, more = ("DESC", "ASC", "<", ">") if newest_first else ("ASC", "DESC", ">", "<")
    place = f"""
      AND c.created_at {over}= CAST(:moment AS timestamptz)
      AND (c.created_at {over} CAST(:moment AS timestamptz)
           OR (CAST(:here AS text), c.id) {more} (CAST(:channel AS text), CAST(:id AS text)))
    """
    return f"""
      SELECT {_COLUMNS} FROM member_commands c
      WHERE {_OPEN} AND c.channel = ANY(CAST(:channels AS text[])) {place if behind else ""}
      ORDER BY c.created_at {way}, c.id {tie} LIMIT :limit
    """  # noqa: S608 - as above


class PendingRegistrations:
    """Those of one brand; whoever was erased since is not among them."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._looked_at = float("-inf")
        self._any = True

    async def any(self) -> bool:
        """Whether there is one at all, as of a second ago: mostly there is none to look for."""
        if time.monotonic() - self._looked_at >= _PROBE_SECONDS:
            self._looked_at = time.monotonic()
            (row,) = await self._store.rows(_ANY, {"brand": self._brand})
            self._any = row.found
        return self._any

    async def of_people(self, one_ids: Sequence[str]) -> list[tuple[Membership, ...]]:
        """The registrations in the name of each id."""
        rows = await self._store.rows(_OF_PEOPLE, {"brand": self._brand, "one_ids": list(one_ids)})
        found: defaultdict[int, list[Membership]] = defaultdict(list)
        for row, membership in await self._opened(rows):
            found[row.place].append(membership)
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]

    async def by_reference(
        self, keys: Sequence[MembershipKey]
    ) -> list[Membership | MembershipKey | None]:
        """What each reference stands for: a registration, or the membership that it became."""
        named = {"channels": [one.channel for one in keys], "ids": [one.number for one in keys]}
        rows = await self._store.rows(_BY_REFERENCE, {"brand": self._brand, **named})
        found: dict[int, Membership | MembershipKey] = {
            row.place: MembershipKey(row.channel, row.number) for row in rows if row.number
        }
        open_rows = [row for row in rows if not row.number]
        found |= {row.place: membership for row, membership in await self._opened(open_rows)}
        return [found.get(place) for place in range(1, len(keys) + 1)]

    async def page(self, channels: Sequence[str], ask: PageAsk) -> SourcePage[Membership]:
        """A page of those for some channels, at `PENDING_PLACE` in the order of lists."""
        asked: dict[str, Any] = {"channels": list(channels), "here": PENDING_PLACE}
        if ask.after is not None:
            asked |= {
                "moment": from_micros(ask.after.value),
                "channel": ask.after.channel,
                "id": ask.after.natural_key,
            }
        statement = _page(newest_first=ask.newest_first, behind=ask.after is not None)
        named = {"brand": self._brand, "limit": ask.first + 1}
        rows = await self._store.rows(text(statement), {**named, **asked})
        more, rows = len(rows) > ask.first, rows[: ask.first]
        found = tuple(membership for _, membership in await self._opened(rows))
        if more and not found:  # all of them were erased: the walk goes on behind them
            end = pending_place(rows[-1].id, rows[-1].created_at)
            return SourcePage(rows=(), has_more=True, truncated_at=end)
        return SourcePage(rows=found, has_more=more)

    async def _opened(self, rows: Sequence[Row[Any]]) -> list[tuple[Row[Any], Membership]]:
        owners = sorted({owner_of_person(row.one_id) for row in rows})
        seals = await self._keys.load(self._store.rows, owners) if owners else {}
        found = []
        for row in rows:
            person = opened_person(seals.get(owner_of_person(row.one_id)), row, self._brand)
            if person is not None:
                made = pending_membership(row.channel, row.id, row.created_at, person)
                found.append((row, made))
        return found
