"""The 2,300 places that sell."""

from typing import Final

from demo.sample.records import Store
from demo.sample.words import CITIES, SITES

_KINDS: Final = (("M", 1_600), ("T", 600), ("P", 100))


def make_stores() -> tuple[Store, ...]:
    """1,600 mall and street stores, 600 office terminals, 100 popups; the same at every scale."""
    made: list[Store] = []
    for letter, count in _KINDS:
        for row in range(count):
            city, _, _, _, streets = CITIES[row % len(CITIES)]
            place = streets[row // len(CITIES) % len(streets)]
            name = {
                "M": f"{city}{place}{_branch(row)}店",
                "T": f"{city}{SITES[row // len(CITIES) % len(SITES)]}{_branch(row)}终端",
                "P": f"{city}{place}{_branch(row)}快闪",
            }[letter]
            code = f"{letter}{row + 1:04d}"
            made.append(Store(len(made) + 1, code, f"{code} {name}"))
    return tuple(made)


def _branch(row: int) -> str:
    """Nothing for the first round of places, then the second, third… branch."""
    return "" if row < 40 else f"{row // 40 + 1}"  # noqa: PLR2004 - ten cities, four streets
