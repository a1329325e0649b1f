"""The table in force: every capability brings its rows and the scopes of what somebody owns."""

from capabilities.caller import Role
from capabilities.visibility import (
    administration,
    graph,
    member,
    order,
    product,
    profile,
    promotion,
)
from capabilities.visibility.policy import Policy, Scope, policy_of

POLICY: Policy = policy_of(
    rows=(
        graph.FIELDS,
        member.FIELDS,
        order.FIELDS,
        product.FIELDS,
        profile.FIELDS,
        promotion.FIELDS,
        administration.FIELDS,
    ),
    scopes=(member.SCOPES, order.SCOPES, promotion.SCOPES, profile.SCOPES),
    open_fields=graph.OPEN,
)


def scope_of(type_name: str, role: Role) -> Scope | None:
    """Whose objects of an owned type a role may see; None for nobody's."""
    return POLICY.scope(type_name, role)
