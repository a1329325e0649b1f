"""What flash sales answer, in figures."""

from prometheus_client import CollectorRegistry, Histogram

from gateway.figures import counter

# A sale must answer within a hundred milliseconds.
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class FlashFigures:
    """Orders, entries and polls of flash sales."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._orders = counter(
            registry,
            "santong_flash_orders",
            "Answers to orders of flash sales: the outcome, or a refusal's code.",
            "outcome",
        )
        self._order_seconds = Histogram(
            "santong_flash_order_seconds",
            "Duration of an order of a flash sale, from its headers to its answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._rooms = counter(
            registry,
            "santong_flash_room_answers",
            "Answers of waiting rooms: entered, polled, or a refusal's code.",
            "outcome",
        )

    def ordered(self, outcome: str, seconds: float) -> None:
        """An order was answered."""
        self._orders[(outcome,)].inc()
        self._order_seconds.observe(seconds)

    def waited(self, outcome: str) -> None:
        """Somebody entered a room, or asked for her turn."""
        self._rooms[(outcome,)].inc()
