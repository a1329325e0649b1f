"""What the connector commands work with: the estate as written here, and the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from cache.connection import Near
from cache.loads import Loads
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.estate import ConnectorOrigin, ConnectorSpec
from capabilities.load import Cause, because
from capabilities.shared import ALONE, Shared
from connectors._kit import Observer, SilentObserver
from connectors.connector import Connector, open_connector
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.given import read_text
from gateway.connector_secrets import ConnectorSecrets
from gateway.federation.assembly import Assembled, assemble
from gateway.federation.definition import Entry, read_definition
from gateway.federation.estate_file import EstatePlan, read_estate
from gateway.federation.folder import Folder
from gateway.federation.registered import entries_of
from gateway.keys import keyring
from gateway.opening import OperatorRules, trial_of
from gateway.registering import Registering, Surroundings
from gateway.settings import Settings
from store.adoption.evidence import EvidenceRows
from store.copied.copying import open_copied
from store.copied.rows import CopiedRows
from store.engine import Store
from store.member.quality import Quality
from store.operating.connectors import RegisteredConnectors
from store.operating.logons import Logons
from store.syncing.streams import Streams

_T = TypeVar("_T")
# A person waits, and one statement may have to wait for a database that has just woken.
_STORE_SECONDS = 5.0


class Desk(msgspec.Struct, frozen=True):
    """Everything that a command needs, opened for its duration."""

    settings: Settings
    base: EstatePlan
    folder: tuple[Entry, ...]
    secrets: ConnectorSecrets
    kept: RegisteredConnectors
    registering: Registering
    logons: Logons
    copied: CopiedRows
    streams: Streams
    quality: Quality
    evidence: EvidenceRows

    async def all(self) -> Assembled:
        """The whole estate as it should be in force; StoreUnavailable where PostgreSQL is away."""
        current, secrets = await self.kept.current(), await self.kept.secrets()
        entries = [*self.folder, *entries_of(current.connectors, secrets)]
        return assemble(self.base, entries, {}, {})

    async def names(self) -> list[str]:
        """Names of all connectors; without those that were registered while PostgreSQL is away."""
        try:
            assembled = await self.all()
        except StoreUnavailable:
            assembled = assemble(self.base, self.folder, {}, {})
        return [one.name for one in assembled.plan.connectors]

    async def open(self, spec: ConnectorSpec) -> Connector:
        """A connector, opened as a gateway would."""
        opener = opener_of(self.settings, self.secrets, copied=self.copied)
        return await opener(spec, ZoneInfo(self.base.time_zone))

    @asynccontextmanager
    async def opened(self, spec: ConnectorSpec, observer: Observer) -> AsyncIterator[Connector]:
        """A connector that shares logons and the load agreement with the gateways that run."""
        near = Near(self.settings.redis_url.get_secret_value())
        try:
            async with (
                self.logons,
                Loads(near, self.base.brand, self.settings.processes, counted=False) as loads,
            ):
                shared = Shared(logons=self.logons, loads=loads)
                opener = opener_of(
                    self.settings, self.secrets, observer, shared, copied=self.copied
                )
                connector = await opener(spec, ZoneInfo(self.base.time_zone))
                try:
                    await loads.ready(spec.name)
                    with because(Cause.PROBE):
                        yield connector
                finally:
                    await connector.aclose()
        finally:
            await near.aclose()


def at_the_desk(work: Callable[[Desk], Awaitable[_T]]) -> _T:
    """Do something with everything opened, and close it."""
    return asyncio.run(_opened(signing_settings(command_settings()), work))


async def _opened(settings: Settings, work: Callable[[Desk], Awaitable[_T]]) -> _T:
    base = read_estate(settings.estate)
    folder = () if settings.connectors is None else tuple(await Folder(settings.connectors).read())
    secrets = ConnectorSecrets.of(settings, base.brand)
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    try:
        kept = RegisteredConnectors(store, base.brand)
        copied = open_copied(store, base.brand, keyring(settings))
        trial = trial_of(opener_of(settings, secrets, copied=copied))
        here = Surroundings(base, folder)
        logons = Logons(store, base.brand)
        registering = Registering(kept, secrets, lambda: here, trial, logons.resume)
        streams, quality = Streams(store, base.brand), Quality(store, base.brand)
        evidence = EvidenceRows(store, base.brand)
        parts = (registering, logons, copied, streams, quality, evidence)
        return await work(Desk(settings, base, folder, secrets, kept, *parts))
    finally:
        await store.aclose()


def opener_of(
    settings: Settings,
    secrets: ConnectorSecrets,
    observer: Observer | None = None,
    shared: Shared = ALONE,
    *,
    copied: CopiedRows | None = None,
) -> Callable[[ConnectorSpec, ZoneInfo], Awaitable[Connector]]:
    """Opens connectors under the rules of the settings."""
    rules = OperatorRules(settings, secrets, copied)

    async def opener(spec: ConnectorSpec, zone: ZoneInfo) -> Connector:
        return await open_connector(
            spec,
            observer or SilentObserver(),
            zone=zone,
            systems=settings.systems,
            shared=shared,
            rules=rules.of(spec),
        )

    return opener


async def spec_of(desk: Desk, file_or_name: str) -> ConnectorSpec:
    """The connector of a file of the operator's, or of a name that is in force somewhere."""
    if file_or_name.endswith((".yaml", ".yml")):
        text, origin = read_text(Path(file_or_name)), ConnectorOrigin.FOLDER
        entry = Entry(place=file_or_name, name=Path(file_or_name).stem, text=text, origin=origin)
        return read_definition(entry).spec
    # The store is asked only for what is not written here: a file's connector needs none.
    written = assemble(desk.base, desk.folder, {}, {}).plan.connectors
    for spec in (*written, *(await desk.all()).plan.connectors):
        if spec.name == file_or_name:
            return msgspec.structs.replace(spec, paused=False)
    names = sorted(one.name for one in (await desk.all()).plan.connectors)
    message = f"there is no connector {file_or_name!r}; there are {', '.join(names) or 'none'}"
    raise BadInput(message, code="CONNECTOR_UNKNOWN")
