"""What can go wrong with the box."""

from capabilities.errors import SantongError


class BoxError(SantongError):
    """The demo cannot start or go on; `code` says why, the text what to do."""

    code = "DEMO"
