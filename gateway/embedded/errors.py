"""What can go wrong with an owned process, as one coded error."""


class EmbeddedError(Exception):
    """A child process could not be started or kept: `code` says how, the text what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
