"""Figures of requests to the graph: how many, how long, by whom answered, how named."""

from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge, Histogram

from gateway.figures import counter

# From what needs no system to the longest deadline that is usual.
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _Known(Protocol):
    @property
    def hits(self) -> int: ...

    @property
    def misses(self) -> int: ...


class RequestFigures:
    """Counts the requests of an application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = counter(
            registry, "santong_graphql_requests", "GraphQL requests by HTTP status.", "status"
        )
        self._whole = Histogram(
            "santong_graphql_seconds",
            "Duration of a GraphQL request, from its headers to its answer.",
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._runs = counter(
            registry,
            "santong_plan_runs",
            "Answers by engine (plan, replay, graphql-core) and why it was not the plan.",
            "engine",
            "reason",
        )
        self._operations = counter(
            registry,
            "santong_operations_asked",
            "GraphQL requests by how their operation was named: TEXT, ID or a refusal's code.",
            "how",
        )
        self._documents = Gauge(
            "santong_document_cache_hit_ratio",
            "Share of requests whose document was known.",
            registry=registry,
        )

    def follow(self, documents: _Known) -> None:
        """Read a document cache's counters whenever the figures are asked for."""

        def share() -> float:
            asked = documents.hits + documents.misses
            return documents.hits / asked if asked else 0.0

        self._documents.set_function(share)

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
