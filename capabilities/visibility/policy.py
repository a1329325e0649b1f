"""The policy as one value: rows of fields and scopes of owned types, put together and looked up."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum

from msgspec import Struct

from capabilities.caller import Caller, Role
from capabilities.errors import Forbidden, SantongError, Unauthenticated

Rows = Mapping[str, Mapping[frozenset[Role], str]]
Scopes = Mapping[str, Mapping[Role, "Scope"]]

# Rows that hold for every type of such a name.
_FAMILIES = re.compile(r"([^*]+)(Connection|Edge)")


class PolicyError(TypeError):
    """The table of visibility and the contract do not fit; the message names the fields."""


class Scope(Enum):
    """Whose objects of an owned type a role may see."""

    BRAND = "brand"
    STORE = "store"
    OWN = "own"


class Rule(Struct, frozen=True):
    """Who may see one field; `open` is one that answers without a caller."""

    coordinate: str
    roles: frozenset[Role]
    open: bool = False

    def refusal(self, caller: Caller | None) -> SantongError | None:
        """Why a caller may not see the field; None where she may."""
        if self.open:
            return None
        if caller is None:
            return Unauthenticated("A token is needed to ask this.")
        if caller.role in self.roles:
            return None
        return Forbidden(f"The role {caller.role.value} may not see {self.coordinate}.")


class Policy(Struct, frozen=True):
    """Every row by coordinate, such as `Member.status`, and every scope by type."""

    fields: Mapping[str, frozenset[Role]]
    scopes: Scopes
    open: frozenset[str] = frozenset()

    def rule(self, type_name: str, field: str) -> Rule:
        """The rule of a field; without a row nobody may see it."""
        coordinate = f"{type_name}.{field}"
        return Rule(coordinate, self.row(type_name, field) or frozenset(), coordinate in self.open)

    def row(self, type_name: str, field: str) -> frozenset[Role] | None:
        """The roles of a field's row; None where it has none."""
        found = self.fields.get(f"{type_name}.{field}")
        shared = self.fields.get(f"{family(type_name)}.{field}")
        if found is not None or shared is None:
            return found
        return shared & (self.seen_by(node_of(type_name)) or shared)

    def seen_by(self, type_name: str) -> frozenset[Role]:
        """The roles that may see anything of a type; of a list those that may see what it lists."""
        rows = (row for one, row in self.fields.items() if one.partition(".")[0] == type_name)
        own: frozenset[Role] = frozenset().union(*rows)
        if own or family(type_name) == type_name:
            return own
        shared = self.seen_by(family(type_name))
        return shared & (self.seen_by(node_of(type_name)) or shared)

    def scope(self, type_name: str, role: Role) -> Scope | None:
        """Whose objects of an owned type a role may see; None for nobody's."""
        return self.scopes[type_name].get(role)


def family(type_name: str) -> str:
    """`OrderConnection` → `*Connection`; a type without a family is its own."""
    found = _FAMILIES.fullmatch(type_name)
    return type_name if found is None else f"*{found[2]}"


def node_of(type_name: str) -> str:
    """`OrderConnection` → `Order`."""
    found = _FAMILIES.fullmatch(type_name)
    return type_name if found is None else found[1]


def policy_of(
    rows: Iterable[Rows], scopes: Iterable[Scopes], open_fields: frozenset[str] = frozenset()
) -> Policy:
    """One policy of the parts that capabilities bring; PolicyError where two say something."""
    fields: dict[str, frozenset[Role]] = {}
    for part in rows:
        for type_name, classes in part.items():
            for roles, names in classes.items():
                for name in names.split():
                    coordinate = f"{type_name}.{name}"
                    if coordinate in fields:
                        raise PolicyError(f"two rows for {coordinate}")
                    fields[coordinate] = roles
    owned: dict[str, Mapping[Role, Scope]] = {}
    for one in scopes:
        if owned.keys() & one.keys():
            raise PolicyError(f"two scopes for {', '.join(sorted(owned.keys() & one.keys()))}")
        owned.update(one)
    return Policy(fields, owned, open_fields)
