"""Words of orders and promotions."""

from capabilities.order.records import (
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    StoreKind,
)
from capabilities.promotion.records import CouponKind, CouponStatus, PromotionKind, PromotionStatus
from schema.enum_words.words import Words

SALES = (
    Words(
        OrderKind,
        "What an order document is.",
        {"RETURN": "A return; stores often write it as a sale with negative quantities."},
    ),
    Words(OrderStatus, "The order's own axis; payment and fulfilment have theirs."),
    Words(PaymentStatus, "The payment axis of an order."),
    Words(FulfillmentStatus, "The fulfilment axis of an order."),
    Words(StoreKind, "What a place of sale is."),
    Words(PromotionKind, "What a promotion does."),
    Words(PromotionStatus, "Where a promotion is in its life."),
    Words(CouponKind, "What a person holds."),
    Words(CouponStatus, "Where a coupon is in its life."),
)
