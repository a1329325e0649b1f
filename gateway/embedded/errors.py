"""What can go wrong with an owned process."""

from capabilities.errors import SantongError


class EmbeddedError(SantongError):
    """A child process could not be started or kept: `code` says how, the text what to do."""

    code = "EMBEDDED"
