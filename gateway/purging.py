"""What a purge means: tags of connectors in force, dropped from the cache."""

from collections.abc import Sequence

from cache import EntityCache, Tag
from capabilities.estate import Capability
from capabilities.purging import CachePurged, NothingPurged, Purged


async def purge(
    cache: EntityCache,
    connectors: Sequence[str],
    *,
    connector: str | None,
    capability: Capability | None,
    channel: str | None,
    key: str | None,
) -> Purged:
    """Drop what is kept of one connector or all, of a capability, a channel or one key of it."""
    if connector is not None and connector not in connectors:
        return NothingPurged(code="CONNECTOR_UNKNOWN", path=("input", "connector"))
    if capability is None and (key is not None or channel is not None):
        return NothingPurged(code="CAPABILITY_MISSING", path=("input", "capability"))
    names = tuple(connectors) if connector is None else (connector,)
    told = await cache.drop(
        Tag(connector=name, capability=capability, channel=channel, key=key) for name in names
    )
    return CachePurged(connectors=names, told=told)
