"""What an error inside an answer means, whatever a system calls it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from capabilities.errors import ChannelError, Denied, Garbled, Overloaded, Refused, Unavailable

# The weightiest first; those behind are no fault of the whole answer.
MEANINGS = ("unauthenticated", "denied", "throttled", "unavailable", "refused")
HARMLESS = ("not_found", "left_out")
ERRORS: dict[str, Any] = {
    "type": "object",
    "properties": {
        name: {"type": "array", "items": {"type": "string"}} for name in (*MEANINGS, *HARMLESS)
    },
    "additionalProperties": False,
}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_KINDS: Mapping[str, type[ChannelError]] = {
    "unauthenticated": Denied,
    "denied": Denied,
    "unavailable": Unavailable,
    "refused": Refused,
}


def table_of(common: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A manifest's table, meaning → codes, as code → meaning, over a common one."""
    own = {code: meaning for meaning, codes in words.items() for code in codes}
    return {**common, **own}


def plain_code(value: Any) -> str | None:
    """A code that may be shown; None for anything that could be a message."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def fault_of(
    meaning: str, code: str | None, source: str, *, pause: float | None = None
) -> ChannelError:
    """Our error for a meaning; the code is shown, a message of the system never."""
    shown = plain_code(code)
    message = f"{source} answered with an error" + (f" ({shown})" if shown else "")
    if meaning == "throttled":
        return Overloaded(message, source=source, retry_after_seconds=pause)
    return _KINDS.get(meaning, Garbled)(message, source=source)
