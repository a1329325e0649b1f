"""Objects by their global ids: which question a type's id is."""

from collections.abc import Awaitable, Callable, Mapping

from capabilities.caller import Role
from capabilities.errors import BadInput, SantongError
from capabilities.ids import GlobalId
from capabilities.visibility import type_refusal

OfBrand = Callable[[str], Awaitable[object | None]]
OfChannel = Callable[[str, str], Awaitable[object | None]]


async def node_of(
    one: GlobalId,
    brand: str,
    role: Role,
    of_brand: Mapping[str, OfBrand],
    of_channel: Mapping[str, OfChannel],
) -> object | None:
    """The object of an id, None where there is none; a failure comes back as its exception.

    An id of another brand names nothing here, and a type that the role may not see is refused
    before its object is looked for.
    """
    refused = type_refusal(one.type_name, role)
    if refused is not None and (one.type_name in of_brand or one.type_name in of_channel):
        return refused
    try:
        if one.type_name in of_brand:
            return await of_brand[one.type_name](one.key) if one.scope == brand else None
        if one.type_name in of_channel:
            return await of_channel[one.type_name](one.scope, one.key)
    except SantongError as exc:
        return exc
    return BadInput("this graph has no such type of object", code="BAD_ID")
