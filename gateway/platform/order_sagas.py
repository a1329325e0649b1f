"""Changes of orders over several systems as one caller looks after them."""

from collections.abc import Sequence

from capabilities.caller import Caller
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.sagas import Saga, SagaDeclined, SagaDiscarded, SagaDiscarding
from gateway.platform.whole_brand import of_every_store
from gateway.redact import redacted_text
from store.engine import Run
from store.order.sagas import Sagas
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.wishes import KeyReused, once

_WHOLE = "Changes over several systems are those of the whole brand."


class CallersSagas:
    """Implements `schema.order_sagas_part.OrderSagasPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._sagas = Sagas(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))

    async def stuck(self) -> Sequence[Saga]:
        """Those that wait for a person, or have not moved for minutes, the oldest first."""
        of_every_store(self._caller.visibility, _WHOLE)
        return await self._sagas.stuck(self._owned.now())

    async def discard(self, saga: str, reason: str, idempotency_key: str) -> SagaDiscarding:
        """Give up what one is stuck at, once per key; audited."""
        of_every_store(self._caller.visibility, _WHOLE)
        author, why = self._caller.subject, redacted_text(reason)

        async def do(run: Run) -> SagaDiscarded | SagaDeclined:
            return await self._sagas.discard(run, saga, author, self._owned.now(), why)

        who = (self._owned.brand, author, idempotency_key)
        wish, kinds = ("discardOrderSaga", saga, reason), SagaDiscarded | SagaDeclined
        try:
            done: SagaDiscarding = await self._owned.store.transaction(
                lambda run: once(run, who, wish, kinds, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done
