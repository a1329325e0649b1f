"""Who may see what of people: a consumer herself, a guide the members of her stores."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import CONSUMERS, EVERYONE, STAFF

FIELDS: Rows = {
    "Query": {CONSUMERS: "me", STAFF: "member members"},
    "Member": {
        EVERYONE: "id oneId displayName phoneMasked status aliases sources memberships orders"
        " coupons",
    },
    "Membership": {
        EVERYONE: "id number programme status sourceStatus tier points joinedAt homeStoreCode"
        " displayName phoneMasked emailMasked source native channel homeStore",
    },
    "Tier": {EVERYONE: "code name validTo"},
    "Points": {EVERYONE: "available pending authority"},
}

_OF_PEOPLE = {
    Role.CONSUMER: Scope.OWN,
    Role.GUIDE: Scope.STORE,
    Role.SERVICE: Scope.BRAND,
    Role.OPERATIONS: Scope.BRAND,
    Role.ADMIN: Scope.BRAND,
}
SCOPES: Scopes = {"Member": _OF_PEOPLE, "Membership": _OF_PEOPLE}
