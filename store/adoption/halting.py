"""The kill switch for many pairs: one transaction, a step in the history of each."""

from collections.abc import Sequence

from msgspec import Struct

from capabilities.adoption.bounds import PRODUCTION, Bounds
from capabilities.adoption.deciding import Wanted, halted
from capabilities.adoption.evidence import Basis
from capabilities.adoption.halting import Halts
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import Standing
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from store.adoption.standings import Standings
from store.engine import Run
from store.owned import Owned
from store.wishes import KeyReused, once


class Halted(Struct, frozen=True):
    """How the pairs stand that were halted together."""

    pairs: tuple[Standing, ...]


class Halting:
    """Halts pairs of one brand together; nothing but the store is asked."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._standings = Standings(owned)

    async def would(self, halts: Halts) -> Sequence[Standing]:
        """The pairs that would be halted now; nothing is changed."""
        adopted = await self._standings.current()
        return halts.of(adopted.standings.values())

    async def halt(self, halts: Halts, wanted: Wanted) -> Halted | IdempotencyKeyReused:
        """Halt them all, or none where one cannot be written.

        All are locked before the first is moved, in one order: whoever moves one of them meanwhile
        goes before or behind this, and never across. It waits for no write that is under way.
        """
        wish = ("haltAdoptions", halts.channel, halts.capability, wanted.reason)

        async def work(run: Run) -> Halted:
            return await once(run, who, wish, Halted, lambda: self._all(run, halts, wanted))

        who = (self._owned.brand, wanted.author, wanted.key)
        try:
            return await self._owned.store.transaction(work)
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    async def _all(self, run: Run, halts: Halts, wanted: Wanted) -> Halted:
        held: set[tuple[str, Capability]] = set()
        while True:
            here = halts.of(await self._standings.all_in(run))
            pairs = [(one.channel, one.capability) for one in here]
            come = [pair for pair in pairs if pair not in held]
            if not come:
                break
            # whoever was moved to where it can be halted meanwhile is waited for, too
            await self._standings.turns_in(run, come)
            held.update(come)
        steps = [(one, halted(self._case(one), wanted)) for one in here]
        legal = [(one, step) for one, step in steps if not isinstance(step, AdoptionDeclined)]
        return Halted(tuple(await self._standings.halt_in(run, legal)))

    def _case(self, standing: Standing) -> Case:
        """A halt is asked for no evidence."""
        return Case(
            standing=standing,
            known={},
            basis=Basis(),
            bounds=Bounds(),
            profile=PRODUCTION,
            now=self._owned.now(),
        )
