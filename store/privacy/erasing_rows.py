"""The rows of an erased person, deleted from every table that has some."""

from collections.abc import Sequence

from sqlalchemy import TextClause, text

from capabilities.caller import MembershipKey
from store.engine import Run
from store.privacy.erasing_tables import (
    BY_BUYER,
    BY_HOLDER,
    BY_MEMBERSHIP,
    BY_PAIR,
    BY_PERSON,
    UNNAMED,
)


async def delete_rows(
    run: Run, brand: str, ids: Sequence[str], memberships: Sequence[MembershipKey]
) -> None:
    """Take her rows out of every table that has some."""
    named: dict[str, object] = {"brand": brand, "ids": list(ids)}
    named |= {
        "numbers": [one.number for one in memberships],
        "channels": [one.channel for one in memberships],
    }
    for statement in _DELETES:
        await run(statement, named)


async def delete_bought(run: Run, brand: str, buyers: Sequence[bytes]) -> None:
    """Take away what these bought under no membership; by the hashes of their graves."""
    if buyers:
        for name in BY_BUYER:
            await run(_BOUGHT[name], {"brand": brand, "buyers": list(buyers)})


def _deletes() -> list[TextClause]:
    """One statement per table; the names are our own."""
    hers = "unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)"
    pairs = " OR ".join(
        f"(r.{side}_number = a.number AND r.{side}_channel = a.channel)"
        for side in ("left", "right")
    )
    written = {
        **{
            name: f"DELETE FROM {name} r USING {hers} WHERE r.brand = :brand"  # noqa: S608
            " AND r.number = a.number AND r.channel = a.channel"
            for name in BY_MEMBERSHIP
        },
        **{
            name: f"DELETE FROM {name} r USING {hers} WHERE r.brand = :brand AND ({pairs})"  # noqa: S608
            for name in BY_PAIR
        },
        **{
            name: f"DELETE FROM {name} r USING {hers} WHERE r.brand = :brand"  # noqa: S608
            " AND r.holder_number = a.number AND r.holder_channel = a.channel"
            for name in BY_HOLDER
        },
        **{
            name: f"DELETE FROM {name} WHERE brand = :brand"  # noqa: S608
            " AND one_id = ANY(CAST(:ids AS text[]))"
            for name in BY_PERSON
        },
        **{
            name: f"UPDATE {name} SET one_id = NULL WHERE brand = :brand"  # noqa: S608
            " AND one_id = ANY(CAST(:ids AS text[]))"
            for name in UNNAMED
        },
    }
    return [text(statement) for statement in written.values()]


_DELETES = _deletes()
_BOUGHT = {
    name: text(
        f"DELETE FROM {name} WHERE brand = :brand AND holder_number IS NULL"  # noqa: S608
        " AND buyer = ANY(CAST(:buyers AS bytea[]))"
    )
    for name in BY_BUYER
}
