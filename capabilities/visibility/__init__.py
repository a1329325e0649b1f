"""Visibility: who may see what, as data. One table for every way in, printed in the docs.

A field's row says which roles may see it; an owned type's scope says whose objects a role may see.
Plans, graphql-core and replays apply the rows, the reader applies the scopes; no resolver does.
"""

from capabilities.visibility.explain import EXPLAIN, explain_refusal
from capabilities.visibility.policy import Policy, PolicyError, Rule, Scope, policy_of
from capabilities.visibility.printed import printed
from capabilities.visibility.roles import (
    ADMINISTRATORS,
    CONSUMERS,
    DESK,
    EVERYONE,
    OPERATORS,
    STAFF,
)
from capabilities.visibility.table import POLICY, scope_of, type_refusal

__all__ = [
    "ADMINISTRATORS",
    "CONSUMERS",
    "DESK",
    "EVERYONE",
    "EXPLAIN",
    "OPERATORS",
    "POLICY",
    "STAFF",
    "Policy",
    "PolicyError",
    "Rule",
    "Scope",
    "explain_refusal",
    "policy_of",
    "printed",
    "scope_of",
    "type_refusal",
]
