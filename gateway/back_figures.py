"""The back door in figures: read from the store when the page is asked for, by any process."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge

from capabilities.errors import StoreUnavailable
from capabilities.syncing import STREAMS, Stream, SyncState
from store.operating.standing import Stands, Waiting

# Scrapers of several processes ask at once; the store is asked once for them here.
_FRESH_SECONDS = 10.0
_WORDS = {capability: word for word, capability in STREAMS.items()}


class _MakeGauge(Protocol):
    def __call__(self, name: str, says: str, *labels: str) -> Gauge:
        """A gauge of this process's registry."""


class BackFigures:
    """Gauges of what waits. While the store is away the last ones stand, and their age says so."""

    def __init__(
        self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._read_at: float | None = None

        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(name, says, labels, registry=registry)

        self._age = gauge("santong_back_read_age_seconds", "Since the back door was read here.")
        self._all = (
            *self._of_queues(gauge),
            *self._of_money(gauge),
            *self._of_adoption(gauge),
            *self._of_streams(gauge),
        )

    def _of_queues(self, gauge: "_MakeGauge") -> Sequence[Gauge]:
        self._events = gauge("santong_events_behind", "Events before a consumer.", "consumer")
        self._events_age = gauge(
            "santong_events_behind_seconds", "Age of the oldest event before it.", "consumer"
        )
        self._commands = gauge("santong_commands", "Commands that are not done.", "of", "state")
        self._commands_age = gauge(
            "santong_commands_oldest_seconds", "Age of the oldest of them.", "of", "state"
        )
        self._touches = gauge("santong_touches", "Touches on their way.", "state")
        self._silent = gauge(
            "santong_hook_silent", "1 for a connector that pushed and fell silent.", "connector"
        )
        commands = (self._commands, self._commands_age)
        return (self._events, self._events_age, *commands, self._touches, self._silent)

    def _of_money(self, gauge: "_MakeGauge") -> Sequence[Gauge]:
        self._payments = gauge("santong_payments_open", "Payments that wait for people.", "outcome")
        self._payments_age = gauge(
            "santong_payments_open_oldest_seconds", "Age of the oldest of them.", "outcome"
        )
        self._drift = gauge(
            "santong_points_drift", "Points reckoned above what is told.", "programme"
        )
        self._drifting = gauge(
            "santong_points_drifting_memberships", "Balances that differ.", "programme"
        )
        self._drift_age = gauge(
            "santong_points_drift_age_seconds", "Since that was measured.", "programme"
        )
        payments = (self._payments, self._payments_age)
        return (*payments, self._drift, self._drifting, self._drift_age)

    def _of_adoption(self, gauge: "_MakeGauge") -> Sequence[Gauge]:
        self._one_sided = gauge(
            "santong_adoption_writes_pending", "Writes that one side has.", "channel", "state"
        )
        self._one_sided_age = gauge(
            "santong_adoption_writes_pending_oldest_seconds", "Age of the oldest.", "channel"
        )
        pair = ("channel", "capability")
        self._contract = gauge(
            "santong_adoption_contract_kept", "1 where answers fit the contract.", *pair
        )
        self._contract_age = gauge(
            "santong_adoption_contract_age_seconds", "Since that was checked.", *pair
        )
        writes = (self._one_sided, self._one_sided_age)
        return (*writes, self._contract, self._contract_age)

    def _of_streams(self, gauge: "_MakeGauge") -> Sequence[Gauge]:
        stream = ("connector", "kind")
        self._states = gauge("santong_sync_state", "1 for the state of a stream.", *stream, "state")
        self._rows = gauge("santong_sync_rows", "Rows of the newest pass.", *stream, "outcome")
        self._rate = gauge("santong_sync_rows_per_second", "Rows a second of that pass.", *stream)
        self._ended = gauge(
            "santong_sync_last_success_seconds", "Since a pass came to its end.", *stream
        )
        return (self._states, self._rows, self._rate, self._ended)

    async def look(self, read: Callable[[], Awaitable[Stands]]) -> None:
        """Bring the figures up to the store, unless that was done a moment ago."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= _FRESH_SECONDS:
            try:
                stands = await read()
            except StoreUnavailable:
                pass  # the last figures stand
            else:
                self._read_at = now
                self._set(stands, datetime.now(UTC))
        if self._read_at is not None:
            self._age.set(self._clock() - self._read_at)

    def _set(self, stands: Stands, now: datetime) -> None:
        for one in self._all:
            one.clear()
        for waiting in stands.consumers:
            self._events.labels(waiting.of).set(waiting.count)
            self._events_age.labels(waiting.of).set(_age(waiting.oldest, now))
        self._set_commands(stands.commands, now)
        for waiting in stands.touches:
            self._touches.labels(waiting.state).set(waiting.count)
        for waiting in stands.payments:
            self._payments.labels(waiting.state).set(waiting.count)
            self._payments_age.labels(waiting.state).set(_age(waiting.oldest, now))
        for connector, silent in stands.silent.items():
            self._silent.labels(connector).set(silent)
        for stream in stands.streams:
            self._set_stream(stream, now)
        for drift in stands.drifts:
            self._drift.labels(drift.programme).set(drift.drift)
            self._drifting.labels(drift.programme).set(drift.memberships - drift.equal)
            self._drift_age.labels(drift.programme).set(_age(drift.measured_at, now))
        self._set_adoption(stands, now)

    def _set_adoption(self, stands: Stands, now: datetime) -> None:
        for left in stands.one_sided:
            for state, count in (("waiting", left.waiting), ("dead", left.dead)):
                self._one_sided.labels(left.channel, state).set(count)
            self._one_sided_age.labels(left.channel).set(_age(left.oldest, now))
        for one in stands.contracts:
            self._contract.labels(one.channel, one.capability).set(one.passed)
            self._contract_age.labels(one.channel, one.capability).set(_age(one.at, now))

    def _set_commands(self, commands: Iterable[Waiting], now: datetime) -> None:
        for waiting in commands:
            labels = (waiting.of, waiting.state)
            self._commands.labels(*labels).set(waiting.count)
            self._commands_age.labels(*labels).set(_age(waiting.oldest, now))

    def _set_stream(self, stream: Stream, now: datetime) -> None:
        labels = (stream.connector, _WORDS[stream.capability])
        for state in SyncState:
            self._states.labels(*labels, state.value).set(stream.state is state)
        counts = {"read": stream.read, "changed": stream.changed}
        counts |= {"gone": stream.removed, "unfit": stream.unfit}
        for outcome, count in counts.items():
            self._rows.labels(*labels, outcome).set(count)
        if stream.per_second is not None:
            self._rate.labels(*labels).set(stream.per_second)
        if stream.ended_at is not None:
            self._ended.labels(*labels).set(_age(stream.ended_at, now))


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
