"""Odds, by name."""

from random import Random


def chance(rng: Random, share: float) -> bool:
    """True in this share of the cases."""
    return rng.random() < share
