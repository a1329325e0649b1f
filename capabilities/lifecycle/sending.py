"""The port of those who send touches. What a sender can do beyond sending are further bases.

A touch is sent at most once: what may have arrived is UNKNOWN, and is looked up or left.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum

from msgspec import Struct

from capabilities.member.consent import ConsentMedium


class Message(Struct, frozen=True, kw_only=True):
    """A touch as it is handed to its sender; `touch_id` is its idempotency key.

    The address is in the clear, from the moment of sending on and nowhere else.
    """

    touch_id: str
    campaign: str
    medium: ConsentMedium
    address: str
    language: str
    template: str
    text: str
    values: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Message({self.touch_id!r}, {self.medium.value}, ***)"


class Delivery(Enum):
    """What became of a message, as far as its sender knows."""

    SENT = "SENT"
    DROPPED = "DROPPED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one message; `drop_name` is the file that it lies in."""

    delivery: Delivery
    drop_name: str | None = None


class TouchSender(ABC):
    """Sends touches. Batch law: one receipt per message, in order; no message, no call."""

    name: str
    # How many messages one call takes.
    at_once: int = 1

    @abstractmethod
    async def send(self, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Hand messages on, each at most once; never raises for what became of one."""

    async def aclose(self) -> None:
        """Close what it has open."""
        return


class TouchLookup(ABC):
    """Knows later what became of a message."""

    @abstractmethod
    async def look_up(self, touch_ids: Sequence[str]) -> Sequence[Receipt]:
        """One receipt per id, in order; NOT_SENT only where it never arrived and never will."""


class TouchDrop(ABC):
    """Leaves messages where somebody else fetches them, and can take them out until then."""

    @abstractmethod
    async def waiting(self) -> frozenset[str]:
        """Names of the drops that nobody has fetched."""

    @abstractmethod
    async def withdraw(self, drop_name: str, touch_ids: frozenset[str]) -> bool:
        """Take messages out; False where the drop was fetched before."""
