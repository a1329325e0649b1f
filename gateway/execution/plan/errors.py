"""Why a plan gives an operation, or one run of it, back to graphql-core."""


class Unplannable(Exception):
    """The operation holds something that a plan does not express; the reason is a label."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fault(Exception):
    """Something is not as the happy path has it: graphql-core tells what, and where."""


def fault(*_: object) -> object:
    """Raise `Fault`; written into plans as an expression."""
    raise Fault
