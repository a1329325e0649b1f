"""Who may see what of promotions, which are for everybody, and of coupons, which somebody holds."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import DESK, EVERYONE, STAFF

FIELDS: Rows = {
    "Query": {EVERYONE: "promotions", DESK: "coupons"},
    "Promotion": {
        EVERYONE: "id key name kind status sourceStatus startsAt endsAt percent amount minimum"
        " source native channel",
        # How far a promotion has gone is the retailer's own business.
        STAFF: "usageLimit used",
    },
    "Coupon": {
        EVERYONE: "id name kind status sourceStatus code percent value issuedAt expiresAt source"
        " channel",
    },
}

SCOPES: Scopes = {
    "Coupon": {
        Role.CONSUMER: Scope.OWN,
        Role.GUIDE: Scope.STORE,
        Role.SERVICE: Scope.BRAND,
        Role.OPERATIONS: Scope.BRAND,
        Role.ADMIN: Scope.BRAND,
    }
}
