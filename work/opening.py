"""Connectors opened at the back door: under the operator's rules, inside the load agreements."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidTag

from cache.connection import Near
from cache.loads import Loads
from capabilities.copied import Copied
from capabilities.estate import ConnectorOrigin, ConnectorSpec
from capabilities.shared import Shared
from connectors._kit import (
    Observer,
    OpeningRules,
    SecretPlaces,
    SilentObserver,
    address_rules,
)
from connectors.connector import Connector, connect
from connectors.kept_systems import KeptSystems
from store.engine import Store
from store.operating.logons import Logons
from store.sealed_columns import CONNECTOR_SECRETS, place_of_secret
from work.settings import WorkSettings

# Nobody waits for a page of a pass, and it has more rows than a caller's.
_PATIENT_MS = 30_000


class Openings:
    """Opens connectors for one run each; `async with` shares logons and loads with the gateways.

    Without Redis no share of a load agreement is given out to a process that is no gateway, so
    nothing is asked of a system that has one.
    """

    def __init__(
        self, settings: WorkSettings, store: Store, brand: str, copied: Copied, zone: ZoneInfo
    ) -> None:
        self._settings = settings
        self._copied = copied
        self._zone = zone
        self._sealer = settings.keys().sealer(CONNECTOR_SECRETS)
        self._brand = brand
        self._near = Near(settings.redis_url.get_secret_value())
        self._logons = Logons(store, brand)
        self._loads = Loads(self._near, brand, settings.processes, counted=False)
        self.system_of = KeptSystems(settings.systems).of
        self._stack = AsyncExitStack()

    @property
    def systems(self) -> Path | None:
        """The operator's folder of systems beside those that ship."""
        return self._settings.systems

    @property
    def near(self) -> Near:
        """Redis as this process sees it."""
        return self._near

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._near.aclose)
        await self._stack.enter_async_context(self._logons)
        await self._stack.enter_async_context(self._loads)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def opened(
        self, spec: ConnectorSpec, observer: Observer | None = None
    ) -> AsyncIterator[Connector]:
        """One connector, closed behind the block; an observer is told of its calls."""
        patient = msgspec.structs.replace(
            spec.limits, deadline_ms=max(spec.limits.deadline_ms, _PATIENT_MS)
        )
        system = await asyncio.to_thread(self.system_of, spec)
        connector = await connect(
            system,
            msgspec.structs.replace(spec, limits=patient),
            SilentObserver() if observer is None else observer,
            zone=self._zone,
            shared=Shared(logons=self._logons, loads=self._loads),
            rules=self._rules(spec),
        )
        try:
            await self.ready(spec.name)
            yield connector
        finally:
            await connector.aclose()

    async def ready(self, name: str) -> None:
        """Wait for a connector's share of its load agreement, where it is to have one."""
        await self._loads.ready(name)

    def _rules(self, spec: ConnectorSpec) -> OpeningRules:
        """What a connector may use: one that came over the network, less."""
        places = SecretPlaces(unseal=self._unsealed)
        if spec.origin is ConnectorOrigin.REGISTERED:
            places = msgspec.structs.replace(
                places,
                bounded=True,
                prefix=self._settings.connector_secret_prefix,
                folder=self._settings.connector_secrets,
            )
        addresses = address_rules(self._settings.connector_hosts)
        return OpeningRules(secrets=places, addresses=addresses, copied=self._copied)

    def _unsealed(self, connector: str, name: str, sealed: bytes) -> str:
        place = place_of_secret(self._brand, connector, name)
        try:
            return self._sealer.open(sealed, place)
        except (InvalidTag, KeyError, IndexError):
            pass
        raise ValueError("sealed with another key")
