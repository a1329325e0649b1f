"""Deliveries of webhooks in figures."""

import time

from prometheus_client import CollectorRegistry, Gauge

from gateway.figures import counter


class HookFigures:
    """How many came, what became of them, and when the last good one did."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._deliveries = counter(
            registry,
            "santong_hook_deliveries",
            "Deliveries of webhooks: taken, again, unknown_topic, ping or a refusal's code.",
            "connector",
            "outcome",
        )
        self._last = Gauge(
            "santong_hook_last_delivery_timestamp_seconds",
            "When this process took a delivery last.",
            ("connector",),
            registry=registry,
        )

    def delivered(self, connector: str, outcome: str) -> None:
        """A delivery came; `connector` is empty where there is none of that name."""
        self._deliveries[connector, outcome].inc()
        if outcome in ("taken", "again", "unknown_topic"):
            self._last.labels(connector).set(time.time())
