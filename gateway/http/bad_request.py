"""What a client can get wrong before it is GraphQL."""

from capabilities.errors import SantongError


class BadRequest(SantongError):
    """The HTTP request is no GraphQL request; `status` is a 4xx."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status


class NotAllowed(BadRequest):
    """The address takes other methods; `allow` names them."""

    code = "METHOD_NOT_ALLOWED"

    def __init__(self, message: str, allow: bytes) -> None:
        super().__init__(message, 405)
        self.allow = allow
