"""What the read switch tells of an answer that both sides can give: it may be compared."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from capabilities.adoption.looking import Ask
from capabilities.adoption.states import Side
from capabilities.estate import Capability


def _always() -> bool:
    return True


class Compared(Struct, frozen=True, kw_only=True):
    """Answers by natural key that one side has just given, and how to ask either side again.

    `ask` asks live, beside every cache and loader, and for the cause of the task that asks.
    `version` names the definition of the legacy side's connector; `feed` is its name where passes
    over it come by the clock. `in_force` says whether its system may still be asked that way: a
    connector that was replaced is closed soon.
    """

    channel: str
    capability: Capability
    keys: tuple[str, ...]
    answers: tuple[Any, ...]
    answered: Side
    ask: Mapping[Side, Ask]
    version: str
    feed: str | None = None
    in_force: Callable[[], bool] = _always

    def __repr__(self) -> str:
        return f"Compared({self.channel!r}, {self.capability.value!r}, {len(self.keys)} keys)"


class Shadow(Protocol):
    """Who compares beside the callers."""

    def offer(self, compared: Compared) -> None:
        """Take what may be compared; at once, without an error, and whether or not it will be."""
