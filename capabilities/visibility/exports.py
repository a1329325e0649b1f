"""Who may have people in a file, and who in the clear; a reason and an audit row come with it.

A file is cut to nobody's stores and to no consumer, so these have none.
"""

from capabilities.caller import Role
from capabilities.visibility.roles import DESK

IN_THE_CLEAR = frozenset({Role.SERVICE})


def may_export(role: Role) -> bool:
    """Whether a role may export people at all."""
    return role in DESK


def may_unmask(role: Role) -> bool:
    """Whether a role may export names and phones in the clear."""
    return role in IN_THE_CLEAR
