"""What errors inside a GraphQL answer come to.

An answer with errors is believed only where each of them says that something is not there, or that
a field was left out: a null beside any other error is no answer.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.protocols.meanings import MEANINGS, plain_code

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
_LONGEST_PAUSE = 3600.0


def weightiest(errors: Iterable[Any], table: Mapping[str, str]) -> tuple[str, str | None] | None:
    """What the errors of an answer come to, with its code; None where all of them are harmless."""
    met = [_meaning(error, table) for error in errors]
    for meaning in MEANINGS:
        for one in met:
            if one[0] == meaning:
                return one
    return None


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
    return plain_code(code)


def pause_of(extensions: Any) -> float | None:
    """Seconds until a bucket holds what the question costs, as Shopify states its cost."""
    try:
        cost = extensions["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        seconds = missing / float(status["restoreRate"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else None
