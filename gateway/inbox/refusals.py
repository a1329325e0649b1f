"""Why a batch was not taken, and what the sender does next."""

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
