"""Who may see how far channels are adopted, and who may move them."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import ADMINISTRATORS, OPERATORS

FIELDS: Rows = {
    "Query": {OPERATORS: "adoption adoptions adoptionConflicts adoptionsToHalt"},
    "Subscription": {OPERATORS: "adoptionDiff"},
    "Mutation": {
        # whoever sees something wrong may go back at once; forward is another matter
        OPERATORS: "rollbackAdoption haltAdoption haltAdoptions decideConflict",
        ADMINISTRATORS: "promoteAdoption resumeAdoption setAdoptionPercent keepLegacy"
        " routeAdoption signAdoption acknowledgeDiff retryPendingWrite",
    },
    "Adoption": {
        OPERATORS: "channelCode capability state fromState frozen reads writes readPoints"
        " writePoints stores members labels laggingFields parts conflictPolicy version changedAt"
        " author reason automatic reviewOn owner evidenceAt next gates history evidence"
        " comparison trend pending drift",
    },
    "PendingWrite": {
        OPERATORS: "id reference connector kind state reason attempts createdAt changedAt nextAt"
    },
    "PendingWriteRetried": {ADMINISTRATORS: "write"},
    "PendingWriteDeclined": {ADMINISTRATORS: "code path message"},
    "AdoptionDrift": {
        OPERATORS: "at compared differing missing unknown inFlight repaired taken disputed fields"
    },
    "FieldDrift": {OPERATORS: "field count"},
    "AdoptionComparison": {
        OPERATORS: "since until compared mismatched critical rate classes fields stores days"
        " versions trend samples rules"
    },
    "ComparedClass": {OPERATORS: "class count"},
    "ComparedField": {OPERATORS: "field about critical compared mismatched lag expected"},
    "ComparedCount": {OPERATORS: "name compared mismatched share"},
    "ComparedStretch": {OPERATORS: "at compared mismatched"},
    "ComparedSample": {OPERATORS: "at field class store version key legacy platform apart"},
    "AdoptionDifference": {
        OPERATORS: "eventId at channelCode capability class field about critical store version key"
        " legacy platform legacyHash platformHash apart more"
    },
    "ExplainedDiff": {OPERATORS: "id channelCode field class pattern reason owner at until"},
    "AdoptionVerdict": {OPERATORS: "target profile ok gates"},
    "AdoptionGate": {OPERATORS: "name required observed ok shortened measuredAt remedy"},
    "AdoptionEvidence": {OPERATORS: "name value sample at since query author"},
    "AdoptionStep": {
        OPERATORS: "version action fromState state readPoints writePoints automatic author role"
        " reason profile gates at",
    },
    "AdoptionConflict": {
        OPERATORS: "id channelCode capability number connector fields revision state foundAt"
        " decidedAt decidedBy reason"
    },
    "ConflictedField": {OPERATORS: "field platform legacy"},
    "ConflictDecided": {OPERATORS: "conflictId state"},
    "ConflictDeclined": {OPERATORS: "code path message"},
    "AdoptionMoved": {OPERATORS: "adoption"},
    "AdoptionsHalted": {OPERATORS: "halted"},
    "AdoptionRefused": {OPERATORS: "code path message detail gates"},
}
