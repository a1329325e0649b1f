"""The table in force: every capability brings its rows and the scopes of what somebody owns."""

from functools import cache

from capabilities.caller import Role
from capabilities.errors import Forbidden
from capabilities.visibility import (
    access,
    administration,
    adoption,
    flash,
    graph,
    lifecycle,
    member,
    order,
    points,
    privacy,
    product,
    profile,
    promotion,
    quality,
    usage,
)
from capabilities.visibility.policy import Policy, Scope, policy_of

POLICY: Policy = policy_of(
    rows=(
        graph.FIELDS,
        lifecycle.FIELDS,
        member.FIELDS,
        order.FIELDS,
        privacy.FIELDS,
        points.FIELDS,
        product.FIELDS,
        profile.FIELDS,
        promotion.FIELDS,
        flash.FIELDS,
        quality.FIELDS,
        usage.FIELDS,
        access.FIELDS,
        administration.FIELDS,
        adoption.FIELDS,
    ),
    scopes=(access.SCOPES, member.SCOPES, order.SCOPES, promotion.SCOPES, profile.SCOPES),
    open_fields=graph.OPEN,
)


def scope_of(type_name: str, role: Role) -> Scope | None:
    """Whose objects of an owned type a role may see; None for nobody's."""
    return POLICY.scope(type_name, role)


def type_refusal(type_name: str, role: Role) -> Forbidden | None:
    """Why a role may not look for objects of a type by their ids; None where it may."""
    if role in _seen_by(type_name):
        return None
    return Forbidden(f"The role {role.value} may not see {type_name}.")


@cache
def _seen_by(type_name: str) -> frozenset[Role]:
    return POLICY.seen_by(type_name)
