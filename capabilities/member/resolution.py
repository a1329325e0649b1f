"""What comes of resolving: people, those whom only a person can judge, and what was decided."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.member.claims import Key

Pair: TypeAlias = tuple[Key, Key]


class Reason(Enum):
    """Why two people who share something were left apart.

    CONFLICT: they differ in what a person has one of. AMBIGUOUS: it is shared with two people who
    are not one. SHARED: too many share it. UNSURE: nobody vouches for it. LIMIT, CROWD: one person
    would have too many identities of a kind, or too many memberships.
    """

    CONFLICT = "CONFLICT"
    AMBIGUOUS = "AMBIGUOUS"
    SHARED = "SHARED"
    UNSURE = "UNSURE"
    LIMIT = "LIMIT"
    CROWD = "CROWD"


class Decisions(Struct, frozen=True):
    """What people decided: pairs of memberships of one person, and pairs of two people."""

    together: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


class Evidence(Struct, frozen=True, order=True, gc=False):
    """One thing that two people share or differ in.

    `weight` is what a comparison gave for it, in bits; rules give none.
    """

    reason: str
    kind: str
    scope: str
    weight: float = 0.0


class Candidate(Struct, frozen=True, gc=False):
    """Two people, by their first memberships, whom only a person can judge."""

    left: Key
    right: Key
    evidence: tuple[Evidence, ...]


class Resolution(Struct, frozen=True):
    """People as their memberships, all in canonical order; `shared` values are nobody's."""

    people: tuple[tuple[Key, ...], ...]
    candidates: tuple[Candidate, ...]
    shared: frozenset[bytes]


def ordered(one: Key, other: Key) -> Pair:
    """A pair of memberships as decisions and candidates name it."""
    return (one, other) if one <= other else (other, one)
