"""What the processes of one retailer know together about a connector's system."""

from typing import Protocol

from msgspec import Struct


class Latch(Protocol):
    """One process's latch of one connector, which hears what happened elsewhere."""

    def heard_failed(self) -> None:
        """A logon failed in another process."""

    def resume(self) -> None:
        """A person says that the logon is right again."""


class SharedLogons(Protocol):
    """The logons of all processes: one tries at a time, and one failure stops all."""

    def follow(self, connector: str, latch: Latch) -> None:
        """Tell a latch of failures and resumptions from now on."""

    async def claim(self, connector: str, seconds: float) -> None:
        """Wait until this process alone may try a logon, for at most so many seconds.

        Returns at once where it failed already (the latch was told), and where nobody can say.
        """

    def settled(self, connector: str, *, failed: bool) -> None:
        """The logon that was tried is over; returns at once, the others learn of it."""


class Shared(Struct, frozen=True, kw_only=True):
    """What a connector shares with its like in other processes; without it, each is alone."""

    logons: SharedLogons | None = None


ALONE = Shared()
