"""Filter values of the contract, bounded and in the form that records take."""

from collections.abc import Hashable, Sequence
from typing import TypeVar
from unicodedata import category

from strawberry import UNSET

from capabilities.errors import BadInput

LARGEST_FILTER = 100
LONGEST_VALUE = 200
_BETWEEN_LINES = dict.fromkeys(map(ord, "\t\n\r"))

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


def optional_text(name: str, value: str | None) -> str | None:
    """A text of the caller, None where it was left out."""
    wanted = given(value)
    return None if wanted is None else bounded_text(name, wanted)


def bounded_text(name: str, value: str) -> str:
    """A text of the caller to ask a system with: neither empty nor endless, and clean."""
    if not value.strip() or len(value) > LONGEST_VALUE:
        raise BadInput(f"`{name}` must have 1 to {LONGEST_VALUE} characters.")
    return clean_text(name, value)


def clean_text(name: str, value: str) -> str:
    """A text without control characters: no store keeps a NUL, and no code has the others."""
    if any(category(one) == "Cc" for one in value):
        raise BadInput(f"`{name}` must have no control characters.")
    return value


def clean_lines(name: str, value: str) -> str:
    """A text of several lines, otherwise as `clean_text`; its length is bounded elsewhere."""
    clean_text(name, value.translate(_BETWEEN_LINES))
    return value
