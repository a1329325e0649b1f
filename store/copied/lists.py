"""Lists of copied rows: the statement of one read, and its values."""

from collections.abc import Sequence
from typing import Any

from capabilities.copied import CopiedAsk

_COLUMNS = ("newest", "channel", "key_length", "key")


def list_order(ask: CopiedAsk, table: str) -> str:
    """The four columns of a place; an index has them in this order, ascending: newest first."""
    way = "ASC" if ask.newest_first else "DESC"
    return ", ".join(f"{table}.{column} {way}" for column in _COLUMNS)


def list_statement(ask: CopiedAsk) -> str:
    """Rows strictly behind the place asked, at most `limit`, or that many of each customer."""
    over = ">" if ask.newest_first else "<"
    conditions = ["c.channel = ANY(CAST(:channels AS text[]))"]
    if ask.after is not None:
        conditions.append(
            f"(c.newest, c.channel, c.key_length, c.key) {over} "
            "(CAST(:newest AS bigint), CAST(:channel AS text), CAST(:length AS int), "
            "CAST(:key AS text))"
        )
    if ask.since is not None:
        conditions.append("c.newest <= CAST(:since AS bigint)")
    if ask.until is not None:
        conditions.append("c.newest > CAST(:until AS bigint)")
    conditions += [f"c.words && CAST(:words{n} AS text[])" for n in range(len(ask.words))]
    of_one = "" if ask.customers is None else "AND c.customer = a.customer"
    rows = f"""
      SELECT {", ".join(f"c.{column}" for column in _COLUMNS)}, c.sealed_body
      FROM copied_rows c
      WHERE c.brand = :brand AND c.connector = :connector AND c.section = :section {of_one}
        AND {" AND ".join(conditions)}
      ORDER BY {list_order(ask, "c")} LIMIT :limit
    """  # noqa: S608 - our own words
    if ask.customers is None:
        return rows
    return (
        "SELECT l.* FROM unnest(CAST(:customers AS bytea[])) AS a (customer) "  # noqa: S608 - as above
        f"CROSS JOIN LATERAL ({rows}) AS l"
    )


def list_values(ask: CopiedAsk, customers: Sequence[bytes | None]) -> dict[str, Any]:
    """What the statement's parameters stand for."""
    values: dict[str, Any] = {"channels": list(ask.channels), "limit": ask.limit}
    if ask.after is not None:
        key = ask.after.natural_key
        # PostgreSQL has no NUL. Cut there, with the length left as it was, the place is the same.
        values |= {
            "newest": -ask.after.value,
            "channel": ask.after.channel.partition("\0")[0],
            "length": len(key),
            "key": key.partition("\0")[0],
        }
    if ask.since is not None:
        values["since"] = -ask.since
    if ask.until is not None:
        values["until"] = -ask.until
    values |= {f"words{n}": list(words) for n, words in enumerate(ask.words)}
    if ask.customers is not None:
        values["customers"] = list(customers)
    return values
