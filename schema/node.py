"""Node: what every object with a global id shares, and look-up by that id."""

from collections.abc import Sequence

import strawberry

from capabilities.errors import BadInput
from capabilities.ids import GlobalId, parse_global_id
from capabilities.page import Freshness
from schema.context import Context
from schema.restrict import clean_text
from schema.view import plain

LARGEST_BATCH = 100


@strawberry.interface(description="An object with a global id.")
class Node:
    """The interface of everything that `node` finds."""

    id: strawberry.ID = plain(
        "Global id: opaque, made of the business key, the same whichever system answers."
    )


def parse_id(text: str, *type_names: str) -> GlobalId:
    """A global id of one of the given types; BadInput otherwise, without its text."""
    try:
        found = parse_global_id(text)
    except ValueError as exc:
        raise BadInput("This is not an id of this graph.") from exc
    if found.type_name not in type_names:
        raise BadInput(f"This is not the id of a {' or '.join(sorted(type_names))}.")
    clean_text("id", found.scope + found.key)
    return found


async def read_nodes(
    context: Context, ids: Sequence[GlobalId], freshness: Freshness = Freshness.CACHED
) -> Sequence[object | None]:
    """One object per id, in order; no id asked, no call made."""
    context.spend(len(ids))
    return await context.reader.nodes(ids, freshness) if ids else ()


def bounded(count: int, what: str) -> None:
    """BadInput when more than a batch is asked."""
    if count > LARGEST_BATCH:
        raise BadInput(f"At most {LARGEST_BATCH} {what} at a time.")
