"""The sets of roles that rows are written with; each lies inside the one before it."""

from capabilities.caller import Role

EVERYONE = frozenset(Role) - {Role.CONNECTOR}
STAFF = frozenset({Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN})
DESK = frozenset({Role.SERVICE, Role.OPERATIONS, Role.ADMIN})
OPERATORS = frozenset({Role.OPERATIONS, Role.ADMIN})
ADMINISTRATORS = frozenset({Role.ADMIN})
CONSUMERS = frozenset({Role.CONSUMER})
