"""Objects by their global ids: which question a type's id is."""

from collections.abc import Awaitable, Callable, Mapping

from capabilities.errors import BadInput, SantongError
from capabilities.ids import GlobalId

OfBrand = Callable[[str], Awaitable[object | None]]
OfChannel = Callable[[str, str], Awaitable[object | None]]


async def node_of(
    one: GlobalId, brand: str, of_brand: Mapping[str, OfBrand], of_channel: Mapping[str, OfChannel]
) -> object | None:
    """The object of an id, None where there is none; a failure comes back as its exception.

    An id of another brand names nothing here.
    """
    try:
        if one.type_name in of_brand:
            return await of_brand[one.type_name](one.key) if one.scope == brand else None
        if one.type_name in of_channel:
            return await of_channel[one.type_name](one.scope, one.key)
    except SantongError as exc:
        return exc
    return BadInput("this graph has no such type of object", code="BAD_ID")
