"""The estate in force: connectors opened, routes resolved, replaced as one reference."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from cache import Answering
from capabilities.errors import ChannelError, SantongError
from capabilities.estate import (
    Capability,
    Channel,
    ConnectorHealth,
    ConnectorSpec,
    ConnectorState,
)
from connectors.connector import Connector, Turn
from gateway.federation.call import Figures, call_port
from gateway.federation.estate_file import EstateFault, EstatePlan, read_estate
from gateway.federation.load import Ask
from gateway.federation.loader import Loaders

_P = TypeVar("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
# Calls under way on a replaced connector end within their deadline; then it is closed.
_DRAIN_SECONDS = 10.0
_RETRY_SECONDS = 30.0
_NET = 1.05

Opener = Callable[[ConnectorSpec, ZoneInfo], Awaitable[Connector]]


class Connection:
    """One connector in force, or the reason why it is not."""

    def __init__(
        self, spec: ConnectorSpec, connector: Connector | None, broken: str | None = None
    ) -> None:
        self.spec = spec
        self.connector = connector
        self.broken = broken
        self.figures = Figures()
        self.loaders = self.new_loaders()
        self.kept: dict[str, Answering] = {}
        self._turns: dict[str, Turn] = {}

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

    @property
    def shares(self) -> bool:
        """Whether one call may carry keys of several requests."""
        one = self.connector is not None and self.connector.one_credential
        return one and self.spec.limits.share_batches

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
            health=ConnectorHealth.BROKEN if self.connector is None else figures.health,
            capabilities=tuple(sorted(capability.value for capability in self.spec.channels)),
            channels=tuple(
                sorted({c for table in self.spec.channels.values() for c in table.values()})
            ),
            ports=tuple(sorted(port.__name__ for port in abilities)),
            calls=figures.calls,
            errors=figures.errors,
            in_flight=figures.in_flight,
            last_error=self.broken or figures.last_error,
            last_latency_ms=figures.last_latency_ms,
        )


def broken(connection: Connection) -> ChannelError:
    """The error of a connector that could not be opened."""
    return ChannelError("the connector is broken", source=connection.name, code="CONNECTOR_BROKEN")


class Estate:
    """Channels, connections and routes of one version; never changed once made."""

    def __init__(self, plan: EstatePlan, connections: tuple[Connection, ...]) -> None:
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

    def answering(self, capability: Capability) -> Sequence[tuple[Connection, tuple[str, ...]]]:
        """Connections that answer a capability, with their channels."""
        return self._answering[capability]


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


class LiveEstate:
    """The estate of a file, followed while it changes.

    A file that cannot be put in force is refused with its reason in the log, and the estate that
    was in force before keeps serving.
    """

    def __init__(self, path: Path, opener: Opener) -> None:
        self._path = path
        self._opener = opener
        self._stamp: tuple[int, int] | None = None
        self._retired: set[asyncio.Task[None]] = set()
        self.current: Estate = None  # type: ignore[assignment]  # set by `open`, before any request

    async def open(self) -> None:
        """Read the file and open every connector; a broken connector stops nothing."""
        self._stamp = self._mark()
        self.current = await self._build(read_estate(self._path), [])

    async def follow(self) -> None:
        """Put a changed file in force within a second, until cancelled; retry what is broken."""
        tried = time.monotonic()
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            stamp = self._mark()
            changed = stamp is not None and stamp != self._stamp
            broken_ones = any(one.connector is None for one in self.current.connections)
            if not changed and not (broken_ones and time.monotonic() - tried > _RETRY_SECONDS):
                continue
            self._stamp, tried = stamp, time.monotonic()
            try:
                await self.reload()
            except SantongError as exc:
                _log.error("estate refused", extra={"reason": exc.message})
            except Exception:  # noqa: BLE001 - whatever it was, the next change is followed
                _log.exception("estate refused")

    async def reload(self) -> None:
        """Put the file in force now; SantongError when it cannot be."""
        plan = read_estate(self._path)
        old = self.current
        living = [one for one in old.connections if one.connector is not None]
        new = await self._build(plan, living if old.zone.key == plan.time_zone else [])
        names = {one.name for one in living}
        lost = [one for one in new.connections if one.connector is None and one.name in names]
        if lost:
            await _close(one for one in new.connections if one not in living)
            raise EstateFault(
                f"{self._path}: {lost[0].name!r} worked and could not be opened anew: "
                f"{lost[0].broken}; the estate before it stays in force"
            )
        self.current = new
        for connection in living:
            if connection not in new.connections:
                task = asyncio.create_task(_retire(connection))
                self._retired.add(task)
                task.add_done_callback(self._retired.discard)
        _log.info("estate in force", extra={"version": new.version})

    async def aclose(self) -> None:
        """Close every connector."""
        for task in list(self._retired):
            task.cancel()
        await asyncio.gather(*self._retired, return_exceptions=True)
        await _close(self.current.connections if self.current else ())

    async def _build(self, plan: EstatePlan, keep: list[Connection]) -> Estate:
        zone = ZoneInfo(plan.time_zone)
        connections = [
            next((one for one in keep if one.spec == wanted), None)
            or await self._connect(wanted, zone)
            for wanted in plan.connectors
        ]
        return Estate(plan, tuple(connections))

    async def _connect(self, spec: ConnectorSpec, zone: ZoneInfo) -> Connection:
        try:
            return Connection(spec, await self._opener(spec, zone))
        except SantongError as exc:
            reason = f"{exc.code}: {exc.message}"
        except Exception:  # noqa: BLE001 - any fault of one system is only its own
            # A defect in one system's own code must not keep the others from starting.
            _log.exception("connector defect", extra={"connector": spec.name})
            reason = "CONNECTOR_DEFECT: the connector could not be opened"
        _log.error("connector broken", extra={"connector": spec.name, "reason": reason})
        return Connection(spec, None, reason)

    def _mark(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size


async def _close(connections: Iterable[Connection]) -> None:
    for connection in connections:
        if connection.connector is not None:
            await connection.connector.aclose()


async def _retire(connection: Connection) -> None:
    """Close a replaced connector when the requests that began with it are over."""
    try:
        await asyncio.sleep(max(_DRAIN_SECONDS, 2 * connection.deadline_seconds))
        while connection.figures.in_flight or connection.loaders:  # noqa: ASYNC110 - nobody waits for this
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await _close([connection])
