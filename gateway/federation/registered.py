"""Definitions that were registered with the platform, read when their version rises."""

from collections.abc import Callable, Mapping, Sequence

from capabilities.estate import ConnectorOrigin
from capabilities.registration import RegisteredConnector
from gateway.connector_secrets import reference_to
from gateway.federation.definition import Entry
from store.operating.connectors import RegisteredConnectors


class Registered:
    """The registered connectors of one brand; `version` is that of the estate in the store."""

    def __init__(self, kept: RegisteredConnectors, version: Callable[[], int | None]) -> None:
        self._kept = kept
        self._version = version

    def mark(self) -> object | None:
        """The version; None until the store was read."""
        return self._version()

    async def read(self) -> Sequence[Entry]:
        """Every connector, those that were registered first before the others."""
        current, secrets = await self._kept.current(), await self._kept.secrets()
        return entries_of(current.connectors, secrets)


def entries_of(
    connectors: Sequence[RegisteredConnector], secrets: Mapping[str, Mapping[str, bytes]]
) -> list[Entry]:
    """Registered connectors as definitions, with the sealed secrets that were given for them."""
    return [
        Entry(
            place=f"registered {one.name}",
            name=one.name,
            text=one.definition,
            origin=ConnectorOrigin.REGISTERED,
            paused=one.paused,
            sealed={
                name: reference_to(sealed) for name, sealed in secrets.get(one.name, {}).items()
            },
            author=one.author,
            changed_at=one.changed_at,
        )
        for one in connectors
    ]
