"""Who may see the lifecycle: what the retailer thinks of a member is staff's alone."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import DESK, EVERYONE, OPERATORS, STAFF

FIELDS: Rows = {
    "Query": {OPERATORS: "lifecycleDue wakeUpMembers campaigns lifecycleReport"},
    "Mutation": {
        OPERATORS: "createCampaign startCampaign pauseCampaign",
        DESK: "recordTouchOutcome",
    },
    "Member": {STAFF: "lifecycle"},
    "Lifecycle": {STAFF: "stage since inputs ruleVersion programme computedAt history"},
    "LifecycleTransition": {STAFF: "stage since inputs"},
    "LifecycleInputs": {
        STAFF: "orders inActiveWindow inLoyalWindow topTier firstOrderId firstOn lastOrderId"
        " lastOn reactivatedOn"
    },
    # Connections are everybody's, and so is what they lead to: only the root keeps others out.
    "DueTouch": {
        EVERYONE: "touchId memberId rule anchorOrderId cycle state dueOn lapsesOn campaign"
    },
    "WakeUpMember": {EVERYONE: "memberId churnedOn lastOn storeId"},
    "StageCount": {OPERATORS: "stage people"},
    "CampaignFigures": {
        OPERATORS: "campaign rule occasion windowDays treated treatedBought treatedRate heldOut"
        " heldOutBought heldOutRate uplift upliftLow upliftHigh extraPurchases cost costPerExtra"
        " sent unknown delivered opened answered surveys score"
    },
    "LifecycleReport": {OPERATORS: "since until stages campaigns"},
    "Campaign": {
        OPERATORS: "name rule sender media state why holdOutPercent windowDays spent costCap"
        " author createdAt startedAt changedAt"
    },
    "CampaignDeclined": {OPERATORS: "code path message valid"},
    "TouchOutcomeRecorded": {DESK: "touchId kind again"},
    "TouchOutcomeDeclined": {DESK: "code path message"},
}
