"""What comes by the clock for pairs that are compared: samples, facts for the gates, forgetting."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from capabilities.adoption.evidence import Basis, Fact
from capabilities.adoption.expected import NO_RULES, Rules
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState
from capabilities.errors import SantongError, StoreUnavailable
from capabilities.estate import Capability, ConnectorSpec
from connectors.basis import basis_of_spec
from connectors.connector import digest_of
from connectors.manifest.load import System
from store.adoption.acknowledgements import Acknowledgements
from store.adoption.compared_facts import ComparedFacts
from store.adoption.evidence import EvidenceRows
from store.adoption.followed import Adoption
from store.adoption.forgetting import Forgetting, Limits
from store.owned import Owned
from work.parts import Chore
from work.sampling import FILLING, Sampled, Sampling, not_compared

_log = structlog.get_logger("work")
SAMPLE = "* * * * *"
MEASURE = "* * * * * */10"
FORGET = "41 * * * *"
_AT_ONCE = 4
_SAMPLES_KEPT = timedelta(days=7)
_MINUTES_KEPT = timedelta(days=30)
_DAYS_KEPT = timedelta(days=400)
_MOST_SAMPLES = 100
# What was told of a pair one by one, so that who was away for a while misses nothing.
_MOST_TOLD = 100_000

Owner = Callable[[Capability, str], ConnectorSpec | None]


class Shadowing:
    """Looks after the pairs of a brand that are compared.

    `owner` gives the connector that answers a channel's capability, `system_of` its compiled
    system; each run draws `keys` of every pair.
    """

    def __init__(
        self,
        owned: Owned,
        adoption: Adoption,
        sampling: Sampling,
        owner: Owner,
        system_of: Callable[[ConnectorSpec], System],
        keys: int,
    ) -> None:
        self._owned = owned
        self._adoption = adoption
        self._sampling = sampling
        self._owner = owner
        self._system_of = system_of
        self._keys = keys
        self._facts = ComparedFacts(owned.store, owned.brand)
        self._evidence = EvidenceRows(owned.store, owned.brand)
        self._acknowledged = Acknowledgements(owned.store, owned.brand)
        self._forgetting = Forgetting(owned.store, owned.brand)

    @property
    def chores(self) -> Sequence[Chore]:
        """What is to be done, and when."""
        return (
            Chore(name="sample_comparisons", cron=SAMPLE, run=self.sample),
            Chore(name="measure_comparisons", cron=MEASURE, run=self.measure),
            Chore(name="forget_comparisons", cron=FORGET, run=self.forget),
        )

    async def sample(self) -> None:
        """Draw and compare keys of every pair; a system that fails holds up no other."""
        if self._keys == 0:
            return
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(standing: Standing, spec: ConnectorSpec) -> None:
            async with turns:
                pair = {"channel": standing.channel, "capability": standing.capability.value}
                try:
                    done = await self._run(standing, spec, self._keys)
                except SantongError as exc:
                    _log.warning("not sampled", **pair, reason=exc.message)
                else:
                    _log.info("sampled", **pair, compared=done.compared, against=done.against)

        await asyncio.gather(*(one(*pair) for pair in self._compared()))

    async def sample_one(self, channel: str, capability: Capability, keys: int) -> Sampled:
        """Draw and compare so many keys of one pair now; BadInput where nothing compares it."""
        for standing, spec in self._compared():
            if (standing.channel, standing.capability) == (channel, capability):
                return await self._run(standing, spec, keys, around=True)
        raise not_compared(channel, capability, self._why(capability, channel))

    async def _run(
        self, standing: Standing, spec: ConnectorSpec, keys: int, *, around: bool = False
    ) -> Sampled:
        pair = standing.capability, standing.channel
        made_under = self._adoption.current.copies.get(pair)
        return await self._sampling.run(
            spec,
            standing.channel,
            standing.capability,
            keys,
            around=around,
            made_under=made_under,
        )

    def _why(self, capability: Capability, channel: str) -> str:
        standing = self._adoption.of(capability, channel)
        if standing.compares and (capability, channel) not in self._adoption.current.copies:
            return FILLING
        return f"it stands at {standing.state.value}, or no connector answers it"

    async def measure(self) -> None:
        """Write what the comparisons of each pair prove, for its gates."""
        pairs = self._compared()
        if not pairs:
            return
        rules = await self._acknowledged.in_force(self._owned.now())
        for standing, spec in pairs:
            try:
                await self._measure_one(standing, spec, rules)
            except StoreUnavailable:
                raise
            except SantongError as exc:  # a manifest that cannot be read proves nothing
                _log.warning("not measured", connector=spec.name, reason=exc.message)

    async def forget(self) -> None:
        """Forget what was counted long ago, and samples much sooner."""
        at = self._owned.now()
        limits = Limits(
            samples_from=at - _SAMPLES_KEPT,
            minutes_from=at - _MINUTES_KEPT,
            days_from=at - _DAYS_KEPT,
            most=_MOST_SAMPLES,
            most_told=_MOST_TOLD,
        )
        await self._forgetting.beyond(limits)

    async def _measure_one(
        self,
        standing: Standing,
        spec: ConnectorSpec,
        rules: Mapping[tuple[Capability, str], Rules],
    ) -> None:
        at = self._owned.now()
        system = await asyncio.to_thread(self._system_of, spec)
        digest = digest_of(system, self._owned.zone)
        basis = basis_of_spec(spec, digest, standing.capability)
        mine = rules.get((standing.capability, standing.channel), NO_RULES).at(at)
        if await self._is_of_another(standing, basis):
            return
        again = standing.from_state is AdoptionState.HALTED
        facts = await self._facts.of(
            standing.channel,
            standing.capability,
            basis,
            mine,
            at,
            resumed_at=standing.entered_at if again else None,
        )
        await self._evidence.keep(standing.channel, standing.capability, *facts)

    async def _is_of_another(self, standing: Standing, basis: Basis) -> bool:
        """Whether a pair whose reads were moved was compared under a definition that is no more.

        By what is known of that it goes back to comparing; measured anew now it would stay.
        """
        if standing.state is AdoptionState.SHADOW_READ:
            return False
        known = await self._evidence.of(standing.channel, standing.capability)
        compared = known.get(Fact.COMPARISONS)
        return compared is not None and not compared.basis.holds(basis)

    def _compared(self) -> list[tuple[Standing, ConnectorSpec]]:
        """The pairs that are compared now, with the connector of each."""
        found, adopted = [], self._adoption.current
        for (capability, channel), standing in adopted.standings.items():
            if not (standing.compares and (capability, channel) in adopted.copies):
                continue
            spec = self._owner(standing.capability, standing.channel)
            if spec is not None and not spec.paused:
                found.append((standing, spec))
        return found
