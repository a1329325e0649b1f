"""What senders push, in figures."""

from prometheus_client import CollectorRegistry, Gauge

from gateway.figures import counter


class InboxFigures:
    """Batches, rows and parts that came, and who is silent."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._batches = counter(
            registry,
            "santong_inbox_batches",
            "Batches that senders pushed: taken, again or a refusal's code.",
            "connector",
            "outcome",
        )
        self._rows = counter(
            registry,
            "santong_inbox_rows",
            "Rows of pushed batches: accepted or quarantined.",
            "connector",
            "outcome",
        )
        self._parts = counter(
            registry,
            "santong_inbox_parts",
            "Parts of files that senders pushed: part, whole, again or a refusal's code.",
            "connector",
            "outcome",
        )
        self._silent = Gauge(
            "santong_inbox_silent_senders",
            "Senders that may push and did not for a day.",
            ("connector",),
            registry=registry,
        )

    def received(self, connector: str, outcome: str, accepted: int, quarantined: int) -> None:
        """A batch came; `connector` is empty where nobody proved to be its sender."""
        self._batches[connector, outcome].inc()
        self._rows[connector, "accepted"].inc(accepted)
        self._rows[connector, "quarantined"].inc(quarantined)

    def part(self, connector: str, outcome: str) -> None:
        """A part of a file came."""
        self._parts[connector, outcome].inc()

    def silent(self, connector: str, senders: int) -> None:
        """So many senders of a connector are silent now."""
        self._silent.labels(connector).set(senders)
