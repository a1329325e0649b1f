"""How much may be asked and kept in the shadow; no answer of a caller depends on any of it."""

from msgspec import Struct


class ShadowBounds(Struct, frozen=True, kw_only=True):
    """Bounds of one channel's capability in one process.

    Both sides of a pair are read within `window_seconds`; what callers were answered within
    `gather_seconds` is asked together, up to `most_together` keys. Who is asked has
    `deadline_seconds` and `most_bytes` for an answer. What differs is looked at again after
    `lag_seconds`, the time that a feed may take. However often a key is asked for, it is compared
    once within `again_seconds`, as far as `most_known` keys are remembered: one thing asked all
    the time is no evidence of many.
    """

    window_seconds: float = 2.0
    gather_seconds: float = 0.2
    most_together: int = 20
    deadline_seconds: float = 2.0
    lag_seconds: float = 30.0
    most_bytes: int = 1024 * 1024
    most_waiting: int = 500
    again_seconds: float = 300.0
    most_known: int = 100_000
