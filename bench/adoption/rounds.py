"""Two servers at one fixed rate, turn about: what one costs in terms of the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.rounds import Figures

_OUTER = 2


@dataclass(frozen=True, slots=True)
class Compared:
    """How many times one is the other, round by round."""

    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of them."""
        ranked, half = sorted(self.ratios), len(self.ratios) // 2
        return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2

    @property
    def interval(self) -> tuple[float, float]:
        """From the second to the last but one: of ten, it holds the true median in 98 of 100."""
        ranked = sorted(self.ratios)
        outer = _OUTER if len(ranked) > _OUTER * 2 else 1
        return ranked[outer - 1], ranked[-outer]


def compared(off: Sequence[Figures], on: Sequence[Figures], figure: str) -> Compared:
    """One figure of both, of each round."""
    return Compared(tuple(b[figure] / a[figure] for a, b in zip(off, on, strict=True)))
