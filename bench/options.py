"""How long a bench runs, and with what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`quick`: three peers; `latency_ms`: of every answer of the mock upstream.

    `members` is how many memberships the sync takes in, `participants` how many come to a sale.
    """

    seconds: float = 4.0
    rounds: int = 5
    warm: float = 2.0
    latency_ms: float = 0.0
    quick: bool = False
    members: int = 50_000
    participants: int = 20_000
