"""Who may see how good the data is: whoever works on it. Counts name nobody."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import OPERATORS

FIELDS: Rows = {
    "Query": {OPERATORS: "dataQuality"},
    "DataQuality": {
        OPERATORS: "measuredAt people memberships joined aliases candidates orders attributed"
        " orderCoverage consentCoverage duplicates conflicts phones coverage consents drifts"
    },
    "DuplicateCount": {OPERATORS: "rule identities memberships"},
    "ConflictCount": {OPERATORS: "rule identities people"},
    "PhoneCount": {OPERATORS: "connector reason memberships"},
    "CoverageCount": {OPERATORS: "channelCode orders attributed share"},
    "PointsDrift": {
        OPERATORS: "programme measuredAt memberships equal share told reckoned drift largest"
    },
    "ConsentCount": {OPERATORS: "medium answered reachable"},
}
