"""What a resolver may ask of flash sales as operations run them."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.flash.lifecycle import Proposal, Step
from capabilities.flash.records import FlashSale, SaleState, Supply
from capabilities.flash.rehearsal import RehearsalRun
from capabilities.flash.running import Pool, ProposalOutcome, RehearsalOutcome, SaleOutcome
from capabilities.flash.tally import AnswerCount, AnsweredSecond


class FlashRunningPart(Protocol):
    """Flash sales defined, opened by two people, paused, topped up, ended."""

    async def sales(self, states: frozenset[SaleState] | None, first: int) -> Sequence[FlashSale]:
        """The sales in these states, the latest opening first."""

    async def pools(self, sale: str) -> Sequence[Pool]:
        """Where the stock of one lies."""

    async def waiting(self, sale: FlashSale) -> Sequence[Proposal]:
        """What of one waits for a second person, and can still be confirmed."""

    async def answers(self, sale: str) -> Sequence[AnswerCount]:
        """What one answered in all."""

    async def seconds(self, sale: str, last: int) -> Sequence[AnsweredSecond]:
        """What it answered in the last seconds."""

    async def define(self, sale: FlashSale, key: str) -> SaleOutcome:
        """Write one down."""

    async def take(self, sale: str, step: Step, key: str) -> SaleOutcome:
        """Take a step that needs nobody else."""

    async def propose(
        self, sale: str, step: Step, key: str, *, pool: str = "", units: int = 0
    ) -> ProposalOutcome:
        """Ask a second person for a step."""

    async def confirm(self, proposal: str, key: str) -> SaleOutcome:
        """Confirm what somebody else proposed."""

    async def withdraw(self, proposal: str, key: str) -> SaleOutcome:
        """Take back what waits for a second person."""

    async def transfer(
        self, sale: str, source: str, target: str, units: int, key: str
    ) -> SaleOutcome:
        """Move stock from one pool to another."""

    async def change_supply(self, sale: str, supply: Supply, key: str) -> SaleOutcome:
        """Say anew what the stock of one is taken from."""

    async def rehearsal(self, sale: str) -> RehearsalRun | None:
        """How the last rehearsal of one went."""

    async def rehearse(self, sale: str, key: str) -> RehearsalOutcome:
        """Rehearse one; how it went is told later."""

    async def change_rate(self, sale: str, rate: float, key: str) -> SaleOutcome:
        """Let in so many a second from now on."""
