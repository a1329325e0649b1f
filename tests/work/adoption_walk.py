"""Every place in which a pair can stand, every legal step between two, and a walk over them all.

A place is a state, who leads while it is halted, and whose writes the platform leads where they are
divided. The steps are asked of `capabilities.adoption.moves` alone: a state that comes anew is
walked without a word here.
"""

from collections import deque
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec.structs import replace

from capabilities.adoption.cohort import ALL
from capabilities.adoption.moves import moved, reachable
from capabilities.adoption.standing import Standing, implicit
from capabilities.adoption.states import AdoptionState, at_least
from capabilities.estate import Capability

S = AdoptionState
SHARES = (0, ALL // 2, ALL)
_AT = datetime(2026, 11, 27, tzinfo=UTC)


class Place(NamedTuple):
    """Where a pair stands, as far as its writes go."""

    state: AdoptionState
    lead: AdoptionState
    points: int

    def __str__(self):
        halted = f" ({self.lead.value})" if self.state is S.HALTED else ""
        divided = f" {self.points // 100} %" if self.lead is S.DUAL_WRITE_MIDDLE_LEAD else ""
        return f"{self.state.value}{halted}{divided}"


START = Place(S.FEDERATED_READ, S.FEDERATED_READ, 0)


def place_of(standing: Standing) -> Place:
    """Where a pair stands."""
    divided = standing.lead is S.DUAL_WRITE_MIDDLE_LEAD
    return Place(standing.state, standing.lead, standing.write_points if divided else 0)


def steps_from(here: Place) -> list[Place]:
    """Where one legal step leads."""
    whole = ALL if at_least(here.lead, S.MIDDLE_OWNED) else here.points
    standing = replace(
        implicit("store", Capability.MEMBER),
        state=here.state,
        from_state=here.lead,
        write_points=whole,
    )
    found = {place_of(moved(standing, target, _AT)) for target in reachable(standing)}
    if here.state is S.DUAL_WRITE_MIDDLE_LEAD:
        found |= {here._replace(points=one) for one in SHARES if one != here.points}
    return sorted(found, key=_rank)


def all_steps() -> set[tuple[Place, Place]]:
    """Every legal step between places that can be come to."""
    found, seen, left = set(), {START}, deque([START])
    while left:
        here = left.popleft()
        for one in steps_from(here):
            found.add((here, one))
            if one not in seen:
                seen.add(one)
                left.append(one)
    return found


def walk() -> list[tuple[Place, Place]]:
    """Steps that follow one another from `START` and are all that there are; the end comes last."""
    left, here, way = all_steps(), START, []
    end = {step for step in left if not steps_from(step[1])}
    left -= end
    while left or end:
        left, end = (left, end) if left else (end, set())
        part = _nearest(here, left)
        way += part
        left -= set(part)
        here = part[-1][1]
    return way


def _nearest(here: Place, left: set[tuple[Place, Place]]) -> list[tuple[Place, Place]]:
    """The shortest way whose last step is one of those."""
    ways, seen = deque([(here, [])]), {here}
    while ways:
        at, way = ways.popleft()
        for one in steps_from(at):
            if (at, one) in left:
                return [*way, (at, one)]
            if one not in seen and steps_from(one):
                seen.add(one)
                ways.append((one, [*way, (at, one)]))
    raise AssertionError("no way leads there")


def _rank(place: Place) -> tuple[bool, int, int]:
    """Halts first, for they need no way back; then downwards as little as can be."""
    return (place.state is not S.HALTED, -(place.lead.step or 0), -place.points)
