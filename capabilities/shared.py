"""What the processes of one retailer know together about a connector's system."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from capabilities.allowance import Allowance
from capabilities.load import Cause, LoadAgreement


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


class Metered(Protocol):
    """A connector's calls in this process, by what they were made for."""

    @property
    def source(self) -> str:
        """The connector's name."""

    @property
    def calls(self) -> Mapping[Cause, int]:
        """How many were made."""


class SharedLoads(Protocol):
    """The load agreements, whose numbers hold for all processes together."""

    def allowance(self, connector: str, agreement: LoadAgreement, longest: float) -> Allowance:
        """This process's share for one connector, whose calls take so many seconds at most."""

    def meter(self, calls: Metered) -> None:
        """Count a connector's calls together with those of other processes."""


class Shared(Struct, frozen=True, kw_only=True):
    """What a connector shares with its like in other processes; without it, each is alone."""

    logons: SharedLogons | None = None
    loads: SharedLoads | None = None


ALONE = Shared()
