"""Transport faults as our own errors; foreign exceptions hold addresses, headers and bodies."""

import ssl

import aiohttp

from capabilities.errors import ChannelError, Garbled, TimedOut, Unavailable


class ForeignError(Exception):
    """Stands for a library's exception: its type's name, and nothing that it carried."""


def scrubbed(exc: BaseException) -> ForeignError:
    """The cause to show for a foreign exception."""
    return ForeignError(type(exc).__qualname__).with_traceback(exc.__traceback__)


_NOT_HTTP = (aiohttp.ClientResponseError, aiohttp.http_exceptions.HttpProcessingError)
_FAULTS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[ChannelError], str], ...]
_FAULTS = (
    ((aiohttp.ServerTimeoutError, TimeoutError), TimedOut, "no answer within the deadline"),
    (aiohttp.ClientConnectorCertificateError, Unavailable, "its certificate is not valid"),
    (aiohttp.ClientSSLError, Unavailable, "no secure connection"),
    (aiohttp.ClientConnectorDNSError, Unavailable, "its host name is not known"),
    (aiohttp.ClientConnectorError, Unavailable, "no connection"),
    (aiohttp.ClientPayloadError, Unavailable, "the answer broke off"),
    (_NOT_HTTP, Garbled, "the answer is not HTTP"),
    (aiohttp.ClientConnectionError, Unavailable, "the connection broke"),
    (ssl.SSLError, Unavailable, "no secure connection"),
    (OSError, Unavailable, "the connection broke"),
)
# Everything of_transport has a row for.
TRANSPORT_FAULTS: tuple[type[Exception], ...] = (
    aiohttp.ClientError,
    aiohttp.http_exceptions.HttpProcessingError,
    OSError,
)


def of_transport(exc: Exception, source: str) -> ChannelError:
    """Our error for a fault of the wire, the most specific first."""
    for foreign, ours, message in _FAULTS:
        if isinstance(exc, foreign):
            return ours(message, source=source)
    return Unavailable("the call failed", source=source)
