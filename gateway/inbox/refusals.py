"""Why a batch was not taken, and what the sender does next."""

import math
from collections.abc import Mapping

from capabilities.errors import SantongError


class InboxRefused(SantongError):
    """A batch that was not taken; `told` is what its sender needs to go on."""

    code = "INBOX_REFUSED"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        retryable: bool = False,
        told: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.retryable = retryable
        self.told = told or {}


def too_fast(seconds: float) -> InboxRefused:
    """More than a sender may send; it may go on after so many seconds."""
    return InboxRefused(
        "this is more than a sender may send",
        code="INBOX_TOO_FAST",
        status=429,
        retryable=True,
        told={"retryAfter": math.ceil(seconds)},
    )
