"""Comparisons in figures: what became of pairs, and what was not compared and why."""

from prometheus_client import CollectorRegistry

from capabilities.adoption.difference import DiffClass
from capabilities.estate import Capability
from gateway.figures import counter


class AdoptionFigures:
    """Counters of the shadow of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        pair = ("channel", "capability")
        self._comparisons = counter(
            registry,
            "santong_adoption_comparisons",
            "Pairs of answers by what became of them.",
            *pair,
            "class",
        )
        self._dropped = counter(
            registry,
            "santong_adoption_shadow_dropped",
            "Keys that were to be compared and were not.",
            *pair,
            "reason",
        )

    def compared(self, channel: str, capability: Capability, klass: DiffClass) -> None:
        """A pair is settled."""
        self._comparisons[channel, capability.value, klass.value].inc()

    def dropped(self, channel: str, capability: Capability, reason: str, count: int) -> None:
        """Keys are not compared: `full`, `late`, `unanswered`, or a `defect` of ours."""
        self._dropped[channel, capability.value, reason].inc(count)
