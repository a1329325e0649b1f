"""Entities: how a federation router asks for our objects by their keys.

The field is ours: it validates, never changes the request's variables, asks once per type, and
one failing type leaves the others answered.
"""

from asyncio import gather
from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol, Union

import strawberry

from capabilities.errors import BadInput
from capabilities.ids import GlobalId
from schema.context import Context
from schema.member import Member
from schema.node import bounded, parse_id, read_nodes
from schema.order import Order
from schema.product import Product

ENTITIES = ("Member", "Order", "Product")

Entity = Annotated[
    Union[Member, Order, Product],  # noqa: UP007 - a union type of the contract
    strawberry.union("_Entity", description="Every type with a key."),
]


@strawberry.type(name="_Service", description="This graph as a subgraph.")
class Service:
    """What a federation router reads first."""

    sdl: str = strawberry.field(description="The contract in the schema definition language.")


class Subgraph(Protocol):
    """What of the built schema a router is told."""

    @property
    def sdl(self) -> str:
        """The schema definition language, printed once."""


async def read_entities(context: Context, representations: Sequence[object]) -> list[object | None]:
    """One object, None or error per representation, in order; one batch per type."""
    bounded(len(representations), "representations")
    keys = [_key(one) for one in representations]
    batches = [[key for key in keys if key.type_name == name] for name in ENTITIES]
    answers = dict(zip(ENTITIES, await gather(*(_batch(context, b) for b in batches)), strict=True))
    rows = {name: iter(answer) for name, answer in answers.items()}
    return [next(rows[key.type_name]) for key in keys]


async def _batch(context: Context, keys: Sequence[GlobalId]) -> Sequence[object | None]:
    """A batch that fails answers its error at each place, so that other types go on."""
    try:
        return await read_nodes(context, keys)
    except Exception as exc:  # noqa: BLE001 - the executor reports it at the place of each key
        return [exc] * len(keys)


def _key(representation: object) -> GlobalId:
    given = representation if isinstance(representation, Mapping) else {}
    name, key = given.get("__typename"), given.get("id")
    if name not in ENTITIES:
        raise BadInput(f"`__typename` must be one of {', '.join(ENTITIES)}.")
    if not isinstance(key, str):
        raise BadInput(f"A {name} is found by its `id`, a string.")
    return parse_id(key, name)
