"""Comparisons in figures: what became of pairs, and what was not compared and why."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge

from capabilities.adoption.difference import DiffClass
from capabilities.adoption.standing import Standing
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

        self._states = Gauge(
            "santong_adoption_state",
            "1 for the state of a pair.",
            (*pair, "state"),
            registry=registry,
        )
        self._points = Gauge(
            "santong_adoption_points",
            "Basis points of people whom the platform answers, or whose writes it leads.",
            (*pair, "of"),
            registry=registry,
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

    def stand(self, standings: Iterable[Standing]) -> None:
        """How pairs stand that ever took a step, as far as this process knows."""
        self._states.clear()
        self._points.clear()
        for one in standings:
            pair = (one.channel, one.capability.value)
            self._states.labels(*pair, one.state.value).set(1)
            for of, points in (("read", one.read_points), ("write", one.write_points)):
                self._points.labels(*pair, of).set(points)

    def demoted(self, channel: str, capability: Capability, to: AdoptionState) -> None:
        """This process sent a pair down."""
        self._demoted[channel, capability.value, to.value].inc()

    def dropped(self, channel: str, capability: Capability, reason: str, count: int) -> None:
        """Keys are not compared: `full`, `late`, `unanswered`, `moved`, or a `defect`."""
        self._dropped[channel, capability.value, reason].inc(count)
