"""Who may see and do what in flash sales: what is left is the retailer's own business."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import DESK, EVERYONE, OPERATORS, STAFF

FIELDS: Rows = {
    "Query": {EVERYONE: "flashSale reservation", OPERATORS: "flashSales"},
    "Mutation": {
        EVERYONE: "placeFlashOrder cancelReservation",
        DESK: "payReservation",
        OPERATORS: "defineFlashSale preloadFlashSale openFlashSale topUpFlashSale"
        " confirmFlashSale withdrawFlashProposal pauseFlashSale resumeFlashSale"
        " changeFlashSaleRate endFlashSale"
        " reconcileFlashSale transferFlashStock changeFlashSaleSupply"
        " pushFlashQuota pushFlashQuotaAgain takeBackFlashQuota settleFlashQuota rehearseFlashSale",
    },
    "Subscription": {EVERYONE: "flashSale reservation"},
    "FlashSale": {
        EVERYONE: "id sku price opensAt closesAt perMember paymentSeconds fairness admissionRate"
        " state",
        STAFF: "figures targetUnits targetAmount",
        OPERATORS: "desk",
    },
    "FlashSaleFigures": {
        STAFF: "allocated remaining standing pending paid revenue released pushed soldOutside"
        " orders unordered faults"
    },
    "FlashSaleMoment": {EVERYONE: "saleId at state leftPercent ordersPerSecond sale"},
    "FlashSaleDesk": {OPERATORS: "version supply pools quotas rehearsal waiting answers seconds"},
    "FlashRehearsal": {OPERATORS: "author startedAt endedAt state result reason"},
    "FlashRehearsalResult": {
        OPERATORS: "units people reserved seconds rate p50Ms p99Ms answers neverLetIn faults"
    },
    "FlashQuota": {
        OPERATORS: "channelCode connector code units sold left over state reason pushedAt lookedAt"
    },
    "FlashSupply": {OPERATORS: "onHand safety elsewhere sellable"},
    "FlashAnswerCount": {OPERATORS: "answer count"},
    "FlashSecond": {OPERATORS: "at answers"},
    "FlashPool": {OPERATORS: "channelCode allocated remaining buckets"},
    "FlashBucket": {OPERATORS: "number allocated remaining held"},
    "FlashProposal": {
        OPERATORS: "id saleId step channelCode units proposedBy proposedAt confirmedBy yours"
    },
    "FlashSaleDeclined": {OPERATORS: "code path message detail"},
    "FlashReservation": {
        EVERYONE: "id saleId channelCode quantity state reservedAt payUntil settledAt reason"
        " orderState movedTo order"
    },
    "Reserved": {EVERYONE: "reservation payUntil replay"},
    "SoldOut": {EVERYONE: "code path message mayReturn"},
    "LimitReached": {EVERYONE: "code path message limit"},
    "NotOpen": {EVERYONE: "code path message state opensAt closesAt"},
    "DuplicateRequest": {EVERYONE: "code path message"},
    "Throttled": {EVERYONE: "code path message retryAfterMs"},
    "ReservationDeclined": {EVERYONE: "code path message"},
}
