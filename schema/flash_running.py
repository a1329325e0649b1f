"""Flash sales 秒杀 as operations run them: defined, opened by two people, paused, ended."""

from collections.abc import Sequence
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.flash import records, running
from capabilities.flash.lifecycle import Step
from capabilities.flash.records import SHARED, SaleState
from capabilities.flash.running import ProposalOutcome, RehearsalOutcome, SaleOutcome
from schema.context import Ask
from schema.flash import FlashSale
from schema.flash_desk import FlashProposal, FlashRehearsal
from schema.flash_running_input import (
    ChangeFlashSaleRateInput,
    ChangeFlashSaleSupplyInput,
    ConfirmFlashSaleInput,
    DefineFlashSaleInput,
    FlashSaleStepInput,
    TopUpFlashSaleInput,
    TransferFlashStockInput,
    WithdrawFlashProposalInput,
    key_of,
    sale_of,
    supply_of,
)
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, chosen, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_MOST_SALES = 100


@view(running.FlashSaleDeclined)
class FlashSaleDeclined(UserError):
    """A flash sale cannot be so, or does not take this step now; nothing was done."""

    detail: str = plain("What exactly stands against it, for whoever runs the sale.")


FlashSaleResult = Annotated[
    Union[FlashSale, FlashSaleDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("FlashSaleResult", description="What became of a step of a flash sale."),
]
FlashProposalResult = Annotated[
    Union[FlashProposal, FlashSaleDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("FlashProposalResult", description="What waits for a second person now."),
]


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


RehearseFlashSaleResult = Annotated[
    Union[FlashRehearsal, FlashSaleDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("RehearseFlashSaleResult", description="Whether a rehearsal has begun."),
]


@strawberry.type
class FlashRunningQueries:
    """What operations ask of flash sales."""

    @asked(list[FlashSale])
    @staticmethod
    async def flash_sales(
        info: Ask,
        states: Annotated[
            list[SaleState] | None, _input("Only those in one of these states; else all.")
        ] = UNSET,
        first: Annotated[int, _input("How many, at most 100.")] = 20,
    ) -> Sequence[records.FlashSale]:
        """Flash sales 秒杀, the latest opening first."""
        if not 1 <= first <= _MOST_SALES:
            raise BadInput(f"`first` must be 1 to {_MOST_SALES}.")
        wanted = chosen("states", states)
        found = await info.context.platform.flash_running.sales(wanted, first)
        info.context.spend(len(found))
        return found


@strawberry.type
class FlashRunningMutations:
    """What operations do with flash sales."""

    @asked(FlashSaleResult | None)
    @staticmethod
    async def define_flash_sale(
        info: Ask,
        input: Annotated[DefineFlashSaleInput, _input("What it is to be.")],  # noqa: A002 - the contract's name
    ) -> SaleOutcome:
        """Write a flash sale 秒杀 down, with its stock; it sells nothing before it is opened."""
        sale = sale_of(input)
        for code in sale.pools:
            if code != SHARED and info.context.reader.channel(code) is None:
                return running.FlashSaleDeclined(
                    code="CHANNEL_UNKNOWN",
                    path=("input", "pools"),
                    detail=f"there is no channel {code}",
                )
        return await info.context.platform.flash_running.define(sale, key_of(input))

    @asked(FlashSaleResult | None)
    @staticmethod
    async def preload_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Let processes that sell get ready for a flash sale."""
        return await _taken(info, input, Step.PRELOAD)

    @asked(RehearseFlashSaleResult | None)
    @staticmethod
    async def rehearse_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> RehearsalOutcome:
        """Rehearse a flash sale with made-up people; its desk shows how it went, soon after."""
        sale = bounded_text("sale", input.sale)
        return await info.context.platform.flash_running.rehearse(sale, key_of(input))

    @asked(FlashProposalResult | None)
    @staticmethod
    async def open_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> ProposalOutcome:
        """Ask a second person to open a flash sale; it sells within its window then."""
        sale = bounded_text("sale", input.sale)
        return await info.context.platform.flash_running.propose(sale, Step.OPEN, key_of(input))

    @asked(FlashProposalResult | None)
    @staticmethod
    async def top_up_flash_sale(
        info: Ask,
        input: Annotated[TopUpFlashSaleInput, _input("How much.")],  # noqa: A002 - as above
    ) -> ProposalOutcome:
        """Ask a second person to put more stock into a flash sale."""
        sale = bounded_text("sale", input.sale)
        pool = optional_text("channel", input.channel) or SHARED
        return await info.context.platform.flash_running.propose(
            sale, Step.TOP_UP, key_of(input), pool=pool, units=input.units
        )

    @asked(FlashSaleResult | None)
    @staticmethod
    async def confirm_flash_sale(
        info: Ask,
        input: Annotated[ConfirmFlashSaleInput, _input("What was proposed.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Confirm what somebody else proposed, and do it."""
        proposal = bounded_text("proposal", input.proposal)
        return await info.context.platform.flash_running.confirm(proposal, key_of(input))

    @asked(FlashSaleResult | None)
    @staticmethod
    async def withdraw_flash_proposal(
        info: Ask,
        input: Annotated[WithdrawFlashProposalInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Take back what waits for a second person, whoever proposed it."""
        proposal = bounded_text("proposal", input.proposal)
        return await info.context.platform.flash_running.withdraw(proposal, key_of(input))

    @asked(FlashSaleResult | None)
    @staticmethod
    async def pause_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Sell nothing for a while; who waits keeps her place."""
        return await _taken(info, input, Step.PAUSE)

    @asked(FlashSaleResult | None)
    @staticmethod
    async def resume_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Go on with a flash sale that was paused."""
        return await _taken(info, input, Step.RESUME)

    @asked(FlashSaleResult | None)
    @staticmethod
    async def transfer_flash_stock(
        info: Ask,
        input: Annotated[TransferFlashStockInput, _input("How much.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Move stock of a flash sale from one pool to another, also while it is sold."""
        return await info.context.platform.flash_running.transfer(
            bounded_text("sale", input.sale),
            optional_text("source", input.source) or SHARED,
            optional_text("target", input.target) or SHARED,
            input.units,
            key_of(input),
        )

    @asked(FlashSaleResult | None)
    @staticmethod
    async def change_flash_sale_supply(
        info: Ask,
        input: Annotated[ChangeFlashSaleSupplyInput, _input("What.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Say anew what the stock of a flash sale is taken from."""
        sale, supply = bounded_text("sale", input.sale), supply_of(input.supply)
        return await info.context.platform.flash_running.change_supply(sale, supply, key_of(input))

    @asked(FlashSaleResult | None)
    @staticmethod
    async def change_flash_sale_rate(
        info: Ask,
        input: Annotated[ChangeFlashSaleRateInput, _input("How many.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Let in so many members a second from now on."""
        sale = bounded_text("sale", input.sale)
        return await info.context.platform.flash_running.change_rate(
            sale, input.rate, key_of(input)
        )

    @asked(FlashSaleResult | None)
    @staticmethod
    async def end_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """End a flash sale; who has a reservation may still pay."""
        return await _taken(info, input, Step.CLOSE)

    @asked(FlashSaleResult | None)
    @staticmethod
    async def reconcile_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Give back what nobody bought, where the auditor finds nothing and all is settled."""
        return await _taken(info, input, Step.RECONCILE)


async def _taken(info: Ask, wanted: FlashSaleStepInput, step: Step) -> SaleOutcome:
    sale = bounded_text("sale", wanted.sale)
    return await info.context.platform.flash_running.take(sale, step, key_of(wanted))
