"""Quotas of channels that sell in their own cart, as one caller gives them out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from capabilities.caller import Caller
from capabilities.errors import BadInput
from capabilities.flash.quotas import Quota
from capabilities.flash.running import QuotaOutcome
from gateway.federation.asking import Request
from gateway.flash.shops import shop_of
from gateway.platform.flash_once import FlashOnce, declined
from store.flash.quotas import Quotas, Shop
from store.flash.running import Transaction
from store.flash.sales import read_sale
from store.owned import Owned
from store.product.products import ProductReference

# The part of the input that a refusal is about.
_NAMED = {"FLASH_SALE_UNKNOWN": "sale", "FLASH_QUOTA_CODE": "code"}
_Do = Callable[[Quotas, str], Awaitable[Quota]]


class FlashQuotas:
    """Implements `schema.flash_quota_part.FlashQuotaPart`."""

    def __init__(
        self, owned: Owned, caller: Caller, request: Request, systems: Path | None
    ) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._systems = systems
        self._once = FlashOnce(owned, caller)

    async def shown(self, sale: str) -> Sequence[Quota]:
        """What channels of a sale sell in their own carts."""
        self._once.unbound()
        return await Quotas(self._owned.store, self._owned.brand, self._owned.now).shown(sale)

    async def push(
        self, sale: str, channel: str, units: int, code: str | None, key: str
    ) -> QuotaOutcome:
        """Give a channel a quota; `code` is what its system calls the product."""
        self._once.unbound()
        try:
            shop = await self._shop(sale, channel, code)
        except BadInput as exc:
            return declined(exc.code, _NAMED.get(exc.code, "channel"), exc.message)
        wish = ["pushFlashQuota", sale, channel, units, code]
        return await self._done(wish, key, lambda one, by: one.push(sale, channel, units, shop, by))

    async def again(self, sale: str, channel: str, key: str) -> QuotaOutcome:
        """Tell the channel's system once more what failed."""
        wish = ["pushFlashQuotaAgain", sale, channel]
        return await self._done(wish, key, lambda one, by: one.again(sale, channel, by))

    async def take_back(self, sale: str, channel: str, key: str) -> QuotaOutcome:
        """Have a channel offer nothing any more."""
        wish = ["takeBackFlashQuota", sale, channel]
        return await self._done(wish, key, lambda one, by: one.take_back(sale, channel, by))

    async def settle(self, sale: str, channel: str, sold: int, key: str) -> QuotaOutcome:
        """Say by hand how many a channel sold."""
        wish = ["settleFlashQuota", sale, channel, sold]
        return await self._done(wish, key, lambda one, by: one.settle(sale, channel, sold, by))

    async def _done(self, wish: Sequence[object], key: str, do: _Do) -> QuotaOutcome:
        async def work(transaction: Transaction) -> Quota:
            quotas = Quotas(
                self._owned.store,
                self._owned.brand,
                self._owned.now,
                role=self._caller.role.value,
                transaction=transaction,
            )
            return await do(quotas, self._caller.subject)

        return await self._once.done(wish, Quota, key, work, "channel")

    async def _shop(self, sale: str, channel: str, code: str | None) -> Shop:
        """Who sells it there; the manifests of the systems are files, read beside the loop."""
        store, brand = self._owned.store, self._owned.brand
        found = await store.transaction(lambda run: read_sale(run, brand, sale))
        if found is None:
            raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
        (product,) = await ProductReference(store, brand).products([found.sku])
        specs = [one.spec for one in self._request.estate.connections]
        work = partial(shop_of, specs, self._systems, channel, found.sku, product, code)
        return await asyncio.to_thread(work)
