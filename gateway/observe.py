"""Figures of the gateway and its connectors, for Prometheus; labels are bound to closed sets."""

from collections.abc import Callable
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Legacy systems answer in tens of milliseconds to seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# From what needs no system to the longest deadline that is usual.
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BATCH = (1, 2, 5, 10, 20, 50, 100)


class _Known(Protocol):
    hits: int
    misses: int


class Metrics:
    """One registry of one application; also the observer that connectors report to."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("connector", "port")
        self._calls = Counter(
            "santong_connector_calls",
            "Port calls of a connector by outcome: OK or the error's code.",
            (*labels, "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "santong_connector_seconds",
            "Duration of a port call.",
            labels,
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._batch = Histogram(
            "santong_connector_batch_keys",
            "Keys of a port call.",
            labels,
            buckets=_BATCH,
            registry=self.registry,
        )
        self._unknown = Counter(
            "santong_connector_unknown_values",
            "Values that no table knows, mapped to UNKNOWN.",
            ("connector", "field"),
            registry=self.registry,
        )
        self._requests = Counter(
            "santong_graphql_requests",
            "GraphQL requests by HTTP status.",
            ("status",),
            registry=self.registry,
        )
        self._whole = Histogram(
            "santong_graphql_seconds",
            "Duration of a GraphQL request, from its headers to its answer.",
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._runs = Counter(
            "santong_plan_runs",
            "Answers by engine (plan, replay, graphql-core) and why it was not the plan.",
            ("engine", "reason"),
            registry=self.registry,
        )
        self._ran: dict[tuple[str, str], Callable[[], None]] = {}
        self._answered: dict[int, Callable[[], None]] = {}
        self._documents = Gauge(
            "santong_document_cache_hit_ratio",
            "Share of requests whose document was known.",
            registry=self.registry,
        )

    def follow(self, documents: _Known) -> None:
        """Read a document cache's counters whenever the figures are asked for."""

        def share() -> float:
            asked = documents.hits + documents.misses
            return documents.hits / asked if asked else 0.0

        self._documents.set_function(share)

    def called(self, connector: str, port: str, outcome: str, seconds: float, batch: int) -> None:
        """A port was asked."""
        self._calls.labels(connector, port, outcome).inc()
        self._seconds.labels(connector, port).observe(seconds)
        self._batch.labels(connector, port).observe(batch)

    def unknown(self, connector: str, field: str, raw: str) -> None:
        """A value became UNKNOWN; the value itself is no label, it could be anything."""
        del raw
        self._unknown.labels(connector, field).inc()

    def ran(self, engine: str, reason: str) -> None:
        """An operation was answered, by whom, and why not by its plan."""
        count = self._ran.get((engine, reason))
        if count is None:
            count = self._ran[engine, reason] = self._runs.labels(engine, reason).inc
        count()

    def answered(self, status: int, seconds: float) -> None:
        """A GraphQL request was answered."""
        count = self._answered.get(status)
        if count is None:
            count = self._answered[status] = self._requests.labels(str(status)).inc
        count()
        self._whole.observe(seconds)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)
