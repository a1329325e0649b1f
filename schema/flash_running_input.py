"""What operations give to run a flash sale 秒杀."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.flash.records import SHARED, FlashSale, Supply
from capabilities.flash.room import Fairness
from schema.order_input import MoneyInput, money_of, optional_money
from schema.restrict import bounded_text, given, optional_text

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_MOST_POOLS = 100


@strawberry.input(description="Stock of one channel, or of all of them together.")
class FlashPoolInput:
    """Whose, and how much."""

    channel: str | None = strawberry.field(
        default=UNSET, description="Code of the channel; all of them share it where none is named."
    )
    units: int = strawberry.field(description="How many pieces.")


@strawberry.input(description="What the stock of a flash sale is taken from.")
class FlashSupplyInput:
    """How much there is, and how much of it is not offered."""

    on_hand: int = strawberry.field(description="How many pieces are in the house.")
    safety: int = strawberry.field(default=0, description="How many of them are never offered.")
    elsewhere: int = strawberry.field(
        default=0, description="How many are promised outside of flash sales."
    )


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
    supply: FlashSupplyInput | None = strawberry.field(
        default=UNSET, description="What its stock is taken from; nothing bounds it without one."
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


@strawberry.input(description="Stock that moves from one pool of a flash sale to another.")
class TransferFlashStockInput:
    """From where, to where, how much."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    source: str | None = strawberry.field(
        default=UNSET, description="Channel whose quota it was; what all share where none is named."
    )
    target: str | None = strawberry.field(
        default=UNSET, description="Channel whose quota it is to be; else all share it."
    )
    units: int = strawberry.field(description="How many pieces.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="What the stock of a flash sale is taken from, anew.")
class ChangeFlashSaleSupplyInput:
    """Which one, and what."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    supply: FlashSupplyInput = strawberry.field(description="What there is.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Another admission rate of a flash sale.")
class ChangeFlashSaleRateInput:
    """Which one, and which rate."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    rate: float = strawberry.field(description="How many are let in each second; 0 lets in all.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A proposal that is taken back.")
class WithdrawFlashProposalInput:
    """Which one."""

    proposal: strawberry.ID = strawberry.field(description="Id of the FlashProposal.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A proposal that a second person confirms.")
class ConfirmFlashSaleInput:
    """Which one."""

    proposal: strawberry.ID = strawberry.field(description="Id of the FlashProposal.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def key_of(
    wanted: DefineFlashSaleInput
    | FlashSaleStepInput
    | TopUpFlashSaleInput
    | ChangeFlashSaleRateInput
    | ConfirmFlashSaleInput
    | WithdrawFlashProposalInput
    | TransferFlashStockInput
    | ChangeFlashSaleSupplyInput,
) -> str:
    """The key of a wish."""
    return bounded_text("idempotencyKey", wanted.idempotency_key)


def supply_of(wanted: FlashSupplyInput) -> Supply:
    """What there is."""
    return Supply(on_hand=wanted.on_hand, safety=wanted.safety, elsewhere=wanted.elsewhere)


def sale_of(wanted: DefineFlashSaleInput) -> FlashSale:
    """A sale as it is written down; BadInput for one that cannot be meant."""
    if len(wanted.pools) > _MOST_POOLS:
        raise BadInput(f"`pools` takes at most {_MOST_POOLS} values.")
    price = money_of("price", wanted.price)
    target = optional_money("targetAmount", wanted.target_amount)
    if target is not None and target.currency != price.currency:
        raise BadInput("`targetAmount` must be in the currency of `price`.")
    pools = {optional_text("channel", one.channel) or SHARED: one.units for one in wanted.pools}
    if len(pools) != len(wanted.pools):
        raise BadInput("`pools` names a channel twice.")
    return FlashSale(
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
        supply=supply_of(wanted.supply) if wanted.supply else None,
        target_units=given(wanted.target_units),
        target_amount=None if target is None else target.minor,
    )
