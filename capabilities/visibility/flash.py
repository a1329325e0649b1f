"""Who may see and do what in flash sales: what is left is the retailer's own business."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import DESK, EVERYONE, STAFF

FIELDS: Rows = {
    "Query": {EVERYONE: "flashSale reservation"},
    "Mutation": {EVERYONE: "placeFlashOrder cancelReservation", DESK: "payReservation"},
    "FlashSale": {
        EVERYONE: "id sku price opensAt closesAt perMember paymentSeconds fairness admissionRate"
        " state",
        STAFF: "figures",
    },
    "FlashSaleFigures": {STAFF: "allocated remaining standing paid faults"},
    "FlashReservation": {
        EVERYONE: "id saleId channelCode quantity state reservedAt payUntil settledAt reason"
    },
    "Reserved": {EVERYONE: "reservation payUntil replay"},
    "SoldOut": {EVERYONE: "code path message mayReturn"},
    "LimitReached": {EVERYONE: "code path message limit"},
    "NotOpen": {EVERYONE: "code path message state opensAt closesAt"},
    "DuplicateRequest": {EVERYONE: "code path message"},
    "Throttled": {EVERYONE: "code path message retryAfterMs"},
    "ReservationDeclined": {EVERYONE: "code path message"},
}
