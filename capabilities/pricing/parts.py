"""Amounts split over lines so that the parts add up to the whole, to the last minor unit."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_HUNDRED = Decimal(100)


def share(amount: int, percent: Decimal) -> int:
    """So many per cent of an amount, rounded half up to the minor unit."""
    return int((amount * percent / _HUNDRED).quantize(Decimal(1), ROUND_HALF_UP))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights that are not negative; none gets more than its weight.

    Largest remainders, the earlier place first: for `amount` up to the sum of the weights the
    parts add up exactly.
    """
    whole = sum(weights)
    if whole <= 0 or amount <= 0:
        return [0] * len(weights)
    if amount >= whole:
        return list(weights)
    parts, rests, left = [], [], amount
    for place, weight in enumerate(weights):
        part, rest = divmod(amount * weight, whole)
        parts.append(part)
        rests.append((-rest, place))
        left -= part
    for _, place in sorted(rests)[:left]:
        parts[place] += 1
    return parts
