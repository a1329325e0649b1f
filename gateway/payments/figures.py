"""Confirmations of payments, in figures."""

from prometheus_client import CollectorRegistry

from gateway.figures import counter


class PaymentFigures:
    """How many came, and what they came to."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._confirmations = counter(
            registry,
            "santong_payment_confirmations",
            "Confirmations of payments: what each came to, AGAIN, OTHER, or a refusal's code.",
            "provider",
            "outcome",
        )

    def confirmed(self, provider: str, outcome: str) -> None:
        """One was answered; `provider` is empty where there is none of that name."""
        self._confirmations[provider, outcome].inc()
