"""Figures of the gateway and its connectors, for Prometheus; labels are bound to closed sets."""

from collections.abc import Callable, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from cache import EntityCache
from connectors.connector import Upstream
from gateway.adoption.figures import AdoptionFigures
from gateway.back_figures import BackFigures
from gateway.compat.figures import CompatFigures
from gateway.federation.adopted_figures import SwitchFigures
from gateway.figures import counter, histogram
from gateway.flash.figures import FlashFigures
from gateway.followed_figures import CacheFigures, UpstreamFigures
from gateway.hooks.figures import HookFigures
from gateway.inbox.figures import InboxFigures
from gateway.live.figures import LiveFigures
from gateway.payments.figures import PaymentFigures
from gateway.rest.figures import ResourceFigures
from gateway.tmall.figures import TmallFigures

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


class CallFigures:
    """The observer that connectors report to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("connector", "port")
        self._calls = counter(
            registry,
            "santong_connector_calls",
            "Port calls of a connector by outcome: OK or the error's code.",
            *labels,
            "outcome",
        )
        self._seconds = histogram(
            registry, "santong_connector_seconds", "Duration of a port call.", _SECONDS, *labels
        )
        self._batch = histogram(
            registry, "santong_connector_batch_keys", "Keys of a port call.", _BATCH, *labels
        )
        self._unknown = counter(
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


class Metrics(
    CallFigures,
    InboxFigures,
    FlashFigures,
    LiveFigures,
    HookFigures,
    PaymentFigures,
    CompatFigures,
    TmallFigures,
    ResourceFigures,
    SwitchFigures,
):
    """One registry of one application; also the observer that connectors report to."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        CallFigures.__init__(self, self.registry)
        InboxFigures.__init__(self, self.registry)
        FlashFigures.__init__(self, self.registry)
        self.back = BackFigures(self.registry)
        self.adoption = AdoptionFigures(self.registry)
        LiveFigures.__init__(self, self.registry)
        HookFigures.__init__(self, self.registry)
        PaymentFigures.__init__(self, self.registry)
        CompatFigures.__init__(self, self.registry)
        TmallFigures.__init__(self, self.registry)
        ResourceFigures.__init__(self, self.registry)
        SwitchFigures.__init__(self, self.registry)
        self._cache = CacheFigures(self.registry)
        self._upstream = UpstreamFigures(self.registry)
        self._requests = counter(
            self.registry, "santong_graphql_requests", "GraphQL requests by HTTP status.", "status"
        )
        self._whole = Histogram(
            "santong_graphql_seconds",
            "Duration of a GraphQL request, from its headers to its answer.",
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._runs = counter(
            self.registry,
            "santong_plan_runs",
            "Answers by engine (plan, replay, graphql-core) and why it was not the plan.",
            "engine",
            "reason",
        )
        self._operations = counter(
            self.registry,
            "santong_operations_asked",
            "GraphQL requests by how their operation was named: TEXT, ID or a refusal's code.",
            "how",
        )
        self.look_ups_beyond = counter(
            self.registry,
            "santong_lookups_beyond_budget",
            "Look-ups of people beyond a budget: REFUSED for want of a reason, or ANSWERED.",
            "role",
            "budget",
            "outcome",
        )
        self._documents = Gauge(
            "santong_document_cache_hit_ratio",
            "Share of requests whose document was known.",
            registry=self.registry,
        )

        self._changes_age = Gauge(
            "santong_changes_age_seconds",
            "How long ago this process looked for changes to tell.",
            registry=self.registry,
        )

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

    def follow_changes(self, age_seconds: Callable[[], float]) -> None:
        """Read how long ago the outbox was looked at whenever the figures are asked for."""
        self._changes_age.set_function(age_seconds)

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
