"""Records by key: chunks of a batch, matched by what the rows say and never by position."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from connectors._kit.origin import is_clean
from connectors.manifest.model import Lookup
from connectors.ports.port import Bound, Port, chunks, together


async def by_keys(
    port: Port, name: str, section: str, keys: Sequence[str], key_of: Callable[[Any], str]
) -> list[Any]:
    """One record per key, None where there is none; no key, no call."""
    bound = port._bound[section]  # noqa: SLF001 - ports are one family
    lookup = bound.compiled.section.by_key
    if not keys or lookup is None:
        return []
    async with port._observed(name, len(keys)), port._deadline():  # noqa: SLF001 - as above
        found = await _found(port, bound, lookup, list(dict.fromkeys(keys)), key_of)
    return [found.get(key) for key in keys]


def can_be(lookup: Lookup, key: str) -> bool:
    """Whether the source can have such a key; others are answered with nothing, without a call.

    A text that cannot be sent at all would cost the other keys of its batch their answer.
    """
    sendable = is_clean(key) and not any("\ud800" <= char <= "\udfff" for char in key)
    return sendable and re.fullmatch(lookup.keys, key) is not None


async def _found(
    port: Port, bound: Bound, lookup: Lookup, keys: list[str], key_of: Callable[[Any], str]
) -> dict[str, Any]:
    asked = [key for key in keys if can_be(lookup, key)]
    size = min(port.spec.limits.max_batch, lookup.batch or port.spec.limits.max_batch)
    answers = await together(
        (bound.reader.by_keys(lookup, part) for part in chunks(asked, size)),
        at_once=port.spec.limits.max_concurrent,
    )
    found: dict[str, Any] = {}
    match = bound.compiled.match_key
    for rows in answers:
        for row, record in bound.compiled.pairs(rows, bound.at):
            key = match(row) if match is not None else key_of(record)
            if key is not None:
                found.setdefault(key, record)
    return found
