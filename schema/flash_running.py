"""Flash sales 秒杀 as operations run them: defined, opened by two people, paused, ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.flash import records, running
from capabilities.flash.lifecycle import Step
from capabilities.flash.records import SHARED, SaleState
from capabilities.flash.room import Fairness
from capabilities.flash.running import ProposalOutcome, SaleOutcome
from schema.context import Ask
from schema.flash import FlashSale
from schema.flash_desk import FlashProposal
from schema.operation import IdempotencyKeyReused
from schema.order_input import MoneyInput, money_of, optional_money
from schema.restrict import bounded_text, chosen, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_MOST_SALES = 100
_MOST_POOLS = 100


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


@strawberry.input(description="Stock of one channel, or of all of them together.")
class FlashPoolInput:
    """Whose, and how much."""

    channel: str | None = strawberry.field(
        default=UNSET, description="Code of the channel; all of them share it where none is named."
    )
    units: int = strawberry.field(description="How many pieces.")


@strawberry.input(description="A flash sale to be written down.")
class DefineFlashSaleInput:
    """What is sold, when, to whom and how many."""

    id: str = strawberry.field(description="Its id, without a slash; at most 80 characters.")
    sku: str = strawberry.field(description="What is sold.")
    price: MoneyInput = strawberry.field(description="What a piece costs.")
    opens_at: datetime = strawberry.field(description="When it opens.")
    closes_at: datetime = strawberry.field(description="When it closes.")
    pools: list[FlashPoolInput] = strawberry.field(description="Its stock.")
    per_member: int = strawberry.field(default=1, description="How many one person may have.")
    payment_seconds: int = strawberry.field(
        default=900, description="How long a reservation waits for its payment."
    )
    fairness: Fairness = strawberry.field(
        default=Fairness.ARRIVAL, description="In which order those who wait are let in."
    )
    admission_rate: float = strawberry.field(
        default=0, description="How many are let in each second; 0 lets in all."
    )
    target_units: int | None = strawberry.field(
        default=UNSET, description="How many pieces it is to sell."
    )
    target_amount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What it is to bring, in the currency of the price."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A flash sale that is to take a step.")
class FlashSaleStepInput:
    """Which one."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="More stock for a flash sale.")
class TopUpFlashSaleInput:
    """Which one, whose quota, how much."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    channel: str | None = strawberry.field(
        default=UNSET, description="Code of the channel; all of them share it where none is named."
    )
    units: int = strawberry.field(description="How many pieces more.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Another admission rate of a flash sale.")
class ChangeFlashSaleRateInput:
    """Which one, and which rate."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    rate: float = strawberry.field(description="How many are let in each second; 0 lets in all.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A proposal that a second person confirms.")
class ConfirmFlashSaleInput:
    """Which one."""

    proposal: strawberry.ID = strawberry.field(description="Id of the FlashProposal.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


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
        sale = _sale_of(input)
        for code in sale.pools:
            if code != SHARED and info.context.reader.channel(code) is None:
                return running.FlashSaleDeclined(
                    code="CHANNEL_UNKNOWN",
                    path=("input", "pools"),
                    detail=f"there is no channel {code}",
                )
        return await info.context.platform.flash_running.define(sale, _key(input))

    @asked(FlashSaleResult | None)
    @staticmethod
    async def preload_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Let processes that sell get ready for a flash sale."""
        return await _taken(info, input, Step.PRELOAD)

    @asked(FlashProposalResult | None)
    @staticmethod
    async def open_flash_sale(
        info: Ask,
        input: Annotated[FlashSaleStepInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> ProposalOutcome:
        """Ask a second person to open a flash sale; it sells within its window then."""
        sale = bounded_text("sale", input.sale)
        return await info.context.platform.flash_running.propose(sale, Step.OPEN, _key(input))

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
            sale, Step.TOP_UP, _key(input), pool=pool, units=input.units
        )

    @asked(FlashSaleResult | None)
    @staticmethod
    async def confirm_flash_sale(
        info: Ask,
        input: Annotated[ConfirmFlashSaleInput, _input("What was proposed.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Confirm what somebody else proposed, and do it."""
        proposal = bounded_text("proposal", input.proposal)
        return await info.context.platform.flash_running.confirm(proposal, _key(input))

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
    async def change_flash_sale_rate(
        info: Ask,
        input: Annotated[ChangeFlashSaleRateInput, _input("How many.")],  # noqa: A002 - as above
    ) -> SaleOutcome:
        """Let in so many members a second from now on."""
        sale = bounded_text("sale", input.sale)
        return await info.context.platform.flash_running.change_rate(sale, input.rate, _key(input))

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
    return await info.context.platform.flash_running.take(sale, step, _key(wanted))


def _key(
    wanted: DefineFlashSaleInput
    | FlashSaleStepInput
    | TopUpFlashSaleInput
    | ChangeFlashSaleRateInput
    | ConfirmFlashSaleInput,
) -> str:
    return bounded_text("idempotencyKey", wanted.idempotency_key)


def _sale_of(wanted: DefineFlashSaleInput) -> records.FlashSale:
    if len(wanted.pools) > _MOST_POOLS:
        raise BadInput(f"`pools` takes at most {_MOST_POOLS} values.")
    price = money_of("price", wanted.price)
    target = optional_money("targetAmount", wanted.target_amount)
    if target is not None and target.currency != price.currency:
        raise BadInput("`targetAmount` must be in the currency of `price`.")
    pools = {optional_text("channel", one.channel) or SHARED: one.units for one in wanted.pools}
    if len(pools) != len(wanted.pools):
        raise BadInput("`pools` names a channel twice.")
    return records.FlashSale(
        id=bounded_text("id", wanted.id),
        sku=bounded_text("sku", wanted.sku),
        price=price.minor,
        currency=price.currency,
        opens_at=wanted.opens_at,
        closes_at=wanted.closes_at,
        pools=pools,
        per_member=wanted.per_member,
        payment_seconds=wanted.payment_seconds,
        fairness=wanted.fairness,
        admission_rate=wanted.admission_rate,
        target_units=given(wanted.target_units),
        target_amount=None if target is None else target.minor,
    )
