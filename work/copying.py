"""Which channels' records are copied whole: those whose adoption compares, or has gone further.

A channel that is adopted is filled by the next pass over its connector, which is due at once; one
that went back to be read from its system alone has its copy taken away.
"""

from collections.abc import Callable, Sequence

from capabilities.adoption.standing import Adopted
from capabilities.adoption.states import AdoptionState, at_least
from capabilities.estate import Capability, ConnectorSpec
from capabilities.syncing import STREAMS
from store.syncing.copied_channels import CopiedChannels


class Copying:
    """The channels to be copied, by the standings that this process knows."""

    def __init__(self, channels: CopiedChannels, adopted: Callable[[], Adopted]) -> None:
        self._channels = channels
        self._adopted = adopted

    def wanted(self, spec: ConnectorSpec, capability: Capability) -> Sequence[str]:
        """Channels of a connector whose records are to be copied."""
        adopted = self._adopted()
        return [
            code
            for code in sorted(spec.codes(capability))
            if at_least(adopted.of(capability, code).lead, AdoptionState.SHADOW_READ)
        ]

    async def unfilled(self, specs: Sequence[ConnectorSpec]) -> set[tuple[str, Capability]]:
        """(connector, capability) of which a channel is to be copied and does not stand yet."""
        wanted = {
            (spec.name, capability): codes
            for spec in specs
            for capability in STREAMS.values()
            if not spec.paused and (codes := self.wanted(spec, capability))
        }
        if not wanted:
            return set()
        known = await self._channels.all()
        stand = {(one.capability, one.channel) for one in known if one.filled_at is not None}
        return {
            (name, capability)
            for (name, capability), codes in wanted.items()
            if any((capability, code) not in stand for code in codes)
        }

    async def level(self) -> None:
        """Take away the copies of channels whose adoption went back.

        Before the standings were ever read nobody knows that of any.
        """
        adopted = self._adopted()
        if not adopted.known:
            return
        for one in await self._channels.all():
            lead = adopted.of(one.capability, one.channel).lead
            if not at_least(lead, AdoptionState.SHADOW_READ):
                await self._channels.end(one.capability, [one.channel])
