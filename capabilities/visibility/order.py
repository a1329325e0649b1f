"""Who may see what of orders: a consumer her own, a guide those of her stores and her members."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import ADMINISTRATORS, DESK, EVERYONE, STAFF

# The desk, with a reason and an audit row each time.
UNMASKING = frozenset({Role.SERVICE})

FIELDS: Rows = {
    "Query": {
        EVERYONE: "order store stores",
        STAFF: "orders orderChange",
        DESK: "openPayments",
        ADMINISTRATORS: "orderCommands stuckOrderSagas",
    },
    "Mutation": {
        STAFF: "placeOrder payOrder cancelOrder returnOrder fulfillOrder addOrderNote"
        " addServiceRequest answerServiceRequest",
        DESK: "closePayment",
        ADMINISTRATORS: "retryOrderCommand discardOrderCommand discardOrderSaga",
    },
    "Subscription": {EVERYONE: "orderChanged"},
    "OrderChange": {EVERYONE: "eventId at orderId channelCode number channel order"},
    "Order": {
        EVERYONE: "id number version kind status paymentStatus fulfillmentStatus sourceStatus"
        " mappingVersion storeCode placedAt placedAtPrecision businessDate paidAt completedAt"
        " updatedAt currency total money payments discounts integrityWarnings source native"
        " channel member store lines mirrors refunds fulfillments serviceRequests",
        STAFF: "desk",
    },
    "OrderDesk": {
        STAFF: "history notes sentChanges payments recipient",
        UNMASKING: "unmaskedRecipient",
    },
    "UnmaskedRecipient": {UNMASKING: "name phone country region city district street postcode"},
    "OrderHistoryEntry": {
        STAFF: "version action status paymentStatus fulfillmentStatus amount author at",
    },
    "MovedLine": {EVERYONE: "ref quantity amount"},
    "OrderRefund": {EVERYONE: "amount lines restocked at"},
    "OrderFulfillment": {EVERYONE: "lines delivered carrier tracking at"},
    "OrderNote": {STAFF: "text author at"},
    "ReceivedPayment": {
        STAFF: "provider transaction channelCode orderNumber amount method outcome paidAt"
        " receivedAt matchedAt closedAt",
    },
    "OpenPayments": {DESK: "payments count endCursor hasNextPage"},
    "PaymentClosed": {DESK: "provider transaction"},
    "PaymentDeclined": {DESK: "code path message"},
    "ServiceRequest": {
        EVERYONE: "id line kind text recipient state reason requestedAt changedAt",
        STAFF: "author",
    },
    "OrderCommand": {
        ADMINISTRATORS: "id reference connector channelCode kind orderNumber document state reason"
        " attempts author createdAt changedAt nextAt",
    },
    "OrderCommandMoved": {ADMINISTRATORS: "command"},
    "OrderCommandDeclined": {ADMINISTRATORS: "code path message"},
    "OrderSaga": {ADMINISTRATORS: "id state step reason waitsFor createdAt changedAt"},
    "OrderSagaDiscarded": {ADMINISTRATORS: "saga"},
    "OrderSagaDeclined": {ADMINISTRATORS: "code path message"},
    "SentOrderChange": {STAFF: "reference kind state reason channelCode number at"},
    "OrderRecipient": {STAFF: "nameMasked phoneMasked city"},
    "OrderChanged": {STAFF: "state change orderId serviceRequestId order"},
    "OrderDeclined": {STAFF: "code path message"},
    "ChannelUnsupported": {STAFF: "code path message channels"},
    "OrderLine": {
        EVERYONE: "ref rawSku name quantity unit unitPrice total tax discounts gift product",
    },
    "OrderMoney": {EVERYONE: "items discount shipping tax fees total paid refunded taxIncluded"},
    "Payment": {EVERYONE: "method amount paidAt"},
    "Discount": {EVERYONE: "amount name"},
    "IntegrityWarning": {EVERYONE: "code message"},
    "OrderMirror": {
        EVERYONE: "number status sourceStatus placedAt placedAtPrecision total source",
    },
    "OrderSource": {EVERYONE: "connector system externalId answeredBy"},
    "Store": {EVERYONE: "id code name kind region timeZone closed source channel"},
}

SCOPES: Scopes = {
    "Order": {
        Role.CONSUMER: Scope.OWN,
        Role.GUIDE: Scope.STORE,
        Role.SERVICE: Scope.BRAND,
        Role.OPERATIONS: Scope.BRAND,
        Role.ADMIN: Scope.BRAND,
    }
}
