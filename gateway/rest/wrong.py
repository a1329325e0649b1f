"""Why a resource cannot be published, before its place in the file is known."""


class Wrong(Exception):
    """One key of a resource is wrong; `code` is its fault's."""

    def __init__(self, key: str, message: str, *, code: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.code = code
