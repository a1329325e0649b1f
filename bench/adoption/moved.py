"""Whom a step of a percentage moves: never anybody more than it must, and nobody back."""

from dataclasses import dataclass
from itertools import pairwise

from capabilities.adoption.cohort import ALL, within
from capabilities.estate import Capability

# Basis points, as an owner would raise them, and down again.
STEPS = (0, 100, 500, 2_500, 5_000, 10_000, 2_500, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: of so many members, how many changed sides, and how many the wrong way."""

    before: int
    after: int
    members: int
    moved: int
    against: int

    @property
    def fewest(self) -> float:
        """How many the difference of the percentages is."""
        return abs(self.after - self.before) / ALL * self.members


def steps(members: int, capability: Capability = Capability.MEMBER) -> list[Step]:
    """Every step over members of OneIDs that are made up."""
    subjects = [f"m{number:08d}" for number in range(members)]
    found = []
    for before, after in pairwise(STEPS):
        was = {one for one in subjects if within(capability, one, before)}
        now = {one for one in subjects if within(capability, one, after)}
        wrong = was - now if after > before else now - was
        found.append(Step(before, after, members, len(was ^ now), len(wrong)))
    return found


def guinea_pigs(members: int, points: int) -> float:
    """The share of those moved first for one capability who are so for another, too."""
    subjects = [f"m{number:08d}" for number in range(members)]
    first, second = (
        {one for one in subjects if within(capability, one, points)}
        for capability in (Capability.MEMBER, Capability.ORDER)
    )
    return len(first & second) / max(1, len(first))
