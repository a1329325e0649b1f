"""Figures of the gateway and its connectors, for Prometheus; labels are bound to closed sets."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

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
from gateway.request_figures import RequestFigures
from gateway.rest.figures import ResourceFigures
from gateway.tmall.figures import TmallFigures

# Legacy systems answer in tens of milliseconds to seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BATCH = (1, 2, 5, 10, 20, 50, 100)


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
    RequestFigures,
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
        RequestFigures.__init__(self, self.registry)
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
        self.look_ups_beyond = counter(
            self.registry,
            "santong_lookups_beyond_budget",
            "Look-ups of people beyond a budget: REFUSED for want of a reason, or ANSWERED.",
            "role",
            "budget",
            "outcome",
        )
        self._changes_age = Gauge(
            "santong_changes_age_seconds",
            "How long ago this process looked for changes to tell.",
            registry=self.registry,
        )

    def follow_cache(self, cache: EntityCache) -> None:
        """Read the cache's counters whenever the figures are asked for: counting costs nothing."""
        self._cache.follow(cache)

    def follow_upstreams(self, upstreams: Callable[[], Sequence[Upstream]]) -> None:
        """Read the connectors' own counters whenever the figures are asked for."""
        self._upstream.follow(upstreams)

    def follow_changes(self, age_seconds: Callable[[], float]) -> None:
        """Read how long ago the outbox was looked at whenever the figures are asked for."""
        self._changes_age.set_function(age_seconds)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        self._cache.read()
        self._upstream.read()
        return generate_latest(self.registry)
