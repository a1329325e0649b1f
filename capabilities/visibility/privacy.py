"""Who may see and say what people allow, and who may erase them."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import ADMINISTRATORS, EVERYONE

# Whoever speaks with her, and she herself; operations only count who may be reached.
_SPEAKING = frozenset({Role.CONSUMER, Role.GUIDE, Role.SERVICE, Role.ADMIN})

FIELDS: Rows = {
    "Query": {ADMINISTRATORS: "erasures"},
    "Mutation": {_SPEAKING: "setConsent", ADMINISTRATORS: "eraseMember"},
    "Member": {EVERYONE: "consents"},
    "Consent": {EVERYONE: "purpose medium status textVersion source at expiresAt"},
    "ConsentRecorded": {_SPEAKING: "allowed"},
    "ConsentDeclined": {_SPEAKING: "code path message valid"},
    "Erasure": {ADMINISTRATORS: "id oneId author reason erasedAt places"},
    "ErasurePlace": {ADMINISTRATORS: "place state changedAt"},
    "EraseDeclined": {ADMINISTRATORS: "code path message"},
}
