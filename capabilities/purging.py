"""Purges of what is kept: what was purged, and why nothing was."""

from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined


class CachePurged(Struct, frozen=True, kw_only=True):
    """Nothing that was kept before is answered any more for these connectors.

    `told` says whether Redis has taken it; else the gateway tells it as soon as Redis is back.
    """

    connectors: tuple[str, ...]
    told: bool


class NothingPurged(Declined, frozen=True, kw_only=True):
    """There is no such connector, or a key or channel came without its capability."""


Purged: TypeAlias = CachePurged | NothingPurged
