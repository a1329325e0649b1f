"""The estate in force: connectors opened and routes resolved, of one version."""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from cache import Answering
from capabilities.adoption.states import Side
from capabilities.errors import ChannelError
from capabilities.estate import (
    BreakerState,
    Capability,
    Channel,
    ConnectorHealth,
    ConnectorSpec,
    ConnectorStanding,
    ConnectorState,
)
from capabilities.native import merged_types
from capabilities.usage.records import Reached
from connectors.connector import Connector, Turn, Upstream
from gateway.federation.assembly import Assembled, Refusal
from gateway.federation.call import Figures, call_port
from gateway.federation.definition import Definition
from gateway.federation.estate_file import EstatePlan
from gateway.federation.load import Ask
from gateway.federation.loaded import Loaded
from gateway.federation.loader import Loaders

_P = TypeVar("_P")
_T = TypeVar("_T")
_NET = 1.05


class Connection:
    """One connector in force, or the reason why it is not."""

    def __init__(
        self, spec: ConnectorSpec, connector: Connector | None, broken: str | None = None
    ) -> None:
        self.spec = spec
        self.connector = connector
        self.broken = broken
        self.retired = False  # set when another takes its place: it is closed soon
        self.figures = Figures()
        self.loaders = self.new_loaders()
        self.kept: dict[str, Answering] = {}
        self._turns: dict[str, Turn] = {}
        self._reached: dict[Capability, frozenset[Reached]] = {}

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.spec.name

    @property
    def deadline_seconds(self) -> float:
        """How long one port call may take in all."""
        return self.spec.limits.deadline_ms / 1000

    def port(self, kind: type[_P]) -> _P | None:
        """The connector as one of its ports, or None when it has no such ability."""
        return self.connector if isinstance(self.connector, kind) else None

    def channels(self, capability: Capability) -> tuple[str, ...]:
        """Channels that this connector answers for, sorted."""
        return tuple(sorted(set(self.spec.channels.get(capability, {}).values())))

    def reached(self, capability: Capability) -> frozenset[Reached]:
        """What whoever asks its system for a capability depends on."""
        found = self._reached.get(capability)
        if found is None:
            channels = self.channels(capability)
            found = frozenset((self.name, one, capability, Side.LEGACY) for one in channels)
            self._reached[capability] = found
        return found

    @property
    def shares(self) -> bool:
        """Whether one call may carry keys of several requests."""
        one = self.connector is not None and self.connector.one_credential
        return one and self.spec.limits.share_batches

    @property
    def age_ms(self) -> int | None:
        """How old its rows are where they are the platform's copy; None for those of its system."""
        return self.connector.age_ms if isinstance(self.connector, Connector) else None

    def loaded(self, value: Any, latency_ms: int) -> Loaded:
        """An answer of the platform's copy, as old as it is."""
        return Loaded(value, latency_ms, self.age_ms or 0)

    def turn(self, port: str) -> Turn:
        """How many keys one question of a port should carry."""
        turn = self._turns.get(port)
        if turn is None:
            turn = Turn(1, 1) if self.connector is None else self.connector.turn(port)
            self._turns[port] = turn
        return turn

    def new_loaders(self) -> Loaders:
        """Loaders that put their questions to this connector."""
        places, seconds = self.spec.limits.max_concurrent, self.deadline_seconds
        return Loaders(self.name, self._put, places=places, seconds=seconds)

    async def _put(self, ask: Ask, keys: Sequence[Any]) -> Sequence[Any]:
        answers, _ = await self.call(lambda: ask(keys))
        return answers

    async def call(
        self, ask: Callable[[], Awaitable[_T]], deadline_seconds: float | None = None
    ) -> tuple[_T, int]:
        """Ask a port within the deadline; the answer and its latency in ms.

        The connector keeps its own deadline, and reports it as such; ours is the net behind it.
        """
        net = self.deadline_seconds * _NET
        seconds = net if deadline_seconds is None else min(net, deadline_seconds)
        return await call_port(self.spec, self.figures, ask, deadline_seconds=seconds)

    def state(self) -> ConnectorState:
        """The connector as the graph shows it."""
        figures = self.figures
        abilities = self.connector.abilities if self.connector is not None else frozenset()
        return ConnectorState(
            name=self.name,
            system=self.spec.system,
            health=self.health,
            capabilities=tuple(sorted(capability.value for capability in self.spec.channels)),
            channels=tuple(
                sorted({c for table in self.spec.channels.values() for c in table.values()})
            ),
            ports=tuple(sorted(port.__name__ for port in abilities)),
            calls=figures.calls,
            errors=figures.errors,
            in_flight=figures.in_flight,
            breaker=BreakerState.CLOSED if self.upstream is None else self.upstream.breaker.state,
            **structs.asdict(figures.recent()),
            last_error=self.broken or figures.last_error,
            last_latency_ms=figures.last_latency_ms,
            origin=self.spec.origin,
            state=ConnectorStanding.PAUSED if self.spec.paused else ConnectorStanding.IN_FORCE,
        )

    @property
    def upstream(self) -> Upstream | None:
        """What its calls pass through; None where none are made."""
        return self.connector.upstream if isinstance(self.connector, Connector) else None

    @property
    def is_broken(self) -> bool:
        """Whether it should have been opened and could not be."""
        return self.connector is None and not self.spec.paused

    @property
    def health(self) -> ConnectorHealth:
        """How it fares right now."""
        if self.spec.paused:
            return ConnectorHealth.PAUSED
        latched = self.upstream is not None and self.upstream.latch.latched
        broken = self.connector is None or latched
        return ConnectorHealth.BROKEN if broken else self.figures.health


def broken(connection: Connection) -> ChannelError:
    """The error of a connector that could not be opened, or that an administrator paused."""
    if connection.spec.paused:
        message = "the connector is paused"
        return ChannelError(message, source=connection.name, code="CONNECTOR_PAUSED")
    return ChannelError("the connector is broken", source=connection.name, code="CONNECTOR_BROKEN")


class Estate:
    """Channels, connections and routes of one version; never changed once made."""

    def __init__(
        self,
        plan: EstatePlan,
        connections: tuple[Connection, ...],
        assembled: Assembled | None = None,
    ) -> None:
        self.assembled = assembled or Assembled(base=plan, plan=plan)
        self.brand = plan.brand
        self.zone = ZoneInfo(plan.time_zone)
        self.channels = {channel.code: channel for channel in plan.channels}
        self.connections = connections
        self.version = estate_version(plan)
        self._routes: dict[tuple[Capability, str], Connection] = {
            (capability, channel): connection
            for connection in connections
            for capability in connection.spec.channels
            for channel in connection.channels(capability)
        }
        self.extensions = merged_types(
            {one.name: one.connector.native_types for one in connections if one.connector}
        )
        self._by_name = {connection.name: connection for connection in connections}
        self._answering = {
            capability: tuple(
                (connection, channels)
                for connection in connections
                if (channels := connection.channels(capability))
            )
            for capability in Capability
        }

    def channel(self, code: str) -> Channel | None:
        """A channel by its code."""
        return self.channels.get(code)

    def route(self, capability: Capability, channel: str) -> Connection | None:
        """The one connection that answers a capability for a channel."""
        return self._routes.get((capability, channel))

    def connection(self, name: str) -> Connection | None:
        """A connection by its connector's name."""
        return self._by_name.get(name)

    def states(self) -> Sequence[ConnectorState]:
        """Every connector as the graph shows it, and the definitions that were refused."""
        definitions, refused = self.assembled.definitions, dict(self.assembled.refused)
        found = [_told(one.state(), definitions.get(one.name), refused) for one in self.connections]
        return [*found, *map(_refused, refused.values())]

    @property
    def upstreams(self) -> Sequence[Upstream]:
        """What the calls of the connectors in force pass through."""
        return [one.upstream for one in self.connections if one.upstream is not None]

    @property
    def connectors(self) -> Sequence[Connector]:
        """The connectors in force."""
        return [one.connector for one in self.connections if one.connector is not None]

    def answering(self, capability: Capability) -> Sequence[tuple[Connection, tuple[str, ...]]]:
        """Connections that answer a capability, with their channels."""
        return self._answering[capability]


def _told(
    state: ConnectorState, definition: Definition | None, refused: dict[str, Refusal]
) -> ConnectorState:
    """A state with who wrote it and when, and whether something newer was refused."""
    if definition is None:
        return state
    entry, newer = definition.entry, refused.pop(definition.entry.place, None)
    return structs.replace(
        state,
        author=entry.author,
        changed_at=entry.changed_at,
        refused=newer and newer.reason,
    )


def _refused(refusal: Refusal) -> ConnectorState:
    entry = refusal.entry
    return ConnectorState(
        name=entry.name,
        system="",
        health=ConnectorHealth.BROKEN,
        last_error=refusal.reason,
        origin=entry.origin,
        state=ConnectorStanding.REFUSED,
        refused=refusal.reason,
        author=entry.author,
        changed_at=entry.changed_at,
    )


def estate_version(plan: EstatePlan) -> str:
    """Eight characters that change with channels and routes, not with a connector's name."""
    routes = sorted(
        (capability.value, channel, spec.system)
        for spec in plan.connectors
        for capability, table in spec.channels.items()
        for channel in set(table.values())
    )
    codes = sorted(channel.code for channel in plan.channels)
    return sha256(msgspec.json.encode([plan.brand, codes, routes])).hexdigest()[:8]
