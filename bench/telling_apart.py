"""How well times tell two kinds of questions apart: the AUC of two classifiers.

One says of the slower that it is of the second kind. The other learns on half of the times which
lengths belong to which kind, so that it also finds what is as slow on average and of another shape;
it is judged on the other half.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import log, sqrt
from typing import NamedTuple

_BINS = 16
_SURE = 1.96


class Told(NamedTuple):
    """What a classifier achieves: 0.5 is chance, 1 is certainty; with its 95 % interval."""

    auc: float
    low: float
    high: float


def by_length(one: Sequence[float], other: Sequence[float]) -> Told:
    """Of the slower, or of the quicker where that tells more."""
    found = area(one, other)
    return _told(max(found, 1 - found), len(one), len(other))


def by_shape(one: Sequence[float], other: Sequence[float]) -> Told:
    """Of what was learnt from every second time, judged on the rest, and the other way round."""
    halves = [(each[::2], each[1::2]) for each in (one, other)]
    (one_a, one_b), (other_a, other_b) = halves
    found = (
        _learnt((one_a, other_a), (one_b, other_b)) + _learnt((one_b, other_b), (one_a, other_a))
    ) / 2
    return _told(found, len(one), len(other))


def area(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely one of `other` is larger than one of `one`; equal ones count half."""
    known = sorted(one)
    below = sum(bisect_left(known, each) + bisect_right(known, each) for each in other)
    return below / 2 / (len(one) * len(other))


def _learnt(
    lesson: tuple[Sequence[float], Sequence[float]], trial: tuple[Sequence[float], Sequence[float]]
) -> float:
    """The area of a histogram's judgement: bins of as many times each, the log of their odds."""
    every = sorted((*lesson[0], *lesson[1]))
    edges = [every[len(every) * at // _BINS] for at in range(1, _BINS)]
    counts = [[1] * _BINS for _ in lesson]
    for kind, times in zip(counts, lesson, strict=True):
        for each in times:
            kind[bisect_right(edges, each)] += 1
    odds = [log(second / first) for first, second in zip(*counts, strict=True)]
    judged = [[odds[bisect_right(edges, each)] for each in times] for times in trial]
    return area(*judged)


def _told(auc: float, one: int, other: int) -> Told:
    """With the interval of Hanley and McNeil (Radiology 143, 1982)."""
    twice, both = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (one - 1) * (twice - auc * auc) + (other - 1) * (both - auc * auc)
    width = _SURE * sqrt(max(spread, 0.0) / (one * other))
    return Told(auc, max(auc - width, 0.0), min(auc + width, 1.0))
