"""Budgets of look-ups: how many people one member of staff finds before she must say why."""

from enum import Enum

from msgspec import Struct

from capabilities.member.records import Identity

WINDOW_SECONDS = 600
DAY_SECONDS = 86_400


class LookUpBudget(Struct, frozen=True):
    """The most different people whom one caller looks up without a reason, in any such time."""

    ten_minutes: int = 60
    day: int = 500


class Spent(Enum):
    """Which budget is spent."""

    TEN_MINUTES = "TEN_MINUTES"
    DAY = "DAY"


class Sought(Struct, frozen=True):
    """Whom a look-up asks for: the kind of key, and the key in its canonical form.

    It never shows itself: it may be a phone.
    """

    kind: str
    value: str

    def __repr__(self) -> str:
        return f"Sought({self.kind}, ***)"


def holder(identity: Identity) -> Sought:
    """Who has an identity, in its canonical form."""
    return Sought(identity.kind.value, f"{identity.scope}\x1f{identity.value}")


def person(one_id: str) -> Sought:
    """A person by her OneID."""
    return Sought("one_id", one_id)
