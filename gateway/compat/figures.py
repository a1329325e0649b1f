"""The shop's wire in figures."""

from prometheus_client import CollectorRegistry

from gateway.compat.questions import RESOURCES
from gateway.figures import counter, histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class CompatFigures:
    """How many requests came to what, and who answered them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._compat_requests = counter(
            registry,
            "santong_compat_requests",
            "Requests in a shop's own wire by who answered: LEGACY, PLATFORM, BOTH or NONE.",
            "resource",
            "side",
            "status",
        )
        self._compat_seconds = histogram(
            registry,
            "santong_compat_seconds",
            "Duration of a request in a shop's own wire.",
            _SECONDS,
            "resource",
        )

    def compat_answered(self, resource: str, side: str, status: int, seconds: float) -> None:
        """A request was answered; what is no resource counts under an empty one."""
        named = resource if resource in RESOURCES else ""
        self._compat_requests[named, side, str(status)].inc()
        self._compat_seconds[(named,)].observe(seconds)
