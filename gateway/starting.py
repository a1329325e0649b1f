"""Everything that a gateway opens, in order, and closes in the other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from zoneinfo import ZoneInfo

from cache.connection import Near
from cache.loads import Loads
from capabilities.estate import ConnectorSpec
from capabilities.native import ExtensionPoint
from capabilities.shared import ALONE, Shared
from connectors.connector import Connector, open_connector
from gateway.adoption.opening import shadow_of
from gateway.connector_secrets import ConnectorSecrets
from gateway.execution.registry import Registry
from gateway.execution.running import Running
from gateway.federation.folder import Folder
from gateway.federation.live_estate import LiveEstate
from gateway.federation.registered import Registered
from gateway.gateway import Gateway
from gateway.hooks.opening import opened_hooks
from gateway.inbox.opening import opened_inbox
from gateway.keys import keyring
from gateway.observe import Metrics
from gateway.opened.flash import opened_flash
from gateway.opened.ground import Ground, ground_of
from gateway.opening import OperatorRules, trial_of
from gateway.payments.declared import read_providers
from gateway.payments.opening import opened_payments
from gateway.platform.privacy import drop_all_kept
from gateway.registering import Registering, written_in
from gateway.rest.published import Published
from gateway.settings import Settings
from gateway.tmall.declared import read_doors
from gateway.tmall.desk import TmallDesk
from gateway.tmall.opening import opened_tmall
from gateway.usage.doors import DoorUses
from store.copied.copying import open_copied
from store.engine import Store
from store.operating.connectors import RegisteredConnectors
from store.operating.logons import Logons


@contextlib.asynccontextmanager
async def opened_gateway(
    settings: Settings, brand: str, metrics: Metrics, uses: DoorUses
) -> AsyncIterator[Gateway]:
    """A gateway whose estate, cache and inbox are open, and which follows what others change."""
    async with contextlib.AsyncExitStack() as opened:
        ground, registering = await _grounded(opened, settings, brand, metrics)
        gateway = Gateway(ground)
        gateway.uses, gateway.registering = uses, registering
        await _kept_near(opened, gateway, metrics)
        await opened.enter_async_context(_in_force(gateway))
        gateway.inbox = await opened.enter_async_context(
            opened_inbox(settings, brand, lambda: ground.estate.current.connectors, metrics)
        )
        gateway.flash = await opened.enter_async_context(opened_flash(ground))
        gateway.adoption.shadow = await opened.enter_async_context(
            shadow_of(
                settings,
                ground.owned,
                gateway.adoption.followed,
                metrics.adoption,
                gateway.members.erased.hides_record,
            )
        )
        gateway.hooks = opened_hooks(ground, gateway.cache)
        gateway.tmall = _tmall(gateway, ground)
        gateway.payments = await opened.enter_async_context(
            opened_payments(
                settings.database_url.get_secret_value(),
                ground.owned,
                read_providers(settings.payment_providers),
                lambda: ground.estate.current,
                metrics,
            )
        )
        yield gateway


async def _grounded(
    opened: contextlib.AsyncExitStack, settings: Settings, brand: str, metrics: Metrics
) -> tuple[Ground, Registering]:
    """The store, what is near and the estate, open; and who registers connectors of that estate."""
    url, size = settings.database_url.get_secret_value(), settings.database_connections
    store = Store.open(url, connections=size)
    opened.push_async_callback(store.aclose)
    near = Near(settings.redis_url.get_secret_value())
    opened.push_async_callback(near.aclose)
    logons = await opened.enter_async_context(Logons(store, brand))
    loads = await opened.enter_async_context(Loads(near, brand, settings.processes))
    secrets = ConnectorSecrets.of(settings, brand)
    copied = open_copied(store, brand, keyring(settings))
    opener = _Opener(settings, metrics, OperatorRules(settings, secrets, copied))
    shared = Shared(logons=logons, loads=loads)
    folder = [] if settings.connectors is None else [Folder(settings.connectors)]
    estate = LiveEstate(settings.estate, partial(opener.open, shared=shared), folder)
    opened.push_async_callback(estate.aclose)
    await estate.open()
    trial = trial_of(partial(opener.open, shared=ALONE))
    registered = RegisteredConnectors(store, brand)
    registering = Registering(registered, secrets, lambda: written_in(estate), trial, logons.resume)
    return ground_of(settings, store, near, estate, metrics), registering


async def _kept_near(opened: contextlib.AsyncExitStack, gateway: Gateway, metrics: Metrics) -> None:
    """The cache is used, and who waits for changes is woken; their figures are followed."""
    orders, estate = gateway.orders, gateway.estate
    await opened.enter_async_context(gateway.cache)
    await opened.enter_async_context(orders.waking)
    metrics.follow_cache(gateway.cache)
    metrics.follow_changes(lambda: orders.hub.age_seconds)
    metrics.follow_upstreams(lambda: estate.current.upstreams)


def _tmall(gateway: Gateway, ground: Ground) -> TmallDesk:
    return opened_tmall(
        ground.owned,
        read_doors(ground.settings.tmall_doors),
        gateway.reader,
        gateway.members.programmes,
        ground.versions.refresh,
        ground.metrics,
        gateway.uses,
    )


class _Opener:
    """Opens connectors under the operator's rules."""

    def __init__(self, settings: Settings, metrics: Metrics, rules: OperatorRules) -> None:
        self._systems = settings.systems
        self._metrics = metrics
        self._rules = rules

    async def open(self, spec: ConnectorSpec, zone: ZoneInfo, *, shared: Shared) -> Connector:
        return await open_connector(
            spec,
            self._metrics,
            zone=zone,
            systems=self._systems,
            shared=shared,
            rules=self._rules.of(spec),
        )


@contextlib.asynccontextmanager
async def _in_force(gateway: Gateway) -> AsyncIterator[None]:
    """What was registered is in force, and what others register or trust is followed."""
    owned, erased, adoption = gateway.owned, gateway.members.erased, gateway.adoption
    registered, registry = (
        RegisteredConnectors(owned.store, owned.brand),
        gateway.documents.registry,
    )
    async with gateway.versions as versions:
        with contextlib.suppress(Exception):  # away or not migrated: the next poll sees
            await versions.refresh()
            await erased.refresh()
            await adoption.followed.refresh()
        await gateway.estate.attach(Registered(registered, versions.estate))
        await registry.open()
        dropping = partial(drop_all_kept, owned, gateway.cache)
        followed = (
            *(gateway.estate.follow(), registry.follow(), gateway.keys.follow()),
            *(adoption.followed.follow(), adoption.watch.follow()),
            *(erased.follow(dropping), gateway.orders.hub.run()),
        )
        tasks = [asyncio.create_task(one) for one in followed]
        try:
            yield
        finally:
            for task in tasks:
                await _ended(task)


@contextlib.asynccontextmanager
async def following(running: Running, estate: LiveEstate) -> AsyncIterator[None]:
    """The graph follows the native types of the connectors in force."""

    def wanted() -> tuple[ExtensionPoint, ...]:
        return estate.current.extensions

    running.extend(wanted())
    task = asyncio.create_task(running.follow(wanted))
    try:
        yield
    finally:
        await _ended(task)


@contextlib.asynccontextmanager
async def publishing(published: Published, registry: Registry) -> AsyncIterator[None]:
    """The operator's resources are in force and followed; ResourcesFault at the start."""
    published.open(registry)
    task = asyncio.create_task(published.follow(registry))
    try:
        yield
    finally:
        await _ended(task)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
