"""The valid words of a place, the nearest to what was written first."""

from collections.abc import Iterable
from difflib import get_close_matches


def choices(word: str, valid: Iterable[str]) -> str:
    """`did you mean 'x'? valid: a, b, c`: the nearest word first, then the whole menu."""
    menu = sorted(valid)
    near = get_close_matches(word, menu, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}valid: {', '.join(menu)}"
