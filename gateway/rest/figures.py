"""What resources answer, in figures."""

from prometheus_client import CollectorRegistry

from gateway.figures import counter, histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class ResourceFigures:
    """Requests to resources, by the names that their file gives them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = counter(
            registry,
            "santong_resource_requests",
            "Requests below `/api/` by resource and HTTP status; – is no resource.",
            "resource",
            "status",
        )
        self._resource_seconds = histogram(
            registry,
            "santong_resource_seconds",
            "Duration of a request below `/api/`, from its headers to its answer's end.",
            _SECONDS,
            "resource",
        )

    def published(self, resource: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._answers[resource, str(status)].inc()
        self._resource_seconds[(resource,)].observe(seconds)
