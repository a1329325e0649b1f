"""Rows told in the order of places, read past no open transaction: what their readers share."""

from collections.abc import Sequence

from capabilities.places import Place
from store.engine import Row

# One statement is one snapshot: what lies below its horizon is whole, its floor is as old as its
# rows. The row of the standing comes also where nothing is to be read.
STANDING = """
  WITH standing AS (
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon,
      coalesce((SELECT version FROM state_versions WHERE brand = :brand AND part = :part), 0)
        AS era,
      coalesce((SELECT xid FROM event_floors WHERE brand = :brand AND topic = :topic), 0)
        AS floor_xid,
      coalesce((SELECT position FROM event_floors WHERE brand = :brand AND topic = :topic), 0)
        AS floor_position
  )
"""
# Behind everything that any transaction told.
LAST = Place(0, 2**63 - 1, 0)


def upto_of(standing: Row, told: Sequence[Place], most: int) -> Place:
    """The place to go on after: the last that was read, or behind all that is whole."""
    return Place(standing.era, standing.horizon, 0) if len(told) < most else told[-1]


def floor_of(standing: Row) -> Place:
    """The last place that was forgotten."""
    return Place(standing.era, standing.floor_xid, standing.floor_position)
