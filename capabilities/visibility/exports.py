"""Who may have personal values in the clear in a file; a reason and an audit row come with it."""

from capabilities.caller import Role

IN_THE_CLEAR = frozenset({Role.SERVICE, Role.ADMIN})


def may_unmask(role: Role) -> bool:
    """Whether a role may export names and phones in the clear."""
    return role in IN_THE_CLEAR
