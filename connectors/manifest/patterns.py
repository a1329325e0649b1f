"""Patterns of keys: only such as decide in a time that their text bounds.

Callers' keys are matched on the loop that answers everybody, and a manifest may come over the
network. A repeat of what itself varies, such as `(a+)+`, takes twice as long for each character.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_MOST_REPEATS = 6
_LONGEST = 500
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def wrong_pattern(pattern: str) -> str | None:
    """Why a pattern may not stand in a manifest; None where it may."""
    if len(pattern) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    try:
        parsed: Any = re._parser.parse(pattern)  # type: ignore[attr-defined]  # noqa: SLF001 - the one way to look inside
    except (re.error, RecursionError, OverflowError) as exc:
        return str(exc)
    repeats = list(_repeats(parsed))
    if any(_varies(body) for most, body in repeats if most > 1):
        return "it repeats what varies by itself; write the repeat once, as in [a-z]{1,20}"
    if len(repeats) > _MOST_REPEATS:
        return f"it repeats more than {_MOST_REPEATS} times"
    return None


def _repeats(parsed: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Every repeat of more than a fixed number: how often at most, and of what."""
    for op, argument in parsed:
        if str(op) in _REPEATS:
            least, most, body = argument
            if least != most:
                yield int(most), body
            yield from _repeats(body)
        else:
            for inner in _inside(str(op), argument):
                yield from _repeats(inner)


def _inside(op: str, argument: Any) -> Iterator[Any]:
    if op == "SUBPATTERN":
        yield argument[-1]
    elif op == "BRANCH":
        yield from argument[1]
    elif op in ("ASSERT", "ASSERT_NOT"):
        yield argument[1]
    elif op == "ATOMIC_GROUP":
        yield argument
    elif op == "GROUPREF_EXISTS":
        yield from (one for one in argument[1:] if one is not None)


def _varies(body: Iterable[Any]) -> bool:
    """Whether a part may match in more than one way."""
    for op, argument in body:
        if str(op) in (*_REPEATS, "BRANCH", "GROUPREF", "GROUPREF_EXISTS"):
            return True
        if any(_varies(inner) for inner in _inside(str(op), argument)):
            return True
    return False
