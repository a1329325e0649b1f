"""Transport faults as our own errors; foreign exceptions hold addresses, headers and bodies."""

import socket
import ssl

from capabilities.errors import ChannelError, TimedOut, Unavailable


class ForeignError(Exception):
    """Stands for a library's exception: its type's name, and nothing that it carried."""


class ConnectTimeout(TimeoutError):
    """A connection did not stand in time."""


def scrubbed(exc: BaseException) -> ForeignError:
    """The cause to show for a foreign exception."""
    return ForeignError(type(exc).__qualname__).with_traceback(exc.__traceback__)


_FAULTS: tuple[tuple[type[Exception], type[ChannelError], str], ...] = (
    (ConnectTimeout, TimedOut, "no connection in time"),
    (TimeoutError, TimedOut, "no answer within the deadline"),
    (ssl.SSLCertVerificationError, Unavailable, "its certificate is not valid"),
    (ssl.SSLError, Unavailable, "no secure connection"),
    (socket.gaierror, Unavailable, "its host name is not known"),
    (ConnectionRefusedError, Unavailable, "no connection"),
    (ConnectionError, Unavailable, "the connection broke"),
)


def of_transport(exc: OSError, source: str) -> ChannelError:
    """Our error for a fault of the wire, the most specific first."""
    for foreign, ours, message in _FAULTS:
        if isinstance(exc, foreign):
            return ours(message, source=source)
    return Unavailable("no connection", source=source)


# Faults of the time before a connection stood.
_BEFORE = frozenset({"ConnectTimeout", "ConnectionRefusedError", "gaierror"})


def never_left(fault: ChannelError) -> bool:
    """Whether a fault came before a connection stood, so that nothing was sent."""
    cause = fault.__cause__
    return isinstance(cause, ForeignError) and str(cause) in _BEFORE
