"""Every error that the platform shows, as one tree.

    SantongError
    ├── BadInput            the caller's request is wrong
    ├── Forbidden           the caller may not see this
    ├── LookUpsSpent        so many people were looked up that a reason is asked
    ├── Unauthenticated     nobody said who is calling
    ├── RequestTimeout      the whole answer was not ready in time
    ├── StoreUnavailable    the platform's own store is away
    │   └── StoreNotMigrated it has not the tables of this version
    ├── Ended               a subscription is over before its subscriber left
    │   ├── EventsForgotten what came after its place is no longer known
    │   └── TooSlow         it did not take what it was told
    ├── SourceMissing       a page that needs every source lacks one
    └── ChannelError        a legacy system did not answer as it should
        ├── Unavailable     not reached, timed out, 5xx
        │   ├── TimedOut    no whole answer within the deadline
        │   ├── CircuitOpen it failed so often that it is left alone for a while
        │   └── Overloaded  it asks for less
        │       └── Limited our own limit was met; it was not asked
        ├── Denied          it refuses our credentials
        ├── Refused         it understood and said no
        └── Garbled         it answered something that is no answer

Messages never hold payloads, secrets or personal data. Each class has its page in docs/errors.
"""


class SantongError(Exception):
    """Base of every error with a stable code."""

    code = "SANTONG_ERROR"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class BadInput(SantongError):
    """The request cannot be answered as it stands; the message says what to change."""

    code = "BAD_USER_INPUT"


class Forbidden(SantongError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class LookUpsSpent(SantongError):
    """A member of staff has looked up so many people that a reason is asked for each more."""

    code = "LOOKUPS_SPENT"

    def __init__(self) -> None:
        super().__init__(
            "you have looked up more people than your budget allows; say why in the header "
            "X-Santong-Reason, or go on later"
        )


class Unauthenticated(SantongError):
    """No valid credential came with the request."""

    code = "UNAUTHENTICATED"


class RequestTimeout(SantongError):
    """One request took longer than any may; what it was doing is given up."""

    code = "REQUEST_TIMEOUT"
    retryable = True


class StoreUnavailable(SantongError):
    """PostgreSQL does not answer at the moment."""

    code = "STORE_UNAVAILABLE"
    retryable = True


class StoreNotMigrated(StoreUnavailable):
    """The store is there and has not the tables of this version."""


class Ended(SantongError):
    """A subscription is over; `after` is the event that its subscriber goes on after."""

    code = "SUBSCRIPTION_ENDED"
    retryable = True

    def __init__(self, message: str, *, after: str | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.after = after


class EventsForgotten(Ended):
    """What came after a place is no longer known whole: read anew, and subscribe without it."""

    code = "EVENTS_FORGOTTEN"
    retryable = False


class TooSlow(Ended):
    """A subscriber did not take what it was told, and more came than is kept for it."""

    code = "SUBSCRIBER_TOO_SLOW"


class SourceMissing(SantongError):
    """A REQUIRE_ALL page lacks a source; the same cursor goes on when it is back.

    `sources` names the connectors. Not retryable when one of them cannot answer this filter at all.
    """

    code = "SOURCE_MISSING"
    retryable = True

    def __init__(self, sources: tuple[str, ...], *, retryable: bool = True) -> None:
        super().__init__(f"no answer from {', '.join(sources)}")
        self.sources = sources
        self.retryable = retryable


class ChannelError(SantongError):
    """A legacy system did not answer as it should; `source` is the connector's name."""

    code = "UPSTREAM_ERROR"

    def __init__(self, message: str, *, source: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.source = source


class Unavailable(ChannelError):
    """Not reached, not in time, or broken on its side."""

    code = "UPSTREAM_UNAVAILABLE"
    retryable = True


class TimedOut(Unavailable):
    """No whole answer within the deadline."""

    code = "UPSTREAM_TIMEOUT"


class Overloaded(Unavailable):
    """The system, or the limit set by its owner, asks for fewer calls."""

    code = "UPSTREAM_OVERLOADED"

    def __init__(
        self, message: str, *, source: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, source=source)
        self.retry_after_seconds = retry_after_seconds


class Limited(Overloaded):
    """Our own limit, or the agreement with the system's owner, was met; it was not asked."""


class CircuitOpen(Unavailable):
    """The system failed so often that it is left alone for a while; it was not asked."""

    code = "UPSTREAM_OPEN_CIRCUIT"


class Denied(ChannelError):
    """The system refuses our credentials; never repeated by itself."""

    code = "UPSTREAM_DENIED"


class Refused(ChannelError):
    """The system understood the request and said no."""

    code = "UPSTREAM_REFUSED"


class Garbled(ChannelError):
    """The system answered, and the answer is not what its interface promises."""

    code = "UPSTREAM_GARBLED"
