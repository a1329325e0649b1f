"""Writes that have two sides, as one caller looks after them."""

from collections.abc import Sequence

from capabilities.adoption.drift import DriftSeen
from capabilities.adoption.pending import (
    PendingDeclined,
    PendingRetried,
    PendingWrite,
    Retrying,
)
from capabilities.adoption.shown import Adoption
from capabilities.caller import Caller
from capabilities.operations import IdempotencyKeyReused
from gateway.platform.whole_brand import of_every_store
from gateway.redact import redacted_text
from store.adoption.drifts import Drifts
from store.adoption.pending import PendingWrites
from store.engine import Run
from store.owned import Owned
from store.wishes import KeyReused, once


class DualWrites:
    """Implements `schema.dual_writes_part.DualWritesPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._pending = PendingWrites(owned)
        self._drifts = Drifts(owned.store, owned.brand)

    async def pending(self, pair: Adoption, first: int) -> Sequence[PendingWrite]:
        """What its system was not told of yet, the stuck ones first."""
        return await self._pending.of(pair.channel_code, pair.capability, first)

    async def drift(self, pair: Adoption, first: int) -> Sequence[DriftSeen]:
        """What the last comparisons found, the newest first."""
        return await self._drifts.last(pair.channel_code, pair.capability, first)

    async def retry(self, type_: str, command: str, reason: str, idempotency_key: str) -> Retrying:
        """Try a stuck one again, once per key; of another's channel there is none."""
        visibility = self._caller.visibility
        if visibility.stores is not None:
            of_every_store(visibility, "Adoption is steered for whole channels.")
        none = PendingDeclined(code="COMMAND_UNKNOWN", path=("input", "write"))
        before = await self._pending.one(type_, command)
        if before is None or not visibility.in_channel(before.channel):
            return none

        async def work(run: Run) -> PendingRetried | PendingDeclined:
            if not await self._pending.retry(run, before, self._caller, redacted_text(reason)):
                return none
            after = await self._pending.one(type_, command, run)
            return none if after is None else PendingRetried(write=after)

        who = (self._owned.brand, self._caller.subject, idempotency_key)
        wish = ("retryPendingWrite", type_, command, reason)
        kinds = PendingRetried | PendingDeclined
        try:
            done: Retrying = await self._owned.store.transaction(
                lambda run: once(run, who, wish, kinds, lambda: work(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done
