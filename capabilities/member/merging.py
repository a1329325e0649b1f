"""Merging and unmerging people: what would move, what stands against it, what became of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.member.claims import Claim, Key
from capabilities.member.identity_rules import IdentityRules
from capabilities.member.resolution import Decisions, Reason, ordered
from capabilities.member.resolving import counts
from capabilities.operations import IdempotencyKeyReused

DECIDED = "DECIDED"


class MergeBlock(Struct, frozen=True, order=True, gc=False):
    """One thing that stands against a merge; who overrides it names its code."""

    code: str


class MergePart(Struct, frozen=True, kw_only=True):
    """One of the people before a merge, or after it was undone."""

    brand: str
    one_id: str
    memberships: tuple[MembershipKey, ...]
    version: int

    @property
    def member_id(self) -> str:
        """Global id of the person."""
        return global_id("Member", self.brand, self.one_id)


class MergePreview(Struct, frozen=True, kw_only=True):
    """What a merge would do; nothing is done.

    `coming_along` are people whom nobody named: what is overridden alone keeps them apart.
    """

    brand: str
    one_id: str
    parts: tuple[MergePart, ...]
    coming_along: tuple[MergePart, ...] = ()
    blocks: tuple[MergeBlock, ...] = ()

    @property
    def resulting_member_id(self) -> str:
        """Global id of the person that would stand."""
        return global_id("Member", self.brand, self.one_id)


class UnmergePreview(Struct, frozen=True, kw_only=True):
    """The people that undoing a merge would leave; nothing is done."""

    parts: tuple[MergePart, ...]


class MembersMerged(Struct, frozen=True, kw_only=True, tag=True):
    """A merge that was done; every id of the parts leads to the result for ever."""

    brand: str
    record: str
    one_id: str
    merged: tuple[str, ...]

    @property
    def merge_id(self) -> str:
        """Global id of the record by which the merge can be undone."""
        return global_id("Merge", self.brand, self.record)

    @property
    def resulting_member_id(self) -> str:
        """Global id of the person that stands."""
        return global_id("Member", self.brand, self.one_id)

    @property
    def merged_member_ids(self) -> tuple[str, ...]:
        """Global ids of those who were merged into her."""
        return tuple(global_id("Member", self.brand, one) for one in self.merged)


class MembersUnmerged(Struct, frozen=True, kw_only=True, tag=True):
    """An unmerge that was done: the people that stand again."""

    brand: str
    record: str
    parts: tuple[MergePart, ...]


class MergeDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """A merge or unmerge that was not done; `blocks` are what would have to be overridden."""

    blocks: tuple[MergeBlock, ...] = ()


Merging: TypeAlias = MembersMerged | MergeDeclined | IdempotencyKeyReused
Unmerging: TypeAlias = MembersUnmerged | MergeDeclined | IdempotencyKeyReused


def blocks_between(
    sides: Sequence[Sequence[Key]],
    claims: Collection[Claim],
    decisions: Decisions,
    rules: IdentityRules,
) -> tuple[MergeBlock, ...]:
    """What stands against making one person of these people."""
    found: set[MergeBlock] = set()
    facts = [_facts(side, claims, rules) for side in sides]
    for one, other in combinations(facts, 2):
        for kind, scope in one.keys() & other.keys():
            if one[kind, scope].isdisjoint(other[kind, scope]):
                found.add(MergeBlock(f"{Reason.CONFLICT.value}:{kind}"))
    if across(sides) & decisions.apart:
        found.add(MergeBlock(DECIDED))
    if sum(map(len, sides)) > rules.most_memberships:
        found.add(MergeBlock(Reason.CROWD.value))
    return tuple(sorted(found))


def across(sides: Sequence[Iterable[Key]]) -> frozenset[tuple[Key, Key]]:
    """Every pair of memberships of two different people."""
    return frozenset(
        ordered(left, right)
        for one, other in combinations(sides, 2)
        for left in one
        for right in other
    )


def _facts(
    side: Collection[Key], claims: Iterable[Claim], rules: IdentityRules
) -> Mapping[tuple[str, str], set[bytes]]:
    """What a person has one of, by kind and scope."""
    found: dict[tuple[str, str], set[bytes]] = {}
    keys = set(side)
    for claim in claims:
        rule = rules.of(claim.kind)
        if rule.unique and claim.key in keys and counts(claim, rule):
            found.setdefault((claim.kind.value, claim.scope), set()).add(claim.hash)
    return found
