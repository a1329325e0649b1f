"""Connectors opened under the operator's rules, for good or for a trial."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from msgspec import structs

from capabilities.copied import Copied
from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorOrigin, ConnectorSpec
from connectors._kit import OpeningRules, SecretPlaces, address_rules
from connectors.connector import Connector
from gateway.connector_secrets import ConnectorSecrets
from gateway.federation.live_estate import Opener
from gateway.settings import Settings

_LOOKUP_SECONDS = 2.0

Trial = Callable[[ConnectorSpec, ZoneInfo], Awaitable[frozenset[Capability]]]


class OperatorRules:
    """What connectors may use: those of the operator's own files any secret, registered ones less.

    A registered definition came over the network: what it refers to is bounded by settings.
    """

    def __init__(
        self, settings: Settings, secrets: ConnectorSecrets, copied: Copied | None = None
    ) -> None:
        places = SecretPlaces(unseal=secrets.unseal)
        addresses = address_rules(settings.connector_hosts)
        self._own = OpeningRules(secrets=places, addresses=addresses, copied=copied)
        self._registered = OpeningRules(
            addresses=addresses,
            copied=copied,
            secrets=structs.replace(
                places,
                bounded=True,
                prefix=settings.connector_secret_prefix,
                folder=settings.connector_secrets,
            ),
        )

    def of(self, spec: ConnectorSpec) -> OpeningRules:
        """The rules for a connector, by where it was written."""
        return self._registered if spec.origin is ConnectorOrigin.REGISTERED else self._own


def trial_of(opener: Opener) -> Trial:
    """Opens a connector and closes it again; SantongError where it cannot be opened."""

    async def trial(spec: ConnectorSpec, zone: ZoneInfo) -> frozenset[Capability]:
        connector = await _opened(opener, spec, zone)
        try:
            await _looked_up(connector)
        finally:
            await connector.aclose()
        return connector.capabilities

    return trial


async def _looked_up(connector: Connector) -> None:
    """ChannelError where a host leads to an address that is refused.

    A name that is not known is none of ours to refuse: the system may not be there yet.
    """
    endpoints = connector.upstream.endpoints if connector.upstream is not None else ()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LOOKUP_SECONDS):
            for endpoint in endpoints:
                await endpoint.lookup()


async def _opened(opener: Opener, spec: ConnectorSpec, zone: ZoneInfo) -> Connector:
    try:
        return await opener(spec, zone)
    except SantongError:
        raise
    except Exception as exc:
        message = "the connector could not be opened"
        raise SantongError(message, code="CONNECTOR_DEFECT") from exc
