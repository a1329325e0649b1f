"""The estate, followed while the file, the folder and the registered definitions change."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from capabilities.errors import SantongError, StoreUnavailable
from capabilities.estate import ConnectorOrigin, ConnectorSpec
from connectors.connector import Connector
from gateway.federation.assembly import Assembled, assemble
from gateway.federation.definition import Definition, Entry
from gateway.federation.estate import Connection, Estate
from gateway.federation.estate_file import EstateFault, EstatePlan, read_estate

_log = logging.getLogger(__name__)
# Behind a poll of the versions, so that a change is in force everywhere within two seconds.
_POLL_SECONDS = 0.5
# Calls under way on a replaced connector end within their deadline; then it is closed.
_DRAIN_SECONDS = 10.0
_RETRY_SECONDS = 30.0

Opener = Callable[[ConnectorSpec, ZoneInfo], Awaitable[Connector]]


class Definitions(Protocol):
    """A place beside the estate file that definitions come from."""

    def mark(self) -> object | None:
        """What changes with them; None where that cannot be told at the moment."""

    async def read(self) -> Sequence[Entry]:
        """All of them, the earlier ones first; OSError or StoreUnavailable where they are away."""


class _Followed:
    """Definitions as they were read last, and how to tell that they have changed."""

    def __init__(self, source: Definitions) -> None:
        self.source = source
        self.entries: Sequence[Entry] = ()
        self._mark: object | None = None
        self._told = False

    def changed(self) -> bool:
        """Whether there is something else to read than the last time."""
        mark = self.source.mark()
        return mark is not None and mark != self._mark

    async def refresh(self) -> None:
        """Read them anew; while they are away the last ones stand, and are asked for again."""
        mark = self.source.mark()
        try:
            self.entries = await self.source.read()
        except (OSError, StoreUnavailable):
            return
        except Exception:  # noqa: BLE001 - such as a store that was not migrated: the last ones stand
            if not self._told:
                _log.exception("definitions cannot be read")
            self._told = True
            return
        self._mark, self._told = mark, False


class LiveEstate:
    """The estate of a file and of definitions beside it, followed while they change.

    A file that cannot be put in force is refused with its reason in the log, and the estate that
    was in force before keeps serving; a definition that cannot is refused by itself.
    """

    def __init__(self, path: Path, opener: Opener, sources: Sequence[Definitions] = ()) -> None:
        self._path = path
        self._opener = opener
        self._followed = [_Followed(one) for one in sources]
        self._stamp: tuple[int, int] | None = None
        self._good: Mapping[str, Definition] = {}
        self._retired: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        self.current: Estate = None  # type: ignore[assignment]  # set by `open`, before any request

    async def open(self) -> None:
        """Read the file and open every connector; a broken connector stops nothing."""
        self._stamp = self._mark()
        for one in self._followed:
            await one.refresh()
        base = read_estate(self._path)
        self._put(await self._build(base, [], frozenset()))

    async def attach(self, source: Definitions) -> None:
        """Take definitions of one place more, behind the others."""
        self._followed.append(one := _Followed(source))
        await one.refresh()
        try:
            await self.reload()
        except SantongError as exc:  # the file has changed meanwhile, and for the worse
            _log.error("estate refused", extra={"reason": exc.message})

    @property
    def on_this_machine(self) -> Sequence[Entry]:
        """The definitions of the operator's folder, as they were read last."""
        entries = [entry for one in self._followed for entry in one.entries]
        return [one for one in entries if one.origin is ConnectorOrigin.FOLDER]

    async def follow(self) -> None:
        """Put what changes in force within a second, until cancelled; retry what is broken."""
        tried = time.monotonic()
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            stamp = self._mark()
            changed = stamp is not None and stamp != self._stamp
            changed = changed or any(one.changed() for one in self._followed)
            broken = any(one.is_broken for one in self.current.connections)
            if not changed and not (broken and time.monotonic() - tried > _RETRY_SECONDS):
                continue
            self._stamp, tried = stamp, time.monotonic()
            try:
                await self.reload()
            except SantongError as exc:
                _log.error("estate refused", extra={"reason": exc.message})
            except Exception:  # noqa: BLE001 - whatever it was, the next change is followed
                _log.exception("estate refused")

    async def reload(self) -> None:
        """Put what is written now in force; SantongError when the file cannot be."""
        async with self._changing:
            for one in self._followed:
                if one.changed():
                    await one.refresh()
            base = await asyncio.to_thread(read_estate, self._path)
            old = self.current
            living = [one for one in old.connections if one.connector is not None]
            keep = living if old.zone.key == base.time_zone else []
            new = await self._build(base, keep, frozenset(one.name for one in living))
            self._put(new)
        _log.info("estate in force", extra={"version": new.version})

    def _put(self, new: Estate) -> None:
        """Put an estate in force, and close what it does without when its last calls are over."""
        old, self.current = self.current, new
        told = old.assembled.refused if old is not None else {}
        for place, refusal in new.assembled.refused.items():
            if told.get(place) != refusal:
                extra = {"definition": place, "reason": refusal.reason}
                _log.error("definition refused", extra=extra)
        self._good = _in_force(new, self._good)
        for connection in old.connections if old is not None else ():
            if connection.connector is not None and connection not in new.connections:
                connection.retired = True
                task = asyncio.create_task(_retire(connection))
                self._retired.add(task)
                task.add_done_callback(self._retired.discard)

    async def aclose(self) -> None:
        """Close every connector."""
        for task in list(self._retired):
            task.cancel()
        await asyncio.gather(*self._retired, return_exceptions=True)
        await _close(self.current.connections if self.current else ())

    async def _build(
        self, base: EstatePlan, living: list[Connection], names: frozenset[str]
    ) -> Estate:
        """The estate of all that fits and opens; a definition that no longer opens stays as it was.

        `names` are those of connectors that worked until now, `living` those that may stay.
        EstateFault where a connector of the estate file itself worked and does not open anew.
        """
        entries = [entry for one in self._followed for entry in one.entries]
        opened, banned = list(living), dict[str, str]()
        while True:
            assembled = await asyncio.to_thread(assemble, base, entries, self._good, banned)
            connections = await self._connections(assembled.plan, opened)
            lost = {one.name: one for one in connections if one.name in names and one.is_broken}
            opened += [one for one in connections if one not in opened]
            culprits = _culprits(assembled, lost, banned)
            if not culprits:
                break
            banned |= culprits
        await _close(one for one in opened if one not in connections and one not in living)
        ours = [one for name, one in lost.items() if name not in assembled.definitions]
        if ours:
            await _close(one for one in connections if one not in living)
            raise EstateFault(
                f"{self._path}: {ours[0].name!r} worked and could not be opened anew: "
                f"{ours[0].broken}; the estate before it stays in force"
            )
        return Estate(assembled.plan, connections, assembled)

    async def _connections(
        self, plan: EstatePlan, keep: Sequence[Connection]
    ) -> tuple[Connection, ...]:
        zone = ZoneInfo(plan.time_zone)
        return tuple(
            [
                next((one for one in keep if one.spec == wanted), None)
                or await self._connect(wanted, zone)
                for wanted in plan.connectors
            ]
        )

    async def _connect(self, spec: ConnectorSpec, zone: ZoneInfo) -> Connection:
        if spec.paused:
            return Connection(spec, None, "CONNECTOR_PAUSED: the connector is paused")
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


def _culprits(
    assembled: Assembled, lost: Mapping[str, Connection], banned: Mapping[str, str]
) -> dict[str, str]:
    """The places whose newest definitions broke what worked, and how."""
    return {
        definition.entry.place: f"it worked and could not be opened anew: {lost[name].broken}"
        for name, definition in assembled.definitions.items()
        if name in lost and definition.entry.place not in banned
    }


def _in_force(estate: Estate, before: Mapping[str, Definition]) -> Mapping[str, Definition]:
    """The definition of every place that works, or that worked last."""
    works = {one.name for one in estate.connections if not one.is_broken}
    places = {one.entry.place for one in estate.assembled.definitions.values()}
    stood = {place: one for place, one in before.items() if place in places}
    return stood | {
        one.entry.place: one for name, one in estate.assembled.definitions.items() if name in works
    }


async def _close(connections: Iterable[Connection]) -> None:
    for connection in connections:
        if connection.connector is not None:
            await connection.connector.aclose()


async def _retire(connection: Connection) -> None:
    """Close a replaced connector when the requests that began with it are over."""
    try:
        await asyncio.sleep(max(_DRAIN_SECONDS, 2 * connection.deadline_seconds))
        while connection.figures.in_flight or connection.loaders:  # noqa: ASYNC110 - nobody waits for this
            await asyncio.sleep(1.0)
    finally:
        await _close([connection])
