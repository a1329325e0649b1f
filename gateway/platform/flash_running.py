"""Flash sales as one caller runs them: under her name, once for each idempotency key."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from capabilities.caller import Caller
from capabilities.flash.lifecycle import Proposal, SaleDeclined, Step, proven, stands
from capabilities.flash.records import FlashSale, SaleState, Supply
from capabilities.flash.rehearsal import RehearsalRun
from capabilities.flash.running import (
    FlashSaleDeclined,
    Pool,
    ProposalOutcome,
    RehearsalOutcome,
    SaleOutcome,
)
from capabilities.flash.tally import AnswerCount, AnsweredSecond
from capabilities.operations import IdempotencyKeyReused
from gateway.flash.desk import Desk
from gateway.flash.rehearsals import Rehearsals
from gateway.platform.flash_once import FlashOnce
from store.engine import Run
from store.flash.rehearsals import begin, last_rehearsal
from store.flash.running import Running, Transaction
from store.flash.stock import read_pools
from store.flash.tallies import read_answers, read_seconds
from store.owned import Owned

T = TypeVar("T", FlashSale, Proposal)
_Do = Callable[[Running, str], Awaitable[T]]


class FlashOperations:
    """Implements `schema.flash_running_part.FlashRunningPart`."""

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        desk: Desk | None = None,
        rehearsals: Rehearsals | None = None,
    ) -> None:
        self._owned = owned
        self._caller = caller
        self._desk = desk
        self._rehearsals = rehearsals
        self._of_one = FlashOnce(owned, caller)

    async def sales(self, states: frozenset[SaleState] | None, first: int) -> Sequence[FlashSale]:
        """The sales in these states, the latest opening first."""
        found = await self._running().sales()
        return [one for one in found if states is None or one.state in states][:first]

    async def pools(self, sale: str) -> Sequence[Pool]:
        """Where the stock of one lies."""
        self._of_one.unbound()
        return await read_pools(self._owned.store, self._owned.brand, sale)

    async def waiting(self, sale: FlashSale) -> Sequence[Proposal]:
        """What of one waits for a second person, and can still be confirmed."""
        return [one for one in await self._running().waiting(sale.id) if stands(one, sale)]

    async def answers(self, sale: str) -> Sequence[AnswerCount]:
        """What one answered in all."""
        self._of_one.unbound()
        return await read_answers(self._owned.store, self._owned.brand, sale)

    async def seconds(self, sale: str, last: int) -> Sequence[AnsweredSecond]:
        """What it answered in the last seconds."""
        self._of_one.unbound()
        return await read_seconds(self._owned.store, self._owned.brand, sale, last)

    async def define(self, sale: FlashSale, key: str) -> SaleOutcome:
        """Write one down in the caller's name."""
        wish = ["defineFlashSale", sale]
        return await self._once(wish, FlashSale, key, lambda one, by: one.define(sale, by), "id")

    async def take(self, sale: str, step: Step, key: str) -> SaleOutcome:
        """Take a step that needs nobody else."""
        wish = ["takeFlashSaleStep", sale, step.value]
        return await self._once(wish, FlashSale, key, lambda one, by: one.take(sale, step, by))

    async def propose(
        self, sale: str, step: Step, key: str, *, pool: str = "", units: int = 0
    ) -> ProposalOutcome:
        """Ask a second person for a step; a machine is neither of the two."""

        async def do(one: Running, _: str) -> Proposal:
            return await one.propose(sale, step, proven(self._caller), pool=pool, units=units)

        wish = ["proposeFlashSale", sale, step.value, pool, units]
        return await self._once(wish, Proposal, key, do)

    async def confirm(self, proposal: str, key: str) -> SaleOutcome:
        """Confirm what somebody else proposed; a machine is no second person."""

        async def do(one: Running, _: str) -> FlashSale:
            return await one.confirm(proposal, proven(self._caller))

        wish = ["confirmFlashSale", proposal]
        return await self._once(wish, FlashSale, key, do, "proposal")

    async def withdraw(self, proposal: str, key: str) -> SaleOutcome:
        """Take back what waits for a second person."""
        wish = ["withdrawFlashProposal", proposal]
        return await self._once(
            wish, FlashSale, key, lambda one, by: one.withdraw(proposal, by), "proposal"
        )

    async def transfer(
        self, sale: str, source: str, target: str, units: int, key: str
    ) -> SaleOutcome:
        """Move stock from one pool to another."""
        return await self._once(
            ["transferFlashStock", sale, source, target, units],
            FlashSale,
            key,
            lambda one, by: one.transfer(sale, source, target, units, by),
        )

    async def change_supply(self, sale: str, supply: Supply, key: str) -> SaleOutcome:
        """Say anew what the stock of one is taken from."""
        wish = ["changeFlashSaleSupply", sale, supply]
        return await self._once(
            wish, FlashSale, key, lambda one, by: one.change_supply(sale, supply, by)
        )

    async def rehearsal(self, sale: str) -> RehearsalRun | None:
        """How the last rehearsal of one went."""
        self._of_one.unbound()
        return await last_rehearsal(self._owned.store, self._owned.brand, sale)

    async def rehearse(self, sale: str, key: str) -> RehearsalOutcome:
        """Rehearse one beside this process's work; declined while it sells anything."""
        begun: list[RehearsalRun] = []
        brand, by = self._owned.brand, self._caller.subject

        async def work(transaction: Transaction) -> RehearsalRun:
            if self._desk is None or self._rehearsals is None or self._desk.selling:
                told = "this process sells now: rehearse when it does not, or by `santong flash`"
                raise SaleDeclined(told)

            async def step(run: Run) -> RehearsalRun:
                role = self._caller.role.value
                begun.append(await begin(run, brand, sale, uuid4().hex, by, role))
                return begun[-1]

            return await transaction(step)

        done = await self._of_one.done(["rehearseFlashSale", sale], RehearsalRun, key, work)
        if self._rehearsals is not None and done in begun:
            self._rehearsals.start(begun[-1])
        return done

    async def change_rate(self, sale: str, rate: float, key: str) -> SaleOutcome:
        """Let in so many a second from now on."""
        wish = ["changeFlashSaleRate", sale, rate]
        return await self._once(
            wish, FlashSale, key, lambda one, by: one.change_rate(sale, rate, by)
        )

    async def _once(
        self, wish: list[Any], answer: type[T], key: str, do: _Do[T], named: str = "sale"
    ) -> T | FlashSaleDeclined | IdempotencyKeyReused:
        """One step in the caller's name."""

        async def work(transaction: Transaction) -> T:
            running = Running(
                self._owned.store,
                self._owned.brand,
                role=self._caller.role.value,
                transaction=transaction,
            )
            return await do(running, self._caller.subject)

        return await self._of_one.done(wish, answer, key, work, named)

    def _running(self) -> Running:
        self._of_one.unbound()
        return Running(self._owned.store, self._owned.brand)
