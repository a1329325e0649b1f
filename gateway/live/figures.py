"""Subscriptions in figures."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from gateway.figures import counter


class LiveFigures:
    """Who follows changes, how many were told, and why it ended."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge(
            "santong_subscriptions",
            "Subscriptions under way, by how they are told.",
            ("transport",),
            registry=registry,
        )
        self._told = Counter(
            "santong_changes_told", "Changes handed to subscribers.", registry=registry
        )
        self._ended = counter(
            registry,
            "santong_subscriptions_ended",
            "Subscriptions that did not begin or were ended here, by code.",
            "code",
        )
        self._closed = counter(
            registry, "santong_sockets_closed", "Sockets closed from here, by code.", "code"
        )

    @contextlib.contextmanager
    def subscription(self, transport: str) -> Iterator[None]:
        """One subscription, for as long as it is under way."""
        gauge = self._open.labels(transport)
        with gauge.track_inprogress():
            yield

    def changes_told(self, count: int) -> None:
        """So many changes were handed to subscribers."""
        if count:
            self._told.inc(count)

    def ended(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """A subscription is over for these errors."""
        code = errors[0]["extensions"]["code"] if errors else "NONE"
        self._ended[(code,)].inc()

    def closed(self, code: str) -> None:
        """A socket was closed from here."""
        self._closed[(code,)].inc()
