"""The application: its routes, and the way of a request through it."""

import contextlib
import gc
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from capabilities.adoption.gates_file import read_gates
from connectors._kit import address_rules
from connectors.speaking import read_protocols
from gateway.auth.issued import Issuers
from gateway.auth.issuers_file import read_issuers
from gateway.auth.known import KnownCallers
from gateway.compat.consumers import PURPOSE, Consumers
from gateway.compat.proof import Proof
from gateway.compat.shop import CompatShop
from gateway.door import Door
from gateway.execution.configured import documents_maker
from gateway.execution.operations_file import read_operations
from gateway.execution.running import Running
from gateway.federation.estate_file import read_estate
from gateway.http.api import ApiFirst
from gateway.http.api_answer import Answering
from gateway.http.compat import ROOT, CompatDoor
from gateway.http.cross_origin import cross_origin_rules
from gateway.http.executing import Executing
from gateway.http.explorer import Explorer
from gateway.http.flash import FlashFirst
from gateway.http.graphql import GraphQLEndpoint
from gateway.http.graphql_first import GraphQLFirst
from gateway.http.health import live, ready
from gateway.http.hooks import HookDoor
from gateway.http.inbox import InboxDoor
from gateway.http.masked_errors import MaskedErrors
from gateway.http.metrics import MetricsPage
from gateway.http.not_found import method_not_allowed, not_found
from gateway.http.payments import PaymentsFirst
from gateway.http.request_id import RequestId
from gateway.http.request_line import RequestLines
from gateway.http.security_headers import SecurityHeaders
from gateway.http.tmall import TmallDoor
from gateway.keys import derived_key
from gateway.live.room import Room
from gateway.live.socket import Sockets
from gateway.live.stream import EventStreams
from gateway.live.subscription import Subscriptions
from gateway.log import configure
from gateway.observe import Metrics
from gateway.payments.declared import read_providers
from gateway.rest.declared import read_resources
from gateway.rest.described import Described
from gateway.rest.published import Published
from gateway.settings import Settings
from gateway.starting import following, opened_gateway, publishing
from gateway.tmall.declared import read_doors
from gateway.usage.clients import Clients
from gateway.usage.counting import Counting
from gateway.usage.doors import DoorUses
from gateway.usage.writing import usage_written

# Decoding one body makes thousands of containers that die together, and records have no cycles:
# some 7 % of the CPU of a federated query went into looking for what is not there. Documents and
# plans that fall out of the cache are free at once; what waits is what errors and validation leave.
_COLLECT_AT = (10_000, 20, 10)


def create_app(settings: Settings) -> Starlette:
    """The whole gateway of one process.

    ValueError or BadInput when the settings cannot be used, EstateFault, OperationsFault or
    ResourcesFault when a file cannot: then an operator reads one line, and not the stack of a
    failed start.
    """
    brand, issuers = _checked(settings)
    read_protocols()
    configure(settings.log_level)
    callers = KnownCallers(settings, brand, issuers)
    metrics, lines = Metrics(), RequestLines(settings.log_level)
    counting = Counting()
    running = Running(documents_maker(settings, metrics.ran, counting))
    metrics.follow(running)
    door = Door(running)
    graph = _Graph(settings, callers, metrics, lines, running, door)
    published = Published(settings.resources, running)
    app = Starlette(
        routes=[
            *_routes(settings, callers, metrics, door),
            *_compat(settings, brand, metrics, door),
        ],
        middleware=(
            Middleware(PaymentsFirst, settings=settings, door=door),
            graph.resources(published, Described(brand)),
            Middleware(FlashFirst, settings=settings, callers=callers, door=door, metrics=metrics),
            *pipeline(settings, graph.first(), lines),
        ),
        exception_handlers={404: not_found, 405: method_not_allowed},
        lifespan=_lifespan(settings, brand, issuers, graph, published, counting),
    )
    app.router.redirect_slashes = False
    return app


class _Graph:
    """The doors of the graph: its endpoint, streams and sockets, and resources of operations."""

    def __init__(
        self,
        settings: Settings,
        callers: KnownCallers,
        metrics: Metrics,
        lines: RequestLines,
        running: Running,
        door: Door,
    ) -> None:
        self.callers, self.metrics = callers, metrics
        self.running, self.door = running, door
        self._settings, self._lines = settings, lines
        self._clients = Clients()
        self._executing = Executing(settings, running, door, self._clients)

    def first(self) -> Middleware:
        """What answers requests to the graph."""
        settings, callers, metrics = self._settings, self.callers, self.metrics
        lines, clients = self._lines, self._clients
        room = Room(settings.max_subscriptions, settings.max_subscriptions_per_caller)
        subscriptions = Subscriptions(settings, self.running, self.door, room)
        return Middleware(
            GraphQLFirst,
            endpoint=GraphQLEndpoint(settings, callers, self._executing, metrics, lines),
            streams=EventStreams(settings, callers, subscriptions, metrics, lines, clients),
            sockets=Sockets(settings, callers, subscriptions, metrics, clients),
        )

    def resources(self, published: Published, described: Described) -> Middleware:
        """What answers operations that are published as resources."""
        answering = Answering(self._settings, self.running, self._executing, self.door)
        return Middleware(
            ApiFirst,
            settings=self._settings,
            callers=self.callers,
            published=published,
            described=described,
            answering=answering,
            metrics=self.metrics,
            lines=self._lines,
        )


def _lifespan(
    settings: Settings,
    brand: str,
    issuers: Issuers | None,
    graph: _Graph,
    published: Published,
    counting: Counting,
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    """Opens what the routes ask, and closes it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with contextlib.AsyncExitStack() as opened:
            if issuers is not None:
                opened.push_async_callback(issuers.aclose)
            gateway = await opened.enter_async_context(
                opened_gateway(settings, brand, graph.metrics, DoorUses(counting))
            )
            await opened.enter_async_context(following(graph.running, gateway.estate))
            await opened.enter_async_context(publishing(published, gateway.documents.registry))
            await opened.enter_async_context(usage_written(counting, gateway.owned))
            graph.door.gateway, graph.callers.keys = gateway, gateway.keys
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT_AT)
            yield

    return lifespan


def _checked(settings: Settings) -> tuple[str, Issuers | None]:
    """The brand, and who may vouch for its callers, once every file is known to be sound."""
    settings.key()
    address_rules(settings.connector_hosts)
    brand = read_estate(settings.estate).brand
    if settings.operations is not None:
        read_operations(settings.operations)
    if settings.resources is not None:
        read_resources(settings.resources)
    read_providers(settings.payment_providers)
    read_doors(settings.tmall_doors)
    read_gates(settings.adoption_gates)
    found = read_issuers(settings.issuers)
    return brand, Issuers(found, brand) if found else None


def _routes(settings: Settings, callers: KnownCallers, metrics: Metrics, door: Door) -> list[Route]:
    explorer = Explorer(settings)
    return [
        Route("/", explorer.page),
        Route("/sales", explorer.sales),
        Route("/adoption", explorer.adoption),
        Route("/assets/{name}", explorer.asset),
        Route("/explorer/tokens", explorer.tokens),
        Route("/health/live", live),
        Route("/health/ready", ready({"store": door.store_answers, "near": door.near_answers})),
        Route("/metrics", MetricsPage(callers, metrics, door).answer),
        Route("/hooks/{connector}", HookDoor(settings, door).answer, methods=["POST"]),
        Route("/tmall/{door}", TmallDoor(settings, door).answer, methods=["POST"]),
        Route("/inbox/{connector}", InboxDoor(settings, door).answer, methods=["POST"]),
    ]


def _compat(settings: Settings, brand: str, metrics: Metrics, door: Door) -> list[Route]:
    """The addresses of a shop's own interface."""
    consumers = Consumers(derived_key(settings, PURPOSE), brand, lambda: door.gateway.keys.standing)
    shop = CompatShop(
        door,
        Proof(consumers),
        settings.request_deadline_ms / 1000,
        settings.compat_write_wait_ms / 1000,
    )
    answer = CompatDoor(settings, shop, metrics).answer
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    paths = (f"{ROOT}/{{resource}}", f"{ROOT}/{{resource}}/{{number}}", f"{ROOT}/{{rest:path}}")
    return [Route(path, answer, methods=methods) for path in paths]


def pipeline(settings: Settings, first: Middleware, lines: RequestLines) -> tuple[Middleware, ...]:
    """The way of a request, outermost first; one to the graph goes no further than the first."""
    return (
        first,
        Middleware(RequestId, lines=lines),
        Middleware(SecurityHeaders),
        Middleware(CORSMiddleware, **cross_origin_rules(settings)),
        Middleware(MaskedErrors),
    )
