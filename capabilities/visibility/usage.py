"""Who may see which applications use what: whoever runs the graph. Counts name nobody."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import OPERATORS

FIELDS: Rows = {
    "Query": {OPERATORS: "usage"},
    "Usage": {OPERATORS: "since countedSince countedUntil fields clients operations reads"},
    "UsageClient": {OPERATORS: "credential name"},
    "FieldUsage": {OPERATORS: "coordinate count lastUsedAt deprecated clients"},
    "ClientUsage": {OPERATORS: "client operations count lastUsedAt"},
    "OperationUsage": {OPERATORS: "documentId name kind client count lastUsedAt"},
    "SourceRead": {
        OPERATORS: "connector channelCode capability side documentId operation client count"
        " lastUsedAt"
    },
}
