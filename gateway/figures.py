"""Figures with labels of closed sets, each of whose children is made once."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram


class Bound(dict[tuple[str, ...], Any]):
    """A metric's children by their labels, each made once: finding one costs more than counting."""

    def __init__(self, metric: Counter | Histogram) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> Any:
        child = self[labels] = self._metric.labels(*labels)
        return child


def counter(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Bound:
    """A counter of a registry."""
    return Bound(Counter(name, says, labels, registry=registry))


def histogram(
    registry: CollectorRegistry, name: str, says: str, buckets: Sequence[float], *labels: str
) -> Bound:
    """A histogram of a registry."""
    return Bound(Histogram(name, says, labels, buckets=buckets, registry=registry))
