"""Who may see and change how the graph itself is run: connectors, operations, what is kept."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import ADMINISTRATORS, OPERATORS

FIELDS: Rows = {
    "Query": {OPERATORS: "connectors extensionPoints"},
    "Mutation": {
        ADMINISTRATORS: "registerOperation purgeCache registerConnector updateConnector"
        " pauseConnector resumeConnector removeConnector",
    },
    "Connector": {
        OPERATORS: "name system health capabilities channels ports calls errors inFlight breaker"
        " p50 p99 errorRate lastError lastLatencyMs origin state refused author changedAt",
    },
    "ExtensionPoint": {OPERATORS: "name interface system connectors fields"},
    "ExtensionField": {OPERATORS: "name type visibility description"},
    "RegisteredOperation": {
        ADMINISTRATORS: "documentId sha256 text name registeredBy registeredAt",
    },
    "OperationInvalid": {ADMINISTRATORS: "code path message faults"},
    "OperationFault": {ADMINISTRATORS: "message line column"},
    "RegisteredConnector": {
        ADMINISTRATORS: "name version action state definition author changedAt reason",
    },
    "ConnectorInvalid": {ADMINISTRATORS: "code path message faults"},
    "ConnectorDeclined": {ADMINISTRATORS: "code path message valid"},
    "DefinitionFault": {ADMINISTRATORS: "code message line column key"},
    "CachePurged": {ADMINISTRATORS: "connectors told"},
    "NothingPurged": {ADMINISTRATORS: "code path message"},
}
