"""The policy as a table that a person reads: `docs/reference/visibility.md`."""

from collections.abc import Iterator

from capabilities.caller import Role
from capabilities.visibility.policy import Policy

_ROLES = tuple(role for role in Role if role is not Role.CONNECTOR)
_HEAD = f"| Fields | {' | '.join(f'`{role.value}`' for role in _ROLES)} |"
_RULE = f"|---|{'---|' * len(_ROLES)}"


def printed(policy: Policy) -> str:
    """Markdown: one part a type, one line for all fields of a type with the same row."""
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    for kind, rows in sorted(_by_type(policy).items()):
        yield from (f"### {kind.replace('*', '…')}", "", _HEAD, _RULE)
        for roles, names in rows.items():
            cells = (_cell(policy, kind, role) if role in roles else "–" for role in _ROLES)
            yield f"| {', '.join(f'`{name}`' for name in names)} | {' | '.join(cells)} |"
        yield ""


def _by_type(policy: Policy) -> dict[str, dict[frozenset[Role], list[str]]]:
    found: dict[str, dict[frozenset[Role], list[str]]] = {}
    for coordinate, roles in policy.fields.items():
        kind, _, name = coordinate.partition(".")
        found.setdefault(kind, {}).setdefault(roles, []).append(name)
    return found


def _cell(policy: Policy, kind: str, role: Role) -> str:
    if kind not in policy.scopes:
        return "yes"
    scope = policy.scope(kind, role)
    return "–" if scope is None else scope.value
