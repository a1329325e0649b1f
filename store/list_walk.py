"""How a copy is walked in the one order of lists, over columns that hold a row's place.

A table `o` of these has `newest`, its moment in microseconds and negated, and `channel`,
`key_length` and `number`: all four ascend where the newest come first.
"""

from capabilities.page import SortKey

_PLACE = ("newest", "channel", "key_length", "number")


def walk(*, newest_first: bool, behind: bool) -> str:
    """The end of a statement: what lies `behind` a place, in order, so many of it."""
    over, way = (">", "ASC") if newest_first else ("<", "DESC")
    place = "(CAST(:at AS bigint), CAST(:channel AS text), CAST(:length AS int), :key)"
    after = f"AND (o.newest, o.channel, o.key_length, o.number) {over} {place}" if behind else ""
    columns = ", ".join(f"o.{name} {way}" for name in _PLACE)
    return f"{after} ORDER BY {columns} LIMIT :limit"


WALKS = {
    (first, behind): walk(newest_first=first, behind=behind)
    for first in (True, False)
    for behind in (True, False)
}


def place_of(after: SortKey | None) -> dict[str, object]:
    """What such a statement is asked with."""
    if after is None:
        return {}
    key = after.natural_key
    return {"at": -after.value, "channel": after.channel, "length": len(key), "key": key}
