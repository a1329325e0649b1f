"""What holds for a person, as SQL: one text, for single questions and for whole segments.

A part of a person is a membership of hers or, for what belongs to none, one of her ids. Of each
part the newest answer counts; a yes to every way does not undo a no to one way, and a no to every
way ends the yes to one that came before it. She is allowed what every part that answered allows,
and nothing where none did. A yes that was given for several parts at once is void once one of them
is somebody else's: after an unmerge nobody lives on her neighbour's word. A no counts for ever.
"""

_PARTS = """
  parts AS (
    SELECT p.one_id, 'm:' || l.channel || ':' || l.number AS owner
    FROM people p JOIN membership_links l ON l.brand = :brand AND l.one_id = p.one_id
    UNION ALL SELECT p.one_id, 'p:' || p.one_id FROM people p
    UNION ALL SELECT p.one_id, 'p:' || a.old_id
    FROM people p JOIN member_aliases a ON a.brand = :brand AND a.one_id = p.one_id
  )
"""
_ALLOWED = """
  stated AS (
    SELECT p.one_id, c.*, CASE WHEN c.status <> 'GRANTED' THEN true
      WHEN count(*) OVER (PARTITION BY p.one_id, c.act) = c.parts THEN true
      ELSE NOT EXISTS (
        SELECT FROM consents o JOIN membership_links l ON l.brand = o.brand
          AND l.channel = split_part(o.owner, ':', 2)
          AND l.number = substr(o.owner, length(split_part(o.owner, ':', 2)) + 4)
        WHERE o.brand = c.brand AND o.act = c.act AND o.owner LIKE 'm:%' AND l.one_id <> p.one_id)
      END AS counts
    FROM parts p JOIN consents c ON c.brand = :brand AND c.owner = p.owner
    WHERE c.purpose = :purpose AND c.medium IN (:medium, 'ANY') AND c.at <= :at
  ), newest AS (
    SELECT DISTINCT ON (one_id, owner, medium) one_id, owner, medium, at,
      status = 'GRANTED' AS yes,
      status = 'GRANTED' AND (expires_at IS NULL OR expires_at > :at) AS holds
    FROM stated WHERE counts
    ORDER BY one_id, owner, medium, at DESC, recorded_at DESC, status = 'GRANTED', act
  ), answered AS (
    SELECT one_id, owner, bool_or(holds) FILTER (WHERE medium <> 'ANY') AS way,
      max(at) FILTER (WHERE medium <> 'ANY') AS way_at,
      bool_or(holds) FILTER (WHERE medium = 'ANY') AS every,
      max(at) FILTER (WHERE medium = 'ANY' AND NOT yes) AS never_at
    FROM newest GROUP BY one_id, owner
  ), allowed AS (
    SELECT one_id FROM answered GROUP BY one_id
    HAVING bool_and(CASE WHEN way IS NULL THEN every
                         ELSE way AND (never_at IS NULL OR never_at <= way_at) END)
  )
"""


def allowed_of(people: str) -> str:
    """Common table expressions that end in `allowed (one_id)`, to stand behind WITH.

    `people` is a SELECT of one_ids that are nobody's aliases, such as
    `SELECT one_id FROM members WHERE brand = :brand`. Parameters: brand, purpose, medium, at.
    """
    return f"people AS MATERIALIZED ({people}), {_PARTS}, {_ALLOWED}"


_REFUSED = """
  said AS (
    SELECT DISTINCT ON (p.one_id, p.owner, c.medium) p.one_id, c.status
    FROM parts p JOIN consents c ON c.brand = :brand AND c.owner = p.owner
    WHERE c.purpose = :purpose AND c.at <= :at
    ORDER BY p.one_id, p.owner, c.medium, c.at DESC, c.recorded_at DESC, c.status = 'GRANTED',
      c.act
  ), refused AS (
    SELECT DISTINCT one_id FROM said WHERE status <> 'GRANTED'
  )
"""


def refused_of(people: str) -> str:
    """As `allowed_of`, ending in `refused (one_id)`: who has said no, by any part of hers.

    For what goes on unless she says no: where she was never asked, or a yes ended by itself, she
    has not refused. Parameters: brand, purpose, at.
    """
    return f"people AS MATERIALIZED ({people}), {_PARTS}, {_REFUSED}"


def history_of(people: str) -> str:
    """A statement with every answer of every part of people, the newest first; as `allowed_of`."""
    return f"""
      WITH people AS MATERIALIZED ({people}), {_PARTS}
      SELECT p.one_id, c.* FROM parts p
      JOIN consents c ON c.brand = :brand AND c.owner = p.owner
      ORDER BY p.one_id, c.at DESC, c.recorded_at DESC, c.act, c.owner
    """  # noqa: S608 - our own words
