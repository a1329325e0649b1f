"""Parts of records that another side answers than the rest: read there, and put in their place."""

from collections.abc import Sequence
from typing import Any

from capabilities.adoption.fields import with_parts
from capabilities.errors import ChannelError, StoreUnavailable, Unavailable
from capabilities.member.changing import PLATFORM
from gateway.federation.adopted import BY_NUMBER, AdoptedPart
from gateway.federation.deciding import Deciding


async def with_other_parts(
    deciding: Deciding, part: AdoptedPart, records: Sequence[Any]
) -> tuple[list[Any], ChannelError | None]:
    """Records with the parts of the other side, and why some of these are missing.

    A part that could not be read is unknown: the side that it was moved from is not believed.
    """
    wanted = [(one, deciding.other_parts(part, one)) for one in records]
    found, error = await _others(deciding, part, [one for one, names in wanted if names])
    return [
        with_parts(one, found.get(one.sort_key.natural_key), part.capability, names)
        if names
        else one
        for one, names in wanted
    ], error


async def _others(
    deciding: Deciding, part: AdoptedPart, records: Sequence[Any]
) -> tuple[dict[str, Any], ChannelError | None]:
    port, found = BY_NUMBER[part.capability], dict[str, Any]()
    error: ChannelError | None = None
    for copied in (True, False):
        numbers = [one.sort_key.natural_key for one in records if one.source.copied is copied]
        try:
            ask = deciding.said if copied else deciding.copied
            found |= await ask(part, port, numbers) if numbers else {}
        except StoreUnavailable as exc:
            error = Unavailable(exc.message, source=PLATFORM, code=exc.code)
        except ChannelError as exc:
            error = exc
    return found, error
