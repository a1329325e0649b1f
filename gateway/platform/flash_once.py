"""Steps of flash sales under their idempotency keys, with refusals as values."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from capabilities.caller import Caller
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import Proposal
from capabilities.flash.quotas import Quota
from capabilities.flash.records import FlashSale
from capabilities.flash.rehearsal import RehearsalRun
from capabilities.flash.running import FlashSaleDeclined
from capabilities.operations import IdempotencyKeyReused
from gateway.platform.whole_brand import of_every_store
from store.engine import Run
from store.flash.running import Transaction
from store.owned import Owned
from store.wishes import KeyReused, once

T = TypeVar("T", FlashSale, Proposal, Quota, RehearsalRun)
_A = TypeVar("_A")


class FlashOnce:
    """Does steps of one caller, each once; one that was declined left nothing and may come again.

    Forbidden for a caller of some stores or channels: a sale is held for all of them.
    """

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller

    def unbound(self) -> None:
        """Forbidden for whoever is bound to a part of the brand."""
        of_every_store(self._caller.visibility, "Flash sales are run for the whole brand.")

    async def done(
        self,
        wish: Sequence[Any],
        answer: type[T],
        key: str,
        do: Callable[[Transaction], Awaitable[T]],
        named: str = "sale",
    ) -> T | FlashSaleDeclined | IdempotencyKeyReused:
        """One step; `named` is the part of the input that a refusal is about."""
        self.unbound()
        who = (self._owned.brand, self._caller.subject, key)

        async def under_key(work: Callable[[Run], Awaitable[_A]]) -> _A:
            return await self._owned.store.transaction(
                lambda run: once(run, who, wish, answer, lambda: work(run))
            )

        try:
            return await do(under_key)
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        except BadInput as exc:
            return declined(exc.code, named, exc.message)


def declined(code: str, named: str, detail: str) -> FlashSaleDeclined:
    """A refusal of a part of the input."""
    return FlashSaleDeclined(code=code, path=("input", named), detail=detail)
