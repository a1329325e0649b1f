"""Filter values of the contract, bounded and in the form that records take."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

from strawberry import UNSET

from capabilities.errors import BadInput

LARGEST_FILTER = 100
LONGEST_VALUE = 200

H = TypeVar("H", bound=Hashable)
T = TypeVar("T")


def given(value: T | None) -> T | None:
    """The value, None where the caller left it out."""
    return None if value is UNSET else value


def chosen(name: str, values: Sequence[H] | None) -> frozenset[H] | None:
    """A set of wanted values; an empty list wants nothing, an absent one restricts nothing."""
    wanted = given(values)
    if wanted is None:
        return None
    if len(wanted) > LARGEST_FILTER:
        raise BadInput(f"`{name}` takes at most {LARGEST_FILTER} values.")
    for value in wanted:
        if isinstance(value, str):
            bounded_text(name, value)
    return frozenset(wanted)


def bounded_text(name: str, value: str) -> str:
    """A text of the caller that is neither empty nor endless."""
    if not value.strip() or len(value) > LONGEST_VALUE:
        raise BadInput(f"`{name}` must have 1 to {LONGEST_VALUE} characters.")
    return value
