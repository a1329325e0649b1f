"""Quotas of a flash sale 秒杀 that channels sell in their own carts: given out and taken back."""

from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.flash.running import QuotaOutcome
from schema.context import Ask
from schema.flash_desk import FlashQuota
from schema.flash_running import FlashSaleDeclined
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, optional_text
from schema.view import asked

_KEY = "Key of this one wish: the same key again answers what it did the first time."
FlashQuotaResult = Annotated[
    Union[FlashQuota, FlashSaleDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("FlashQuotaResult", description="What became of a quota."),
]


@strawberry.input(description="A quota that a channel is to sell in its own cart.")
class PushFlashQuotaInput:
    """Which sale, which channel, how much."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    channel: str = strawberry.field(description="Code of the channel that sells it.")
    units: int = strawberry.field(description="How many pieces; they leave their pool at once.")
    code: str | None = strawberry.field(
        default=UNSET,
        description="Which of the codes that the crosswalk has for it there; else the first.",
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A quota that something is done with.")
class FlashQuotaInput:
    """Which sale, which channel."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    channel: str = strawberry.field(description="Code of the channel that sells it.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A quota whose channel cannot be asked any more.")
class SettleFlashQuotaInput:
    """Which sale, which channel, how many were sold."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    channel: str = strawberry.field(description="Code of the channel that sold it.")
    sold: int = strawberry.field(description="How many pieces were sold there.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class FlashQuotaMutations:
    """What operations do with quotas."""

    @asked(FlashQuotaResult | None)
    @staticmethod
    async def push_flash_quota(
        info: Ask,
        input: Annotated[PushFlashQuotaInput, _input("How much, to whom.")],  # noqa: A002 - the contract's name
    ) -> QuotaOutcome:
        """Give a channel a quota of a flash sale that it sells in its own cart."""
        code = optional_text("code", input.code)
        sale, channel, key = _named(input)
        part = info.context.platform.flash_quotas
        return await part.push(sale, channel, input.units, code, key)

    @asked(FlashQuotaResult | None)
    @staticmethod
    async def push_flash_quota_again(
        info: Ask,
        input: Annotated[FlashQuotaInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> QuotaOutcome:
        """Tell a channel's system once more what failed, behind a look at what stands there."""
        return await info.context.platform.flash_quotas.again(*_named(input))

    @asked(FlashQuotaResult | None)
    @staticmethod
    async def take_back_flash_quota(
        info: Ask,
        input: Annotated[FlashQuotaInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> QuotaOutcome:
        """Have a channel offer nothing any more; what it did not sell comes back when counted."""
        return await info.context.platform.flash_quotas.take_back(*_named(input))

    @asked(FlashQuotaResult | None)
    @staticmethod
    async def settle_flash_quota(
        info: Ask,
        input: Annotated[SettleFlashQuotaInput, _input("How many were sold.")],  # noqa: A002 - as above
    ) -> QuotaOutcome:
        """Say by hand how many a channel sold, where its system cannot be asked any more."""
        sale, channel, key = _named(input)
        return await info.context.platform.flash_quotas.settle(sale, channel, input.sold, key)


def _named(
    wanted: PushFlashQuotaInput | FlashQuotaInput | SettleFlashQuotaInput,
) -> tuple[str, str, str]:
    return (
        bounded_text("sale", wanted.sale),
        bounded_text("channel", wanted.channel),
        bounded_text("idempotencyKey", wanted.idempotency_key),
    )
