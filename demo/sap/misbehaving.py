"""What goes wrong with writes, by order: before they take effect, after it, or in between."""

from collections.abc import Callable
from typing import Final

import msgspec

from demo.sap.failures import SapError

MODES: Final = (
    "none",
    "lost_after",  # it took effect, and nobody ever answers
    "error_after",  # it took effect, and the answer is a 5xx
    "error_before",  # a 5xx, and nothing happened
    "locked",  # somebody has the document open
    "number_lost",  # it took effect, and the answer does not say under which number
    "raced",  # somebody changed the document between reading and writing
)


class WriteFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of `POST /__control/write_fault`: a mode for so many writes."""

    mode: str
    times: int = 1


class WriteFaults:
    """The fault of the next writes."""

    def __init__(self) -> None:
        self._mode, self._left = "none", 0

    def order(self, body: dict[str, object]) -> dict[str, object]:
        """Put a fault in force; ValueError lists the valid ones."""
        asked = msgspec.convert(body, WriteFault)
        if asked.mode not in MODES:
            raise ValueError(f"mode {asked.mode!r} is unknown; valid: {', '.join(MODES)}")
        self._mode, self._left = asked.mode, asked.times
        return {"mode": self._mode, "times": self._left}

    def next(self) -> str:
        """The fault of a write that comes now."""
        if self._left <= 0:
            return "none"
        self._left -= 1
        return self._mode

    @staticmethod
    def before(mode: str, touch: Callable[[], None]) -> None:
        """What happens before a write is applied."""
        if mode == "error_before":
            raise SapError(500, "/IWFND/CM_CONSUMER/101", "An exception was raised")
        if mode == "locked":
            raise SapError(423, "V1/042", "Sales document is currently being processed by MUELLER")
        if mode == "raced":
            touch()
