"""Words of orders and promotions."""

from capabilities.flash.lifecycle import Step
from capabilities.flash.ordering import FlashOrderState
from capabilities.flash.quotas import QuotaState
from capabilities.flash.records import ReservationState, SaleState
from capabilities.flash.rehearsal import RehearsalState
from capabilities.flash.room import Fairness
from capabilities.flash.tally import Answer
from capabilities.member.commands import CommandState
from capabilities.order.history import OrderAction, ServiceKind, ServiceState
from capabilities.order.payments import PaymentOutcome
from capabilities.order.placing import OrderChangeState
from capabilities.order.records import (
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    StoreKind,
)
from capabilities.order.sagas import SagaState
from capabilities.order.writing import OrderWriteKind
from capabilities.pricing.quote import Why
from capabilities.promotion.coupons import CouponState
from capabilities.promotion.plans import Execution, PromotionAction, Stage
from capabilities.promotion.records import CouponKind, CouponStatus, PromotionKind, PromotionStatus
from schema.enum_words.words import Words

SALES = (
    Words(SaleState, "Where a flash sale is in its life.", name="FlashSaleState"),
    Words(
        Step,
        "What operations do with a flash sale.",
        {
            "OPEN": "A second person confirms it.",
            "TOP_UP": "More stock; a second person confirms it.",
        },
        name="FlashSaleStep",
    ),
    Words(
        QuotaState,
        "How far a quota has come that a channel sells in its own cart.",
        {
            "PUSHING": "It is on its way.",
            "UNKNOWN": "Sent and not confirmed: it is looked up before it is told again.",
            "ACCEPTED": "The channel's system offers it.",
            "FAILED": "It waits for a person.",
            "RETURNING": "Nothing is offered any more; what was sold is being counted.",
            "RETURNED": "What was not sold is back in its pool.",
        },
        name="FlashQuotaState",
    ),
    Words(RehearsalState, "How far a rehearsal is.", name="FlashRehearsalState"),
    Words(
        Answer,
        "How a wish of a flash sale is answered.",
        {"REPLAYED": "Reserved before, by the same key."},
        name="FlashAnswer",
    ),
    Words(
        Fairness,
        "In which order those who wait for a flash sale are let in.",
        {
            "ARRIVAL": "Who came first.",
            "LOT": "Drawn among those who came before the opening; later ones stand behind.",
        },
        name="FlashFairness",
    ),
    Words(
        ReservationState,
        "Where a reservation of a flash sale is in its life.",
        {"ORDERED": "It is an order, and not paid yet."},
        name="FlashReservationState",
    ),
    Words(
        FlashOrderState,
        "How far the order of a reservation is.",
        {
            "PLACED": "It has a number.",
            "WAITING": "It is paid, and goes to the system that owns its channel's orders.",
            "SENT": "Its system was told, or is to be, and gave no number yet.",
            "LATE": "It was paid after it had gone back, and is decided next.",
            "MOVED": "The late payment has another reservation.",
            "REFUND": "The late payment goes back.",
            "DISCARDED": "It was given up on its way to its system; the money goes back.",
        },
    ),
    Words(
        OrderKind,
        "What an order document is.",
        {"RETURN": "A return; stores often write it as a sale with negative quantities."},
    ),
    Words(OrderStatus, "The order's own axis; payment and fulfilment have theirs."),
    Words(PaymentStatus, "The payment axis of an order."),
    Words(FulfillmentStatus, "The fulfilment axis of an order."),
    Words(OrderAction, "What was done to an order."),
    Words(
        OrderChangeState,
        "How far a change of an order is.",
        {"SENT": "Its system was told, or is to be, and has not confirmed."},
    ),
    Words(OrderWriteKind, "What the system of an order is told."),
    Words(
        PaymentOutcome,
        "What a confirmation of a payment came to.",
        {
            "CONFIRMED": "It counts in its order.",
            "OVERPAID": "It counts, and is more than was due: people give it back.",
            "LATE": "It counts, and its order was closed before: people give it back.",
            "UNKNOWN_ORDER": "There is no such order yet: it is counted when there is.",
            "CURRENCY_DIFFERS": "Its order is in another currency; it counts nowhere.",
            "KNOWN": "A person had taken the same money before: it counts once.",
            "KEPT": "A system owns its order: it is kept here, and counts there.",
        },
    ),
    Words(
        CommandState,
        "How far a change that a system is told has come.",
        {
            "UNKNOWN": "It was sent and not answered: its system is asked before it is sent again.",
            "DEAD": "It waits for a person.",
            "DISCARDED": "A person gave it up.",
        },
    ),
    Words(
        SagaState,
        "How far a change over several systems has come.",
        {
            "UNDOING": "What was done of it is being taken back.",
            "UNDONE": "Nothing of it stands.",
            "STUCK": "It waits for a person.",
        },
        name="OrderSagaState",
    ),
    Words(ServiceKind, "What a buyer asked for with an order."),
    Words(
        ServiceState,
        "How far a service is.",
        {
            "SENT": "Its system was told and has not confirmed.",
            "ACCEPTED": "It stands where it is to be done, and was read back.",
        },
    ),
    Words(StoreKind, "What a place of sale is."),
    Words(PromotionKind, "What a promotion does."),
    Words(PromotionStatus, "Where a promotion is in its life."),
    Words(
        Execution,
        "Who takes a promotion of the platform's own off.",
        {
            "MIDDLE": "The platform: systems see the price that is left.",
            "SETTLED_TO_LEGACY": "The platform; systems are told as plain discount lines.",
        },
        name="PromotionExecution",
    ),
    Words(
        Stage,
        "What people decided about a promotion; its `status` also says what time made of it.",
        name="PromotionStage",
    ),
    Words(
        PromotionAction,
        "What is done to a promotion.",
        {"START": "Its time has come.", "EXPIRE": "Its time is over."},
    ),
    Words(
        Why,
        "Why a promotion did not apply.",
        {
            "EXCLUDED": "What must not be so is so.",
            "EXCLUSIVE": "One applies alone, and the cart is cheaper so.",
            "GROUP_TAKEN": "Another of its group applied.",
            "MEMBER_NEEDED": "Uses of one person are limited, and nobody knows who buys.",
        },
        name="PromotionRejection",
    ),
    Words(CouponState, "What became of coupons that are used together."),
    Words(CouponKind, "What a person holds."),
    Words(CouponStatus, "Where a coupon is in its life."),
)
