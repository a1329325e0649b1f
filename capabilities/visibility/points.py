"""Who may see and move points: the holder and staff; why and by whom they moved is staff's."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import DESK, EVERYONE, STAFF

FIELDS: Rows = {
    "Mutation": {
        EVERYONE: "redeemPoints exchangePoints lockPoints",
        # what an order put aside is not its holder's to take back
        DESK: "earnPoints adjustPoints unlockPoints takeBackBenefit",
        STAFF: "useBenefit",
    },
    "Tier": {EVERYONE: "code name rank validTo authority progress"},
    "TierProgress": {EVERYONE: "nextCode needed reached keep kept"},
    "Benefit": {EVERYONE: "code name uses used left since validTo"},
    "Points": {
        EVERYONE: "programme available pending locked owed authority expiring ledger",
    },
    "ExpiringPoints": {EVERYONE: "amount expiresAt"},
    "PointsEntry": {
        EVERYONE: "sequence type direction amount burns owed flagged undoes pendingUntil expiresAt"
        " order source policy occurredAt recordedAt",
        STAFF: "reason author",
    },
    "PointsBurn": {EVERYONE: "lot amount"},
    "PointsOrder": {EVERYONE: "channel number"},
    "PolicyVersion": {EVERYONE: "programme version"},
    "PointsMoved": {EVERYONE: "entries points"},
    "InsufficientPoints": {EVERYONE: "code path message available"},
    "BenefitMoved": {STAFF: "use benefit"},
    "BenefitDeclined": {STAFF: "code path message valid"},
    "PointsDeclined": {EVERYONE: "code path message"},
}
