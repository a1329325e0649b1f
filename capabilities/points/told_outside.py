"""Points that a platform outside gives or takes, and what it is answered."""

from msgspec import Struct

from capabilities.member.records import IdentityKind


class PointsTold(Struct, frozen=True, kw_only=True):
    """One change as the platform tells it: by its own record, of whoever shows these ids.

    `amount` is below zero where points are taken.
    """

    record: str
    amount: int
    identities: tuple[tuple[IdentityKind, str], ...]

    def __repr__(self) -> str:
        return f"PointsTold({self.record!r})"


class PointsAnswered(Struct, frozen=True, kw_only=True):
    """Whether it was done, the balance after it, and the code of why it was not."""

    done: bool
    balance: int = 0
    error: str | None = None
