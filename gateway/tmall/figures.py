"""Tmall's calls in figures."""

from prometheus_client import CollectorRegistry

from gateway.figures import counter
from gateway.tmall.answers import METHODS


class TmallFigures:
    """How many calls came to what."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tmall_calls = counter(
            registry,
            "santong_tmall_calls",
            "Calls of Tmall's: the code that each was answered with, or a refusal's.",
            "door",
            "method",
            "outcome",
        )

    def tmall_called(self, door: str, method: str, outcome: str) -> None:
        """One was answered; `door` is empty where there is none of that name."""
        known = method if method in METHODS else ""
        self._tmall_calls[door, known, outcome].inc()
