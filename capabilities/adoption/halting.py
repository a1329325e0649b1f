"""Halting many pairs by one decision: which they are, and that it needs no evidence."""

from collections.abc import Iterable

from msgspec import Struct

from capabilities.adoption.moves import reachable
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability


class Halts(Struct, frozen=True, kw_only=True):
    """Which pairs are meant: those of a channel, of a capability, of both, or all.

    `channels` are those that the caller may see; None for every one.
    """

    channel: str | None = None
    capability: Capability | None = None
    channels: frozenset[str] | None = None

    def of(self, standings: Iterable[Standing]) -> list[Standing]:
        """Those that would be halted, in one order.

        Where the legacy keeps it, where it was retired, and where it is halted already, a pair
        stays as it is.
        """
        found = [one for one in standings if self._means(one) and _can_be(one)]
        return sorted(found, key=lambda one: (one.channel, one.capability.value))

    def _means(self, one: Standing) -> bool:
        return (
            self.channel in (None, one.channel)
            and self.capability in (None, one.capability)
            and (self.channels is None or one.channel in self.channels)
        )


def _can_be(one: Standing) -> bool:
    return AdoptionState.HALTED in reachable(one)
