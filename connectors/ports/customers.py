"""Lists of persons: as many persons in one call as the protocol can."""

from collections.abc import Sequence
from typing import Any

from capabilities.page import PageAsk, SourcePage
from connectors.ports.keys import can_be
from connectors.ports.lists import Asked, by_customer
from connectors.ports.port import Port, chunks, together

_NOTHING: SourcePage[Any] = SourcePage(rows=(), has_more=False)


async def pages_by_customer(
    port: Port, name: str, section: str, customers: Sequence[str], asked: Asked, ask: PageAsk
) -> list[SourcePage[Any]]:
    """One page per customer, in order; no customer, no call."""
    bound = port._bound[section]  # noqa: SLF001 - ports are one family
    lookup = bound.compiled.section.by_customer
    if not customers or lookup is None:
        return []
    most = port.spec.limits.max_batch
    known = [one for one in dict.fromkeys(customers) if can_be(lookup, one)]
    async with port._observed(name, len(customers)), port._deadline():  # noqa: SLF001 - as above
        found = await together(
            (
                by_customer(port, bound, asked, ask, part)
                for part in chunks(known, min(most, lookup.batch or most))
            ),
            at_once=port.spec.limits.max_concurrent,
        )
    pages = {customer: page for part in found for customer, page in part.items()}
    return [pages.get(customer, _NOTHING) for customer in customers]
