"""Everything that a gateway opens, in order, and closes in the other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from zoneinfo import ZoneInfo

from cache import LISTS, Tag
from cache.connection import Near
from cache.loads import Loads
from capabilities.estate import Capability, ConnectorSpec
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
from gateway.flash.entrance import Entrance
from gateway.flash.opening import opened_desk
from gateway.flash.rehearsals import Rehearsals
from gateway.gateway import Gateway
from gateway.hooks.hooks import Hooks
from gateway.inbox.opening import opened_inbox
from gateway.keys import keyring
from gateway.observe import Metrics
from gateway.opening import OperatorRules, trial_of
from gateway.payments.declared import read_providers
from gateway.payments.opening import opened_payments
from gateway.platform.privacy import drop_all_kept
from gateway.registering import Registering, written_in
from gateway.rest.published import Published
from gateway.settings import Settings
from gateway.tmall.declared import read_doors
from gateway.tmall.opening import opened_tmall
from gateway.usage.doors import DoorUses
from store.copied.copying import open_copied
from store.engine import Store
from store.operating.logons import Logons
from store.order.hooks import HookDeliveries

_PATIENCE_SECONDS = 30.0
_PATIENT_CONNECTIONS = 3


@contextlib.asynccontextmanager
async def opened_gateway(
    settings: Settings, brand: str, metrics: Metrics, uses: DoorUses
) -> AsyncIterator[Gateway]:
    """A gateway whose estate, cache and inbox are open, and which follows what others change."""
    secrets = ConnectorSecrets.of(settings, brand)
    async with contextlib.AsyncExitStack() as opened:
        store = Store.open(
            settings.database_url.get_secret_value(), connections=settings.database_connections
        )
        opened.push_async_callback(store.aclose)
        copied = open_copied(store, brand, keyring(settings))
        near = Near(settings.redis_url.get_secret_value())
        opened.push_async_callback(near.aclose)
        logons = await opened.enter_async_context(Logons(store, brand))
        loads = await opened.enter_async_context(Loads(near, brand, settings.processes))
        opener = _Opener(settings, metrics, OperatorRules(settings, secrets, copied))
        shared = Shared(logons=logons, loads=loads)
        folder = [] if settings.connectors is None else [Folder(settings.connectors)]
        estate = LiveEstate(settings.estate, partial(opener.open, shared=shared), folder)
        opened.push_async_callback(estate.aclose)
        await estate.open()
        gateway = Gateway(settings, store, near, estate, metrics)
        gateway.uses = uses
        await opened.enter_async_context(gateway.cache)
        await opened.enter_async_context(gateway.waking)
        metrics.follow_cache(gateway.cache)
        metrics.follow_changes(lambda: gateway.hub.age_seconds)
        metrics.follow_upstreams(lambda: estate.current.upstreams)
        trial = trial_of(partial(opener.open, shared=ALONE))
        gateway.registering = Registering(
            gateway.connectors, secrets, lambda: written_in(estate), trial, logons.resume
        )
        await opened.enter_async_context(_in_force(gateway))
        gateway.inbox = await opened.enter_async_context(
            opened_inbox(settings, brand, lambda: estate.current.connectors, metrics)
        )
        gateway.desk = await opened.enter_async_context(opened_desk(settings, brand))
        gateway.shadow = await opened.enter_async_context(
            shadow_of(
                settings,
                gateway.owned,
                gateway.adoption,
                metrics.adoption,
                gateway.erased.hides_record,
            )
        )
        gateway.entrance = Entrance(gateway.owned, gateway.desk)
        gateway.rehearsals = Rehearsals(
            gateway.owned, partial(opened_desk, settings, brand), partial(_patient_store, settings)
        )
        opened.push_async_callback(gateway.rehearsals.aclose)
        gateway.hooks = _hooks(gateway, brand, metrics)
        gateway.tmall = opened_tmall(
            gateway.owned,
            read_doors(settings.tmall_doors),
            gateway.reader,
            gateway.programmes,
            gateway.versions.refresh,
            metrics,
            uses,
        )
        gateway.payments = await opened.enter_async_context(
            opened_payments(
                settings.database_url.get_secret_value(),
                gateway.owned,
                read_providers(settings.payment_providers),
                lambda: estate.current,
                metrics,
            )
        )
        yield gateway


def _patient_store(settings: Settings) -> Store:
    """A store for work of which nobody waits for the next statement."""
    url = settings.database_url.get_secret_value()
    return Store.open(url, deadline_seconds=_PATIENCE_SECONDS, connections=_PATIENT_CONNECTIONS)


def _hooks(gateway: Gateway, brand: str, metrics: Metrics) -> Hooks:
    """What takes deliveries for the connectors in force."""

    def find(name: str) -> Connector | None:
        return next((one for one in gateway.estate.current.connectors if one.name == name), None)

    async def drop(connector: str, number: str) -> None:
        of_orders = partial(Tag, connector=connector, capability=Capability.ORDER)
        await gateway.cache.drop([of_orders(key=number), of_orders(key=LISTS)])

    def pings() -> frozenset[str]:
        hooks = (one.hook for one in gateway.estate.current.connectors)
        return frozenset(one.ping for one in hooks if one is not None and one.ping is not None)

    return Hooks(HookDeliveries(gateway.store, brand), find, pings, drop, metrics)


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
    async with gateway.versions as versions:
        with contextlib.suppress(Exception):  # away or not migrated: the next poll sees
            await versions.refresh()
            await gateway.erased.refresh()
            await gateway.adoption.refresh()
        await gateway.estate.attach(Registered(gateway.connectors, versions.estate))
        await gateway.registry.open()
        followed = (
            *(gateway.estate, gateway.registry, gateway.keys),
            *(gateway.adoption, gateway.watch),
        )
        tasks = [asyncio.create_task(one.follow()) for one in followed]
        dropping = partial(drop_all_kept, gateway.owned, gateway.cache)
        tasks.append(asyncio.create_task(gateway.erased.follow(dropping)))
        tasks.append(asyncio.create_task(gateway.hub.run()))
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
