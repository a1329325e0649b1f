"""Who may see people in the clear, and who may read who did."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import ADMINISTRATORS

# The desk with a reason and an audit row each time; a consumer herself.
UNMASKED = frozenset({Role.CONSUMER, Role.SERVICE})

FIELDS: Rows = {
    "Query": {ADMINISTRATORS: "auditTrail"},
    "Member": {UNMASKED: "unmasked"},
    "UnmaskedMember": {UNMASKED: "name phone email memberships"},
    "UnmaskedMembership": {UNMASKED: "id number name phone email cardNumber identities"},
    "UnmaskedIdentity": {UNMASKED: "kind scope value"},
    "AuditEntry": {ADMINISTRATORS: "number at action actor role about reason facts hash"},
}

_CLEAR = {Role.CONSUMER: Scope.OWN, Role.SERVICE: Scope.BRAND}
SCOPES: Scopes = {
    "UnmaskedMember": _CLEAR,
    "UnmaskedMembership": _CLEAR,
    "UnmaskedIdentity": _CLEAR,
}
