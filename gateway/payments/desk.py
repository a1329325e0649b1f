"""The payment desk of one process: confirmations that arrive together take effect together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from capabilities.errors import SantongError
from capabilities.order.payments import Confirmation, Confirmed, Contradicted
from gateway.payments.figures import PaymentFigures
from gateway.payments.provider import PaymentRefused, Provider, Told
from gateway.together import Together
from store.order.payments import Payments

_Answer = Confirmed | Contradicted


class PaymentDesk:
    """Takes confirmations of the providers of one brand."""

    def __init__(
        self,
        payments: Payments,
        providers: Sequence[Provider],
        now: Callable[[], datetime],
        figures: PaymentFigures,
    ) -> None:
        self._providers: Mapping[str, Provider] = {one.name: one for one in providers}
        self._now = now
        self._figures = figures

        async def confirmed(some: Sequence[Confirmation]) -> Sequence[_Answer]:
            return await payments.confirm(some, now())

        self._together: Together[Confirmation, _Answer] = Together(confirmed, payments.stands)

    async def receive(self, name: str, told: Told) -> bytes:
        """The answer that a provider expects, once its word is kept; PaymentRefused, or 503."""
        provider = self._providers.get(name)
        try:
            if provider is None:  # nobody is told which providers there are
                message = "the signature is not this provider's"
                raise PaymentRefused(message, "PAYMENT_SIGNATURE", 401)
            heard = provider.hear(told, self._now())
            outcome = "OTHER" if heard is None else await self._confirmed(heard)
        except SantongError as exc:
            self._figures.confirmed("" if provider is None else name, exc.code)
            raise
        self._figures.confirmed(name, outcome)
        return provider.answer

    async def aclose(self) -> None:
        """Wait for what was begun."""
        await self._together.aclose()

    async def _confirmed(self, one: Confirmation) -> str:
        answer = await self._together.ask(one)
        if isinstance(answer, Contradicted):
            message = "another payment stands under this transaction"
            raise PaymentRefused(message, "PAYMENT_CONTRADICTED", 409)
        return "AGAIN" if answer.duplicate else answer.outcome.value
