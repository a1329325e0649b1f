"""Erasures of one brand: how every place stands, and what is still to be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.member.erasure import Erasure, ErasurePlace, ErasureState
from store.engine import Store

# What a system was told stands with its command; a place that a person has ended stays ended.
_NEWEST = text("""
  SELECT e.id, e.one_id, e.author, e.reason, e.erased_at,
         p.place, coalesce(c.told, p.state) AS state, p.channel, p.customer,
         greatest(p.changed_at, c.changed_at) AS changed_at
  FROM (
    SELECT * FROM erasures WHERE brand = :brand
      AND (CAST(:one_id AS text) IS NULL OR one_id = :one_id)
    ORDER BY erased_at DESC, id LIMIT :first
  ) AS e JOIN erasure_places p ON p.brand = e.brand AND p.id = e.id
  LEFT JOIN LATERAL (
    SELECT m.changed_at, CASE m.state WHEN 'DONE' THEN 'DONE' WHEN 'DEAD' THEN 'FAILED'
      WHEN 'DISCARDED' THEN 'UNSUPPORTED' WHEN 'QUEUED' THEN 'QUEUED' ELSE 'SENT' END AS told
    FROM member_commands m
    WHERE p.state = 'QUEUED' AND m.brand = p.brand AND m.one_id = e.one_id AND m.kind = 'ERASE'
      AND m.connector = split_part(p.place, '/', 1) AND m.channel = p.channel
      AND m.number = p.customer
    ORDER BY m.created_at DESC LIMIT 1
  ) AS c ON true
  ORDER BY e.erased_at DESC, e.id, p.place
""")
_OPEN = text("""
  SELECT id, place, state, channel, customer, changed_at FROM erasure_places
  WHERE brand = :brand AND state = ANY(CAST(:states AS text[]))
    AND (CAST(:place AS text) IS NULL OR place = :place)
  ORDER BY changed_at, id, place LIMIT :first
""")
_CUSTOMERS = text("""
  SELECT DISTINCT split_part(place, '/', 1) AS connector, customer FROM erasure_places
  WHERE brand = :brand AND id = :id AND customer IS NOT NULL
""")
_MOVE = text("""
  UPDATE erasure_places SET state = :state, changed_at = :at
  WHERE brand = :brand AND id = :id AND place = :place AND state <> :state RETURNING 1
""")


class OpenPlace(Struct, frozen=True):
    """A place that is not done, and whose erasure it is."""

    id: str
    place: ErasurePlace


class Erasures:
    """The erasures of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def newest(self, first: int, one_id: str | None = None) -> list[Erasure]:
        """The newest erasures, each with all its places."""
        asked = {"brand": self._brand, "first": first, "one_id": one_id}
        found: dict[str, tuple[Row[Any], list[ErasurePlace]]] = {}
        for row in await self._store.rows(_NEWEST, asked):
            found.setdefault(row.id, (row, []))[1].append(_place(row))
        return [
            Erasure(
                id=row.id,
                one_id=row.one_id,
                author=row.author,
                reason=row.reason,
                erased_at=row.erased_at,
                places=tuple(places),
            )
            for row, places in found.values()
        ]

    async def open_places(
        self, states: Sequence[ErasureState], first: int, place: str | None = None
    ) -> list[OpenPlace]:
        """Places in some states, those that wait longest first."""
        asked = {"brand": self._brand, "first": first, "place": place}
        values = [one.value for one in states]
        rows = await self._store.rows(_OPEN, {**asked, "states": values})
        return [OpenPlace(row.id, _place(row)) for row in rows]

    async def customers(self, erasure: str) -> list[tuple[str, str]]:
        """The connectors that knew somebody, and by which number."""
        rows = await self._store.rows(_CUSTOMERS, {"brand": self._brand, "id": erasure})
        return [(row.connector, row.customer) for row in rows]

    async def move(self, erasure: str, place: str, state: ErasureState, at: datetime) -> bool:
        """Say how far a place is; False where it stood so already, or there is none such."""
        named = {"brand": self._brand, "id": erasure, "place": place}
        return bool(await self._store.rows(_MOVE, {**named, "state": state.value, "at": at}))


def _place(row: Row[Any]) -> ErasurePlace:
    return ErasurePlace(
        place=row.place,
        state=ErasureState(row.state),
        changed_at=row.changed_at,
        channel=row.channel,
        customer=row.customer,
    )
