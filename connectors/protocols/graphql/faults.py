"""What errors inside a GraphQL answer mean: tables of codes, and of the types of a result.

An answer with errors is believed only where each of them says that something is not there, or that
a field was left out: a null beside any other error is no answer.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capabilities.errors import (
    ChannelError,
    Denied,
    Garbled,
    Overloaded,
    Refused,
    Unavailable,
)

# What a code or a type may mean, the weightiest first.
MEANINGS = ("unauthenticated", "denied", "throttled", "unavailable", "refused")
HARMLESS = ("not_found", "left_out")
# What servers commonly send; a manifest's table goes before it.
COMMON: Mapping[str, str] = {
    "UNAUTHENTICATED": "unauthenticated",
    "UNAUTHORIZED": "unauthenticated",
    "INVALID_TOKEN": "unauthenticated",
    "FORBIDDEN": "denied",
    "ACCESS_DENIED": "denied",
    "THROTTLED": "throttled",
    "RATE_LIMITED": "throttled",
    "TOO_MANY_REQUESTS": "throttled",
    "MAX_COST_EXCEEDED": "refused",
    "INTERNAL_SERVER_ERROR": "unavailable",
    "SERVICE_UNAVAILABLE": "unavailable",
    "TIMEOUT": "unavailable",
    "GRAPHQL_PARSE_FAILED": "refused",
    "GRAPHQL_VALIDATION_FAILED": "refused",
    "BAD_USER_INPUT": "refused",
    "NOT_FOUND": "not_found",
}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_LONGEST_PAUSE = 3600.0
_KINDS: Mapping[str, type[ChannelError]] = {
    "unauthenticated": Denied,
    "denied": Denied,
    "unavailable": Unavailable,
    "refused": Refused,
}


def table_of(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A manifest's table, meaning → codes, as code → meaning, over the common one."""
    own = {code: meaning for meaning, codes in words.items() for code in codes}
    return {**COMMON, **own}


def weightiest(errors: Iterable[Any], table: Mapping[str, str]) -> tuple[str, str | None] | None:
    """What the errors of an answer come to, with its code; None where all of them are harmless."""
    met = [_meaning(error, table) for error in errors]
    for meaning in MEANINGS:
        for one in met:
            if one[0] == meaning:
                return one
    return None


def fault_of(meaning: str, code: str | None, extensions: Any, source: str) -> ChannelError:
    """Our error for a meaning; the code is shown, a message of the system never."""
    message = f"{source} answered with an error" + (f" ({code})" if code else "")
    if meaning == "throttled":
        return Overloaded(message, source=source, retry_after_seconds=_pause(extensions))
    return _KINDS.get(meaning, Garbled)(message, source=source)


def _meaning(error: Any, table: Mapping[str, str]) -> tuple[str, str | None]:
    code = _code(error)
    if code is not None and code in table:
        return table[code], code
    # Without a path nothing was executed: the question itself was refused.
    executed = isinstance(error, dict) and bool(error.get("path"))
    return ("unavailable" if executed and code is None else "refused"), code


def _code(error: Any) -> str | None:
    """`extensions.code`, or `type` where a system writes its codes there."""
    if not isinstance(error, dict):
        return None
    extensions = error.get("extensions")
    inner = extensions.get("code") if isinstance(extensions, dict) else None
    code = inner if isinstance(inner, str) else error.get("type")
    return code if isinstance(code, str) and _PLAIN.fullmatch(code) else None


def _pause(extensions: Any) -> float | None:
    """Seconds until a bucket holds what the question costs, as Shopify states its cost."""
    try:
        cost = extensions["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        seconds = missing / float(status["restoreRate"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else None
