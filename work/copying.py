"""Which channels' records are copied whole: those whose adoption compares, or has gone further.

A channel that is adopted is filled by the next pass over its connector, which is due at once, as it
is where another definition of the connector came into force; one that went back to be read from its
system alone has its copy taken away.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from capabilities.adoption.defining import version_of
from capabilities.adoption.evidence import Fact, Known
from capabilities.adoption.standing import Adopted
from capabilities.adoption.states import AdoptionState, at_least
from capabilities.estate import Capability, ConnectorSpec
from capabilities.syncing import STREAMS
from store.adoption.evidence import EvidenceRows
from store.syncing.copied_channels import CopiedChannel, CopiedChannels

# Where processes do not agree on a definition, a copy is not made again all the time.
_AGAIN = timedelta(minutes=5)


class Copying:
    """The channels to be copied, by the standings that this process knows.

    The definitions in force are those that a gateway told with its last look at the connector.
    """

    def __init__(
        self, channels: CopiedChannels, evidence: EvidenceRows, adopted: Callable[[], Adopted]
    ) -> None:
        self._channels = channels
        self._evidence = evidence
        self._adopted = adopted

    def wanted(self, spec: ConnectorSpec, capability: Capability) -> Sequence[str]:
        """Channels of a connector whose records are to be copied."""
        adopted = self._adopted()
        return [
            code
            for code in sorted(spec.codes(capability))
            if at_least(adopted.of(capability, code).lead, AdoptionState.SHADOW_READ)
        ]

    async def unfilled(
        self, specs: Sequence[ConnectorSpec], now: datetime
    ) -> set[tuple[str, Capability]]:
        """(connector, capability) of which a channel is to be copied and does not stand yet."""
        wanted = {
            (spec.name, capability): codes
            for spec in specs
            for capability in STREAMS.values()
            if not spec.paused and (codes := self.wanted(spec, capability))
        }
        if not wanted:
            return set()
        told = await self._evidence.all()
        stand = {
            (one.capability, one.channel)
            for one in await self._channels.all()
            if _stands(one, told.get((one.capability, one.channel), {}), now)
        }
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


def _stands(copied: CopiedChannel, known: Known, now: datetime) -> bool:
    if copied.filled_at is None:
        return False
    told = known.get(Fact.CONFIG_VALID)
    as_defined = told is None or copied.made_under == version_of(told.basis)
    return as_defined or now - copied.filled_at < _AGAIN
