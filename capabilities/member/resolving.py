"""Which memberships are one person: a pure function of what they show and what people decided.

Nothing here knows when a claim arrived. Values join in the order of their kind's priority, then of
their bytes, and two people that must not be one stop the join for both sides alike, so the same
set of claims and decisions gives the same people in whatever order and portions it came.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TypeAlias

from capabilities.member.claims import Claim, Key
from capabilities.member.identity_rules import IdentityRules, KindRule, Strength
from capabilities.member.records import IdentityKind
from capabilities.member.resolution import (
    Candidate,
    Decisions,
    Evidence,
    Pair,
    Reason,
    Resolution,
    ordered,
)

_Place: TypeAlias = tuple[IdentityKind, str]
_Against: TypeAlias = tuple[frozenset[Key], frozenset[Key]]


def resolve(
    members: Iterable[Key],
    claims: Collection[Claim],
    decisions: Decisions,
    rules: IdentityRules,
    crowded: AbstractSet[bytes] = frozenset(),
) -> Resolution:
    """The people among some memberships; whole components in, whole components out.

    `crowded` are values known to be on more memberships than are given here.
    """
    resolving = _Resolving(members, claims, decisions, rules, crowded)
    resolving.decide()
    for value in resolving.ranked():
        resolving.join_by(value)
    return resolving.result()


def counts(claim: Claim, rule: KindRule) -> bool:
    """Whether a claim can join."""
    return not (claim.barred or claim.gone) and rule.joins(verified=claim.verified)


class _Resolving:
    def __init__(
        self,
        members: Iterable[Key],
        claims: Collection[Claim],
        decisions: Decisions,
        rules: IdentityRules,
        crowded: AbstractSet[bytes],
    ) -> None:
        self._rules = rules
        self._root: dict[Key, Key] = {key: key for key in sorted(members)}
        self._parts: dict[Key, list[Key]] = {key: [key] for key in self._root}
        self._claims: dict[Key, list[Claim]] = {}
        self._values: dict[bytes, list[Claim]] = {}
        for claim in claims:
            if not (claim.gone or claim.barred):
                self._claims.setdefault(claim.key, []).append(claim)
                self._values.setdefault(claim.hash, []).append(claim)
        self._together = decisions.together
        self._apart: dict[Key, set[Key]] = {}
        for one, other in decisions.apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)
        self._facts: dict[Key, dict[_Place, set[bytes]]] = {}
        self._notes: list[tuple[Evidence, Sequence[Key]]] = []
        self._blocked: list[tuple[Evidence, Key, Key]] = []
        self._shared = set(crowded) & self._values.keys()
        self._shared.update(
            digest
            for digest, shown in self._values.items()
            if len(shown) > 1 and digest not in self._shared and self._is_shared(shown)
        )

    def decide(self) -> None:
        """Join what people decided to be one, unless others decided that it is not."""
        for one, other in sorted(self._together):
            if one in self._root and other in self._root:
                left, right = self._root[one], self._root[other]
                if left != right and not self._separated(left, right):
                    self._unite(left, right)

    def ranked(self) -> list[list[Claim]]:
        """The values that several memberships show, in the order in which they join."""
        several = [claims for claims in self._values.values() if len(claims) > 1]
        return sorted(several, key=self._rank)

    def _rank(self, claims: list[Claim]) -> tuple[int, str, str, bytes]:
        first = claims[0]
        return -self._rules.of(first.kind).priority, first.kind.value, first.scope, first.hash

    def join_by(self, claims: list[Claim]) -> None:
        """Make those who show a value one person, as far as the rules allow."""
        first = claims[0]
        rule = self._rules.of(first.kind)
        everyone = sorted({claim.key for claim in claims})
        if rule.strength is Strength.NEVER or len(everyone) > self._rules.shared_in_all:
            return
        if first.hash in self._shared:
            self._note(Reason.SHARED, first, everyone)
            return
        joining = sorted({claim.key for claim in claims if counts(claim, rule)})
        self._join_all(first, joining)
        if len(everyone) > len(joining) and not self._crowd(everyone):
            self._note(Reason.UNSURE, first, everyone)

    def _is_shared(self, claims: list[Claim]) -> bool:
        rule = self._rules.of(claims[0].kind)
        if len({claim.key for claim in claims}) > self._rules.shared_in_all:
            return True
        return self._crowd(sorted({claim.key for claim in claims if counts(claim, rule)}))

    def _crowd(self, keys: Sequence[Key]) -> bool:
        found = Counter(channel for channel, _ in keys)
        return max(found.values(), default=0) > self._rules.shared_in_channel

    def _note(self, reason: Reason, claim: Claim, keys: Sequence[Key]) -> None:
        self._notes.append((_evidence(reason, claim), keys))

    def _join_all(self, claim: Claim, joining: Sequence[Key]) -> None:
        roots = list(dict.fromkeys(self._root[key] for key in joining))
        against = {one: self._opponents(claim, one, roots) for one in roots}
        if not any(differ or decided for differ, decided in against.values()):
            self._join_in_turn(claim, roots)
            return
        # Those with the same opponents go together. Who has none could be either: a person decides.
        # Whom somebody keeps from one of two is not the other's for that.
        sides: dict[_Against, list[Key]] = {}
        for one in roots:
            sides.setdefault(against[one], []).append(one)
        free = sides.pop((frozenset(), frozenset()), [])
        opposed = [one for side in sides.values() for one in side]
        for one in free:
            for other in opposed:
                self._blocked.append((_evidence(Reason.AMBIGUOUS, claim), one, other))
        for side in sides.values():
            self._join_in_turn(claim, side)

    def _opponents(self, claim: Claim, one: Key, roots: Sequence[Key]) -> _Against:
        """Who differs from a person in what people have one of, and who is kept from her."""
        differ, decided = [], []
        for other in roots:
            if one == other:
                continue
            if self._separated(one, other):
                decided.append(other)
            if (place := self._conflict(one, other)) is not None:
                differ.append(other)
                if one < other:
                    kind, scope = place
                    differs = Evidence(Reason.CONFLICT.value, kind.value, scope)
                    self._blocked.append((differs, one, other))
                    self._blocked.append((_evidence(Reason.CONFLICT, claim), one, other))
        return frozenset(differ), frozenset(decided)

    def _join_in_turn(self, claim: Claim, roots: Sequence[Key]) -> None:
        for other in roots[1:]:
            one = self._root[roots[0]]
            reason = self._too_many(one, self._root[other])
            if reason is None:
                self._unite(one, self._root[other])
            else:
                self._blocked.append((_evidence(reason, claim), one, other))

    def _separated(self, one: Key, other: Key) -> bool:
        there = self._parts[other]
        return bool(self._apart) and any(
            not self._apart.get(key, _NOBODY).isdisjoint(there) for key in self._parts[one]
        )

    def _conflict(self, one: Key, other: Key) -> _Place | None:
        """What both have and a person has one of, where they have no value in common."""
        theirs = self._facts_of(other)
        for place, values in sorted(self._facts_of(one).items(), key=_by_place):
            if self._rules.of(place[0]).unique and values.isdisjoint(theirs.get(place, values)):
                return place
        return None

    def _too_many(self, one: Key, other: Key) -> Reason | None:
        if len(self._parts[one]) + len(self._parts[other]) > self._rules.most_memberships:
            return Reason.CROWD
        theirs = self._facts_of(other)
        for place, values in self._facts_of(one).items():
            if place in theirs and len(values | theirs[place]) > self._rules.of(place[0]).most:
                return Reason.LIMIT
        return None

    def _facts_of(self, root: Key) -> dict[_Place, set[bytes]]:
        facts = self._facts.get(root)
        if facts is None:
            facts = self._facts[root] = {}
            for claim in self._claims.get(root, ()):
                if counts(claim, self._rules.of(claim.kind)) and claim.hash not in self._shared:
                    facts.setdefault((claim.kind, claim.scope), set()).add(claim.hash)
        return facts

    def _unite(self, one: Key, other: Key) -> None:
        """One person of two, named by the first of the memberships."""
        kept, gone = (one, other) if one < other else (other, one)
        facts = self._facts_of(kept)
        for place, values in self._facts_of(gone).items():
            facts[place] = facts.get(place, set()) | values
        moved = self._parts.pop(gone)
        for key in moved:
            self._root[key] = kept
        self._parts[kept] += moved

    def result(self) -> Resolution:
        """The people, and whom to look at."""
        people = tuple(tuple(sorted(self._parts[root])) for root in sorted(self._parts))
        return Resolution(people, self._candidates(), frozenset(self._shared))

    def _candidates(self) -> tuple[Candidate, ...]:
        found: dict[Pair, set[Evidence]] = {}
        pairs = list(self._blocked)
        for evidence, keys in self._notes:
            roots = list(dict.fromkeys(self._root[key] for key in keys))
            pairs += [(evidence, *pair) for pair in pairwise(roots)]
        for evidence, one, other in pairs:
            left, right = ordered(self._root[one], self._root[other])
            if left != right and not self._separated(left, right):
                found.setdefault((left, right), set()).add(evidence)
        return tuple(
            Candidate(left, right, tuple(sorted(found[left, right])))
            for left, right in sorted(found)
        )


_NOBODY: frozenset[Key] = frozenset()


def _evidence(reason: Reason, claim: Claim) -> Evidence:
    return Evidence(reason.value, claim.kind.value, claim.scope)


def _by_place(item: tuple[_Place, set[bytes]]) -> tuple[str, str]:
    (kind, scope), _ = item
    return kind.value, scope
