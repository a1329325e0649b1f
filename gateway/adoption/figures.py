"""Comparisons in figures: what became of pairs, and what was not compared and why."""

from prometheus_client import CollectorRegistry

from capabilities.adoption.difference import DiffClass
from capabilities.adoption.states import AdoptionState
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

        self._demoted = counter(
            registry,
            "santong_adoption_demotions",
            "Pairs that this process sent down by itself, by where to.",
            *pair,
            "state",
        )

    def compared(self, channel: str, capability: Capability, klass: DiffClass) -> None:
        """A pair is settled."""
        self._comparisons[channel, capability.value, klass.value].inc()

    def demoted(self, channel: str, capability: Capability, to: AdoptionState) -> None:
        """This process sent a pair down."""
        self._demoted[channel, capability.value, to.value].inc()

    def dropped(self, channel: str, capability: Capability, reason: str, count: int) -> None:
        """Keys are not compared: `full`, `late`, `unanswered`, or a `defect` of ours."""
        self._dropped[channel, capability.value, reason].inc(count)
