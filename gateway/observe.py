"""Figures of the gateway and its connectors, for Prometheus; labels are bound to closed sets."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from msgspec.structs import asdict
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cache import EntityCache
from capabilities.load import Agreed
from connectors.connector import Upstream

# Legacy systems answer in tens of milliseconds to seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# From what needs no system to the longest deadline that is usual.
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BATCH = (1, 2, 5, 10, 20, 50, 100)


class _Known(Protocol):
    @property
    def hits(self) -> int: ...

    @property
    def misses(self) -> int: ...


class _Bound(dict[tuple[str, ...], Any]):
    """A metric's children by their labels, each made once: finding one costs more than counting."""

    def __init__(self, metric: Counter | Histogram) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> Any:
        child = self[labels] = self._metric.labels(*labels)
        return child


def _counter(registry: CollectorRegistry, name: str, says: str, *labels: str) -> _Bound:
    return _Bound(Counter(name, says, labels, registry=registry))


def _histogram(
    registry: CollectorRegistry, name: str, says: str, buckets: Sequence[float], *labels: str
) -> _Bound:
    return _Bound(Histogram(name, says, labels, buckets=buckets, registry=registry))


class _CallFigures:
    """The observer that connectors report to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("connector", "port")
        self._calls = _counter(
            registry,
            "santong_connector_calls",
            "Port calls of a connector by outcome: OK or the error's code.",
            *labels,
            "outcome",
        )
        self._seconds = _histogram(
            registry, "santong_connector_seconds", "Duration of a port call.", _SECONDS, *labels
        )
        self._batch = _histogram(
            registry, "santong_connector_batch_keys", "Keys of a port call.", _BATCH, *labels
        )
        self._unknown = _counter(
            registry,
            "santong_connector_unknown_values",
            "Values that no table knows, mapped to UNKNOWN.",
            "connector",
            "field",
        )

    def called(self, connector: str, port: str, outcome: str, seconds: float, batch: int) -> None:
        """A port was asked."""
        self._calls[connector, port, outcome].inc()
        self._seconds[connector, port].observe(seconds)
        self._batch[connector, port].observe(batch)

    def unknown(self, connector: str, field: str, raw: str) -> None:
        """A value became UNKNOWN; the value itself is no label, it could be anything."""
        del raw
        self._unknown[connector, field].inc()


class _CacheFigures:
    """Reads the cache's own counters whenever the figures are asked for: counting costs nothing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._kept = _counter(
            registry,
            "santong_cache_answers",
            "Answers by where they came from, as the cache counts them.",
            "connector",
            "capability",
            "outcome",
        )
        self._redis = _counter(
            registry,
            "santong_redis_misses",
            "Calls to Redis that failed, or were not tried while it was away.",
            "outcome",
        )
        self._cache: EntityCache | None = None
        self._told: dict[tuple[str, ...], int] = {}

    def follow(self, cache: EntityCache) -> None:
        """Whose counters are read."""
        self._cache, self._told = cache, {}

    def read(self) -> None:
        """Bring the figures up to the counters."""
        if self._cache is None:
            return
        for (connector, capability), counts in self._cache.counts.items():
            for outcome, count in asdict(counts).items():
                self._grown(self._kept, (connector, capability.value, outcome.upper()), count)
        self._grown(self._redis, ("FAULT",), self._cache.near.faults)
        self._grown(self._redis, ("SKIPPED",), self._cache.near.skipped)

    def _grown(self, metric: _Bound, labels: tuple[str, ...], count: int) -> None:
        metric[labels].inc(count - self._told.get(labels, 0))
        self._told[labels] = count


class _UpstreamFigures:
    """Reads what connectors count themselves on their way to their systems."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = _counter(
            registry,
            "santong_connector_upstream_calls",
            "Calls that a system got, by what they were made for.",
            "connector",
            "cause",
        )
        self._opened = _counter(
            registry,
            "santong_connector_circuit_opened",
            "How often a system failed so often that it was left alone.",
            "connector",
        )
        self._states = Gauge(
            "santong_connector_circuit",
            "1 for the state of a connector's circuit.",
            ("connector", "state"),
            registry=registry,
        )
        self._latched = Gauge(
            "santong_connector_logon_latched",
            "1 where a logon failed and nobody resumed the connector.",
            ("connector",),
            registry=registry,
        )
        self._in_flight = Gauge(
            "santong_connector_in_flight",
            "Calls to a system that run or wait.",
            ("connector",),
            registry=registry,
        )
        self._agreed = Gauge(
            "santong_connector_load_share",
            "What this process may ask of a system now, of the agreement with its owner.",
            ("connector", "of"),
            registry=registry,
        )
        self._upstreams: Callable[[], Sequence[Upstream]] = tuple
        self._told: WeakKeyDictionary[Upstream, dict[str, int]] = WeakKeyDictionary()

    def follow(self, upstreams: Callable[[], Sequence[Upstream]]) -> None:
        """Whose counters are read; those of connectors that are in force."""
        self._upstreams = upstreams

    def read(self) -> None:
        """Bring the figures up to the counters."""
        for gauge in (self._states, self._latched, self._in_flight, self._agreed):
            gauge.clear()
        for one in self._upstreams():
            for cause, count in one.calls.items():
                self._grown(one, self._calls, cause.value, count)
            self._grown(one, self._opened, None, one.breaker.opened)
            self._states.labels(one.source, one.breaker.state.value).set(1)
            self._latched.labels(one.source).set(one.latch.latched)
            self._in_flight.labels(one.source).set(one.gate.inside)
            limit = Agreed() if one.allowance is None else one.allowance.limit
            for of, number in (("second", limit.per_second), ("at_once", limit.at_once)):
                if number is not None:
                    self._agreed.labels(one.source, of).set(number)

    def _grown(self, of: Upstream, metric: _Bound, label: str | None, count: int) -> None:
        told = self._told.setdefault(of, {})
        more = count - told.get(label or "", 0)
        if more:
            metric[(of.source,) if label is None else (of.source, label)].inc(more)
            told[label or ""] = count


class Metrics(_CallFigures):
    """One registry of one application; also the observer that connectors report to."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        super().__init__(self.registry)
        self._cache = _CacheFigures(self.registry)
        self._upstream = _UpstreamFigures(self.registry)
        self._requests = _counter(
            self.registry, "santong_graphql_requests", "GraphQL requests by HTTP status.", "status"
        )
        self._whole = Histogram(
            "santong_graphql_seconds",
            "Duration of a GraphQL request, from its headers to its answer.",
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._runs = _counter(
            self.registry,
            "santong_plan_runs",
            "Answers by engine (plan, replay, graphql-core) and why it was not the plan.",
            "engine",
            "reason",
        )
        self._operations = _counter(
            self.registry,
            "santong_operations_asked",
            "GraphQL requests by how their operation was named: TEXT, ID or a refusal's code.",
            "how",
        )
        self._batches = _counter(
            self.registry,
            "santong_inbox_batches",
            "Batches that senders pushed: taken, again or a refusal's code.",
            "connector",
            "outcome",
        )
        self._rows = _counter(
            self.registry,
            "santong_inbox_rows",
            "Rows of pushed batches: accepted or quarantined.",
            "connector",
            "outcome",
        )
        self._silent = Gauge(
            "santong_inbox_silent_senders",
            "Senders that may push and did not for a day.",
            ("connector",),
            registry=self.registry,
        )
        self._documents = Gauge(
            "santong_document_cache_hit_ratio",
            "Share of requests whose document was known.",
            registry=self.registry,
        )

    def received(self, connector: str, outcome: str, accepted: int, quarantined: int) -> None:
        """A batch came; `connector` is empty where nobody proved to be its sender."""
        self._batches[connector, outcome].inc()
        self._rows[connector, "accepted"].inc(accepted)
        self._rows[connector, "quarantined"].inc(quarantined)

    def silent(self, connector: str, senders: int) -> None:
        """So many senders of a connector are silent now."""
        self._silent.labels(connector).set(senders)

    def follow(self, documents: _Known) -> None:
        """Read a document cache's counters whenever the figures are asked for."""

        def share() -> float:
            asked = documents.hits + documents.misses
            return documents.hits / asked if asked else 0.0

        self._documents.set_function(share)

    def follow_cache(self, cache: EntityCache) -> None:
        """Read the cache's counters whenever the figures are asked for: counting costs nothing."""
        self._cache.follow(cache)

    def follow_upstreams(self, upstreams: Callable[[], Sequence[Upstream]]) -> None:
        """Read the connectors' own counters whenever the figures are asked for."""
        self._upstream.follow(upstreams)

    def ran(self, engine: str, reason: str) -> None:
        """An operation was answered, by whom, and why not by its plan."""
        self._runs[engine, reason].inc()

    def asked(self, how: str) -> None:
        """An operation was named by its text or its sha256, or refused with a code."""
        self._operations[(how,)].inc()

    def answered(self, status: int, seconds: float) -> None:
        """A GraphQL request was answered."""
        self._requests[(str(status),)].inc()
        self._whole.observe(seconds)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        self._cache.read()
        self._upstream.read()
        return generate_latest(self.registry)
