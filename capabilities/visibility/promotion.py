"""Who may see what of promotions, which are for everybody, and of coupons, which somebody holds."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import DESK, EVERYONE, OPERATORS, STAFF

FIELDS: Rows = {
    "Query": {
        EVERYONE: "promotions quote quoteAgain",
        DESK: "coupons",
        OPERATORS: "promotionHistory promotionPreview",
    },
    "Mutation": {
        EVERYONE: "claimCoupon lockCoupon",
        # what an order used is not its buyer's to take back
        DESK: "redeemCoupon returnCoupon voidCoupon",
        OPERATORS: "createPromotion updatePromotion schedulePromotion pausePromotion"
        " resumePromotion endPromotion",
    },
    "Promotion": {
        EVERYONE: "id key name kind status sourceStatus startsAt endsAt percent amount minimum"
        " source native channel terms",
        # How far a promotion has gone is the retailer's own business.
        STAFF: "usageLimit used progress",
    },
    "PromotionPreview": {
        OPERATORS: "promotionKey version since until orders applied unpriced turnover discount days"
        " channels reasons complete upto",
    },
    "PromotionPreviewShare": {
        OPERATORS: "day channelCode orders applied turnover discount",
    },
    "PromotionPreviewReason": {OPERATORS: "why orders"},
    "PromotionProgress": {
        STAFF: "used spend revenue units usedShare budgetShare amountShare unitsShare",
    },
    "Quote": {
        EVERYONE: "at policyVersion book gross discount shipping total lines applied rejected"
        " unmatched token",
    },
    "QuoteLine": {EVERYONE: "ref sku gross net reductions"},
    "QuoteReduction": {EVERYONE: "promotionId amount"},
    "AppliedPromotion": {
        EVERYONE: "promotionId key version name amount times settled giftSku giftQuantity coupon"
        " pointsTimes",
    },
    "RejectedPromotion": {EVERYONE: "promotionId key name why missing by"},
    "PromotionTerms": {
        EVERYONE: "channels stores scenes group exclusive perMember perOrder",
        # How it is made, and what it is to bring, is the retailer's own business.
        STAFF: "version definition priority settled perStore budget targetAmount targetUnits"
        " changedAt",
        OPERATORS: "author reason",
    },
    "PromotionChange": {
        OPERATORS: "sequence promotionId action version stage beforeVersion beforeStage author"
        " reason at",
    },
    "PromotionFault": {OPERATORS: "message path"},
    "PromotionDeclined": {OPERATORS: "code path message faults"},
    "CouponClaimed": {EVERYONE: "coupon wholeCode"},
    "CouponUnit": {EVERYONE: "unit state coupons until"},
    "CouponDeclined": {EVERYONE: "code path message"},
    "Coupon": {
        EVERYONE: "id name kind status sourceStatus code percent value issuedAt expiresAt source"
        " channel",
    },
}

SCOPES: Scopes = {
    "Coupon": {
        Role.CONSUMER: Scope.OWN,
        Role.GUIDE: Scope.STORE,
        Role.SERVICE: Scope.BRAND,
        Role.OPERATIONS: Scope.BRAND,
        Role.ADMIN: Scope.BRAND,
    }
}
