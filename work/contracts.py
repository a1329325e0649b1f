"""The contract by the clock: systems whose channels are adopted are examined again and again.

Each is asked inside its load agreement, behind everybody else; what comes of it is evidence.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from capabilities.adoption.bounds import GateTable
from capabilities.adoption.contract_check import contract_check, is_checked
from capabilities.adoption.evidence import Evidence, Known
from capabilities.adoption.standing import Standing
from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorSpec
from connectors._kit import Observer
from connectors.connector import Connector
from connectors.doctor import Hearing, examine, proved
from store.adoption.evidence import EvidenceRows
from store.adoption.followed import Adoption
from store.owned import Owned

_log = structlog.get_logger("work")
CONTRACTS = "* * * * *"
_AUTHOR = "system:contract"
_ROWS = 50
_AT_ONCE = 2
# A system that did not answer is not hurried.
_AGAIN = timedelta(minutes=10)
# An examination waits for room in the agreement before each of its calls.
_LONGEST_SECONDS = 900.0


class Opened(Protocol):
    """Opens a connector for one examination; the observer hears its calls."""

    def __call__(
        self, spec: ConnectorSpec, observer: Observer | None = ...
    ) -> AbstractAsyncContextManager[Connector]:
        """The connector, closed behind the block."""


class ContractChecks:
    """Examines the connectors of adopted channels; `table` says how often."""

    def __init__(
        self,
        owned: Owned,
        adoption: Adoption,
        connectors: Callable[[], Iterable[ConnectorSpec]],
        opened: Opened,
        table: GateTable,
    ) -> None:
        self._owned = owned
        self._adoption = adoption
        self._connectors = connectors
        self._opened = opened
        self._table = table
        self._evidence = EvidenceRows(owned.store, owned.brand)
        self._tried: dict[str, datetime] = {}

    async def run(self) -> None:
        """Examine whatever is due; one that fails holds up no other."""
        due = await self.due()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(spec: ConnectorSpec) -> None:
            async with turns:
                await self._check(spec)

        done = await asyncio.gather(*(one(spec) for spec in due), return_exceptions=True)
        for defect in filter(None, done):
            raise defect

    async def due(self) -> Sequence[ConnectorSpec]:
        """The connectors whose time has come."""
        if not any(is_checked(one) for one in self._adoption.current.standings.values()):
            return ()
        known, now = await self._evidence.all(), self._owned.now()
        return [spec for spec in self._connectors() if self._is_due(spec, known, now)]

    def _is_due(
        self, spec: ConnectorSpec, known: Mapping[tuple[Capability, str], Known], now: datetime
    ) -> bool:
        tried = self._tried.get(spec.name)
        if spec.paused or (tried is not None and now - tried < _AGAIN):
            return False
        return any(
            (due := self._next(one, known, now)) is not None and due <= now
            for one in self._pairs(spec)
        )

    def _next(
        self, one: Standing, known: Mapping[tuple[Capability, str], Known], now: datetime
    ) -> datetime | None:
        bounds = self._table.of(one.channel, one.capability)
        found = known.get((one.capability, one.channel), {})
        return contract_check(one, found, bounds, now).next_at

    def _pairs(self, spec: ConnectorSpec) -> Iterable[Standing]:
        for capability in spec.channels:
            for channel in spec.codes(capability):
                yield self._adoption.of(capability, channel)

    async def _check(self, spec: ConnectorSpec) -> None:
        self._tried[spec.name] = self._owned.now()
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                found = await self._proved(spec)
                if any(one.value == 0 for one in found.values()):
                    # what only happened to be so is not so again
                    found = await self._proved(spec)
            await self._keep(spec, found)
        except (SantongError, TimeoutError) as exc:
            reason = getattr(exc, "message", "it took too long")
            _log.warning("contract not checked", connector=spec.name, reason=reason)

    async def _proved(self, spec: ConnectorSpec) -> Mapping[Capability, Evidence]:
        hearing = Hearing()
        async with self._opened(spec, hearing) as connector:
            report = await examine(connector, hearing, _ROWS)
            return proved(connector, report, self._owned.now(), _AUTHOR, "contract check")

    async def _keep(self, spec: ConnectorSpec, found: Mapping[Capability, Evidence]) -> None:
        for capability, one in found.items():
            for channel in sorted(spec.codes(capability)):
                await self._evidence.keep(channel, capability, one)
            kind, tell = capability.value, _log.info if one.value else _log.error
            tell("contract checked", connector=spec.name, kind=kind, found=one.query)
        for capability in spec.channels.keys() - found.keys():
            _log.warning("contract not checked", connector=spec.name, kind=capability.value)
