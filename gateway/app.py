"""The application: everything that is opened, in order, and the way of a request through it."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from functools import partial
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from cache.connection import Near
from cache.crosswalk import CachedCrosswalk
from cache.entity_cache import EntityCache
from cache.loads import Loads
from capabilities.caller import Caller
from capabilities.errors import SantongError, Unauthenticated
from capabilities.estate import ConnectorSpec
from capabilities.native import ExtensionPoint
from capabilities.shared import ALONE, Shared
from connectors._kit import address_rules
from connectors.connector import Connector, open_connector
from gateway.connector_secrets import ConnectorSecrets
from gateway.execution.configured import documents_maker
from gateway.execution.operations_file import read_operations
from gateway.execution.persisted import PersistedOperations
from gateway.execution.registry import Registry
from gateway.execution.running import Running
from gateway.federation.asking import Request
from gateway.federation.estate_file import read_estate
from gateway.federation.folder import Folder
from gateway.federation.known_ids import KnownIds
from gateway.federation.live_estate import LiveEstate
from gateway.federation.loader import loaders_of_store
from gateway.federation.reader import GraphReader
from gateway.federation.registered import Registered
from gateway.http.cross_origin import cross_origin_rules
from gateway.http.explorer import Explorer
from gateway.http.graphql import GraphQLEndpoint
from gateway.http.graphql_first import GraphQLFirst
from gateway.http.health import live, ready
from gateway.http.inbox import InboxDoor
from gateway.http.masked_errors import MaskedErrors
from gateway.http.metrics import MetricsPage
from gateway.http.not_found import method_not_allowed, not_found
from gateway.http.request_id import RequestId
from gateway.http.request_line import RequestLines
from gateway.http.security_headers import SecurityHeaders
from gateway.inbox.inbox import Inbox
from gateway.inbox.opening import opened_inbox
from gateway.keys import derived_key
from gateway.log import configure
from gateway.observe import Metrics
from gateway.opening import OperatorRules, trial_of
from gateway.platform.owned import CallersPlatform, Owned
from gateway.registering import Registering, written_in
from gateway.settings import Settings
from gateway.trace import Trace
from gateway.writer import GraphWriter
from store.connectors import RegisteredConnectors
from store.copying import open_copied
from store.crosswalk import Crosswalk
from store.engine import Store
from store.logons import Logons
from store.members import MemberIdentities
from store.operations import Operations
from store.products import ProductReference
from store.sealing import Sealer
from store.versions import Versions

# Decoding one body makes thousands of containers that die together, and records have no cycles:
# some 7 % of the CPU of a federated query went into looking for what is not there. Documents and
# plans that fall out of the cache are free at once; what waits is what errors and validation leave.
_COLLECT_AT = (10_000, 20, 10)


class Gateway:
    """What one process holds open, and a reader over it for each request."""

    registering: Registering  # set when connectors can be opened
    inbox: Inbox  # as above

    def __init__(
        self,
        settings: Settings,
        store: Store,
        near: Near,
        estate: LiveEstate,
        metrics: Metrics,
    ) -> None:
        self._key = derived_key(settings, "hashes")
        sealer = Sealer(derived_key(settings, "values"))
        self.owned = Owned(store=store, brand=estate.current.brand, sealer=sealer, key=self._key)
        self.estate = estate
        self.store = store
        self.near = near
        cache_key = derived_key(settings, "cache")
        self.cache = EntityCache(self.near, cache_key, brand=estate.current.brand)
        self.versions = Versions(self.store, estate.current.brand)
        self.operations = Operations(self.store, estate.current.brand)
        self.connectors = RegisteredConnectors(self.store, estate.current.brand)
        self.registry = Registry(settings.operations, self.operations, self.versions.operations)
        self.persisted = PersistedOperations(
            self.registry,
            settings.trusted_documents,
            automatic=settings.demo,
            asked=metrics.asked,
        )
        self._known = MemberIdentities(self.store, sealer)
        self._ids = KnownIds(self.versions.members)
        self._max_calls = settings.max_upstream_calls
        self._store_loaders = loaders_of_store()

    async def follow_now(self) -> None:
        """Put what was just registered in force here, without waiting for the next look."""
        with contextlib.suppress(SantongError):  # the next look does what could not be done now
            await self.versions.refresh()
            await self.estate.reload()

    def reader(
        self, caller: Caller, deadline_seconds: float, trace: Trace | None = None
    ) -> GraphReader:
        """A reader for one request of one caller, over the estate in force now.

        Unauthenticated for a token of another brand: it says nothing about whom this one serves.
        """
        estate = self.estate.current
        if caller.visibility.brand != estate.brand:
            raise Unauthenticated("the bearer token is not valid here, or no longer")
        return GraphReader(
            Request(
                estate,
                caller.visibility,
                deadline_seconds,
                max_calls=self._max_calls,
                store=self._store_loaders,
                cache=self.cache,
                trace=trace,
            ),
            known=self._known,
            ids=self._ids,
            reference=ProductReference(self.store, estate.brand),
            crosswalk=CachedCrosswalk(
                self.near,
                Crosswalk(self.store, estate.brand),
                brand=estate.brand,
                version=self.versions.products,
            ),
            key=self._key,
        )


def create_app(settings: Settings) -> Starlette:
    """The whole gateway of one process.

    ValueError or BadInput when the settings cannot be used, EstateFault or OperationsFault when a
    file cannot: then an operator reads one line, and not the stack of a failed start.
    """
    settings.key()
    address_rules(settings.connector_hosts)
    brand = read_estate(settings.estate).brand
    if settings.operations is not None:
        read_operations(settings.operations)
    configure(settings.log_level)
    metrics, lines = Metrics(), RequestLines(settings.log_level)
    running = Running(documents_maker(settings, metrics.ran))
    metrics.follow(running)
    door = _Door(running)
    endpoint = GraphQLEndpoint(settings, running, door, metrics, lines)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        opened = _opened(settings, brand, metrics)
        async with opened as gateway, _following(running, gateway.estate):
            door.gateway = gateway
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT_AT)
            yield

    app = Starlette(
        routes=_routes(settings, metrics, door),
        middleware=pipeline(settings, endpoint, lines),
        exception_handlers={404: not_found, 405: method_not_allowed},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _routes(settings: Settings, metrics: Metrics, door: "_Door") -> list[Route]:
    explorer = Explorer(settings)
    return [
        Route("/", explorer.page),
        Route("/assets/{name}", explorer.asset),
        Route("/explorer/tokens", explorer.tokens),
        Route("/health/live", live),
        Route("/health/ready", ready({"store": door.store_answers, "near": door.near_answers})),
        Route("/metrics", MetricsPage(settings, metrics).answer),
        Route("/inbox/{connector}", InboxDoor(settings, door).answer, methods=["POST"]),
    ]


def pipeline(
    settings: Settings, endpoint: GraphQLEndpoint, lines: RequestLines
) -> tuple[Middleware, ...]:
    """The way of a request, outermost first; one to the graph goes no further than the first."""
    return (
        Middleware(GraphQLFirst, endpoint=endpoint),
        Middleware(RequestId, lines=lines),
        Middleware(SecurityHeaders),
        Middleware(CORSMiddleware, **cross_origin_rules(settings)),
        Middleware(MaskedErrors),
    )


class _Door:
    """What routes ask of the gateway that the lifespan opened."""

    gateway: Gateway

    def __init__(self, running: Running) -> None:
        self._running = running

    def writer(self, caller: Caller) -> GraphWriter:
        opened = self.gateway
        names = [one.name for one in opened.estate.current.connections]
        return GraphWriter(
            caller,
            self._running.documents,
            opened.operations,
            opened.registry,
            cache=opened.cache,
            connectors=names,
            registering=opened.registering,
            follow=opened.follow_now,
        )

    def platform(self, caller: Caller, reader: GraphReader) -> CallersPlatform:
        return CallersPlatform(self.gateway.owned, caller, reader.request)

    @property
    def inbox(self) -> Inbox:
        return self.gateway.inbox

    @property
    def operations(self) -> PersistedOperations:
        return self.gateway.persisted

    def reader(
        self, caller: Caller, deadline_seconds: float, trace: Trace | None = None
    ) -> GraphReader:
        return self.gateway.reader(caller, deadline_seconds, trace)

    async def store_answers(self) -> bool:
        return await self.gateway.store.ping()

    async def near_answers(self) -> bool:
        return await self.gateway.near.ping()


@contextlib.asynccontextmanager
async def _opened(settings: Settings, brand: str, metrics: Metrics) -> AsyncIterator[Gateway]:
    secrets = ConnectorSecrets.of(settings, brand)
    async with contextlib.AsyncExitStack() as opened:
        store = Store.open(settings.database_url.get_secret_value())
        opened.push_async_callback(store.aclose)
        copied = open_copied(store, brand, partial(derived_key, settings))
        rules = OperatorRules(settings, secrets, copied)
        near = Near(settings.redis_url.get_secret_value())
        opened.push_async_callback(near.aclose)
        logons = await opened.enter_async_context(Logons(store, brand))
        loads = await opened.enter_async_context(Loads(near, brand, settings.processes))
        shared = Shared(logons=logons, loads=loads)

        async def opener(spec: ConnectorSpec, zone: ZoneInfo, shared: Shared = shared) -> Connector:
            bounds, systems = rules.of(spec), settings.systems
            return await open_connector(
                spec, metrics, zone=zone, systems=systems, shared=shared, rules=bounds
            )

        folder = [] if settings.connectors is None else [Folder(settings.connectors)]
        estate = LiveEstate(settings.estate, opener, folder)
        opened.push_async_callback(estate.aclose)
        await estate.open()
        gateway = Gateway(settings, store, near, estate, metrics)
        await opened.enter_async_context(gateway.cache)
        metrics.follow_cache(gateway.cache)
        metrics.follow_upstreams(lambda: estate.current.upstreams)
        await opened.enter_async_context(gateway.versions)
        trial = trial_of(partial(opener, shared=ALONE))
        gateway.registering = Registering(
            gateway.connectors, secrets, lambda: written_in(estate), trial, logons.resume
        )
        with contextlib.suppress(Exception):  # away or not migrated: the next poll sees
            await gateway.versions.refresh()
        await estate.attach(Registered(gateway.connectors, gateway.versions.estate))
        gateway.inbox = await opened.enter_async_context(
            opened_inbox(settings, brand, lambda: estate.current.connectors, metrics)
        )
        await gateway.registry.open()
        for follow in (estate.follow(), gateway.registry.follow()):
            opened.push_async_callback(_ended, asyncio.create_task(follow))
        yield gateway


@contextlib.asynccontextmanager
async def _following(running: Running, estate: LiveEstate) -> AsyncIterator[None]:
    """The graph follows the native types of the connectors in force."""

    def wanted() -> tuple[ExtensionPoint, ...]:
        return estate.current.extensions

    running.extend(wanted())
    task = asyncio.create_task(running.follow(wanted))
    try:
        yield
    finally:
        await _ended(task)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
