"""Visibility: which role may ask which root field, as data.

A plan, a cache or another way in reads the same table. What a caller sees *inside* an answer is
cut per object, by `Visibility`; this table only says which questions a role may ask at all.
"""

from collections.abc import Mapping

from capabilities.caller import Caller, Role
from capabilities.errors import Forbidden, SantongError, Unauthenticated

EVERYONE = frozenset(Role) - {Role.CONNECTOR}
STAFF = frozenset({Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN})
DESK = frozenset({Role.SERVICE, Role.OPERATIONS, Role.ADMIN})
OPERATORS = frozenset({Role.OPERATIONS, Role.ADMIN})
ADMINISTRATORS = frozenset({Role.ADMIN})

# Who may be told how an answer came about: it names systems, and the company of other requests.
EXPLAIN = OPERATORS

# Fields that answer without a caller: they say nothing of the retailer.
OPEN = frozenset({"Query._service"})

ROOT_FIELDS: Mapping[str, frozenset[Role]] = {
    "Query.me": frozenset({Role.CONSUMER}),
    "Query.member": STAFF,
    "Query.members": STAFF,
    "Query.order": EVERYONE,
    "Query.orders": STAFF,
    "Query.product": EVERYONE,
    "Query.products": EVERYONE,
    "Query.unmatchedCodes": OPERATORS,
    "Query.promotions": EVERYONE,
    "Query.coupons": DESK,
    "Query.channels": EVERYONE,
    "Query.store": EVERYONE,
    "Query.stores": EVERYONE,
    "Query.connectors": OPERATORS,
    "Query.extensionPoints": OPERATORS,
    "Query.node": EVERYONE,
    "Query.nodes": EVERYONE,
    "Query._entities": EVERYONE,
    "Query._service": frozenset(Role),
    "Mutation.registerOperation": ADMINISTRATORS,
    "Mutation.purgeCache": ADMINISTRATORS,
    "Mutation.registerConnector": ADMINISTRATORS,
    "Mutation.updateConnector": ADMINISTRATORS,
    "Mutation.pauseConnector": ADMINISTRATORS,
    "Mutation.resumeConnector": ADMINISTRATORS,
    "Mutation.removeConnector": ADMINISTRATORS,
}


def refusal(coordinate: str, caller: Caller | None) -> SantongError | None:
    """Why a caller may not ask a root field, such as `Query.orders`; None where she may.

    A field without a row is refused to everybody.
    """
    if coordinate in OPEN:
        return None
    if caller is None:
        return Unauthenticated("A token is needed to ask this.")
    if caller.role in ROOT_FIELDS.get(coordinate, frozenset()):
        return None
    return Forbidden(f"The role {caller.role.value} may not ask {coordinate}.")


def explain_refusal(caller: Caller) -> Forbidden | None:
    """Why a caller may not be told the plan of her answer; None where she may."""
    if caller.role in EXPLAIN:
        return None
    those = " or ".join(sorted(role.value for role in EXPLAIN))
    return Forbidden(f"The role {caller.role.value} may not ask for a plan; {those} may.")
