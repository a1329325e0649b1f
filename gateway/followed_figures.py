"""Figures that cache and connectors count themselves, read whenever the page is asked for."""

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from msgspec.structs import asdict
from prometheus_client import CollectorRegistry, Gauge

from cache import EntityCache
from capabilities.load import Agreed
from connectors.connector import Upstream
from gateway.figures import Bound, counter


class CacheFigures:
    """Reads the cache's own counters whenever the figures are asked for: counting costs nothing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._kept = counter(
            registry,
            "santong_cache_answers",
            "Answers by where they came from, as the cache counts them.",
            "connector",
            "capability",
            "outcome",
        )
        self._redis = counter(
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

    def _grown(self, metric: Bound, labels: tuple[str, ...], count: int) -> None:
        metric[labels].inc(count - self._told.get(labels, 0))
        self._told[labels] = count


class UpstreamFigures:
    """Reads what connectors count themselves on their way to their systems."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = counter(
            registry,
            "santong_connector_upstream_calls",
            "Calls that a system got, by what they were made for.",
            "connector",
            "cause",
        )
        self._opened = counter(
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

    def _grown(self, of: Upstream, metric: Bound, label: str | None, count: int) -> None:
        told = self._told.setdefault(of, {})
        more = count - told.get(label or "", 0)
        if more:
            metric[(of.source,) if label is None else (of.source, label)].inc(more)
            told[label or ""] = count
