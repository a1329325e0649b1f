"""Database faults as our own errors, by SQLSTATE; their texts hold values and are not shown."""

import re
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from capabilities.errors import ChannelError, Denied, Overloaded, Refused, TimedOut, Unavailable

_STATE = re.compile(r"[0-9A-Z]{5}")
# The longest prefix that fits decides.
_STATES: Mapping[str, type[ChannelError]] = {
    "08": Unavailable,  # connection exception
    "28": Denied,  # invalid authorisation
    "53": Overloaded,  # insufficient resources, among them too many connections
    "57": Unavailable,  # operator intervention: shutdown, crash, not yet ready
    "70100": TimedOut,  # query cancelled, as MySQL says it
    "57014": TimedOut,  # query cancelled, by statement_timeout
    "08004": Overloaded,  # the server takes no connection, as MySQL says when it is full
    "55P03": TimedOut,  # lock not available, by lock_timeout
    "40": Unavailable,  # serialisation failure, deadlock
    "58": Unavailable,  # system error outside the database
    "XX": Unavailable,  # internal error
}
# The driver gives no SQLSTATE for a failed connection attempt, only the server's words, and these
# are in the server's language.
_REFUSED_LOGON = re.compile(r"authentication failed|认证失败|no password supplied|pg_hba\.conf")


def of_database(exc: SQLAlchemyError | OSError, source: str) -> ChannelError:
    """Our error for a database's fault; its message holds the SQLSTATE and nothing else."""
    if isinstance(exc, PoolTimeout):
        return Overloaded("no free connection", source=source)
    if not isinstance(exc, DBAPIError):
        return Unavailable("the call failed", source=source)
    state = getattr(exc.orig, "sqlstate", None)
    if isinstance(state, str) and _STATE.fullmatch(state):
        return of_state(state, source)
    if _REFUSED_LOGON.search(str(exc.orig)):
        return Denied("the database refuses the logon", source=source)
    if type(exc).__name__ in ("DataError", "ProgrammingError"):
        return Refused("the database refuses the statement", source=source)
    return Unavailable("no connection to the database", source=source)


def of_state(state: str, source: str) -> ChannelError:
    """Our error for a SQLSTATE."""
    return _kind(state)(f"{source} answered with SQLSTATE {state}", source=source)


def _kind(state: str) -> type[ChannelError]:
    fits = [prefix for prefix in _STATES if state.startswith(prefix)]
    return _STATES[max(fits, key=len)] if fits else Refused
