"""What operations see of a flash sale 秒杀: where its stock lies, and what waits for whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import Parent

from capabilities.errors import BadInput
from capabilities.flash import lifecycle, quotas, records, rehearsal, running, tally
from capabilities.flash.lifecycle import Step
from capabilities.flash.quotas import QuotaState
from capabilities.flash.records import SHARED
from capabilities.flash.rehearsal import RehearsalState
from capabilities.flash.tally import Answer
from schema.context import Ask
from schema.view import asked, plain, view

_MOST_SECONDS = 900


@view(running.Bucket)
class FlashBucket:
    """A part of a pool: each process that sells takes from one of its own."""

    number: int = plain("Its number.")
    allocated: int = plain("What was put into it, less what was moved out.")
    remaining: int = plain("What is left.")
    held: bool = plain("Whether a process sells from it now.")


@view(running.Pool)
class FlashPool:
    """What one channel has of a sale, or all of them together."""

    channel: str | None = plain("Code of the channel; null for what all share.", name="channelCode")
    allocated: int = plain("What was put into it, less what went back.")
    remaining: int = plain("What is left.")
    buckets: list[FlashBucket] = plain("Where it lies.")


@view(tally.AnswerCount)
class FlashAnswerCount:
    """So many answers of one kind."""

    answer: Answer = plain("How wishes were answered.")
    count: int = plain("How many.")


@view(tally.AnsweredSecond)
class FlashSecond:
    """What a sale answered in one second."""

    at: datetime = plain("Which second, by the store's clock.")
    answers: list[FlashAnswerCount] = plain("How many of each kind; none of a kind is not there.")


@view(quotas.Quota)
class FlashQuota:
    """What a channel sells of a sale in its own cart; nobody else sells it before it is back."""

    channel: str = plain("Code of the channel.", name="channelCode")
    connector: str = plain("The connector whose system keeps the stock.")
    code: str = plain("What that system calls the product.")
    units: int = plain("How many pieces it was given.")
    sold: int = plain("How many of them are known to be sold.")
    left: int | None = plain("What its system said last that it offers.")
    over: int = plain("How many more are offered or sold there than it was given.")
    state: QuotaState = plain("How far it has come.")
    reason: str | None = plain("Why it waits for a person, or how it was settled.")
    pushed_at: datetime = plain("When it was given out.")
    looked_at: datetime | None = plain("When its system was asked last.")


@view(records.Supply)
class FlashSupply:
    """What the stock of a sale is taken from."""

    on_hand: int = plain("How many pieces are in the house.")
    safety: int = plain("How many of them are never offered.")
    elsewhere: int = plain("How many are promised outside of flash sales.")
    sellable: int = plain("What all flash sales of them together may offer.")


@view(rehearsal.Rehearsal)
class FlashRehearsalResult:
    """How a rehearsal went."""

    units: int = plain("How many pieces were for sale: a tenth.")
    people: int = plain("How many made-up people came.")
    reserved: int = plain("How many pieces were reserved.")
    seconds: float = plain("How long it took.")
    rate: float = plain("Reservations a second.")
    p50_ms: float = plain("Half of all wishes were answered within so many milliseconds.")
    p99_ms: float = plain("All but one in a hundred were.")
    counts: list[FlashAnswerCount] = plain("How many answers of each kind.", name="answers")
    never_let_in: int = plain("How many still waited at its end.")
    faults: list[str] = plain("What the auditor found; nothing where all of it agreed.")


@view(rehearsal.RehearsalRun)
class FlashRehearsal:
    """A rehearsal of a flash sale: made-up people come for a tenth of its stock."""

    author: str = plain("Subject of who asked for it.")
    started_at: datetime = plain("When it began.")
    ended_at: datetime | None = plain("When it ended.")
    state: RehearsalState = plain("How far it is.")
    result: FlashRehearsalResult | None = plain("How it went.")
    reason: str | None = plain("Why it failed.")


@view(lifecycle.Proposal)
class FlashProposal:
    """A step of a flash sale that one person proposed and another confirms."""

    id: strawberry.ID = plain("Its id.")
    sale: str = plain("Id of the sale.", name="saleId")
    step: Step = plain("What is to be done.")
    units: int = plain("How many pieces more, where stock is put in.")
    proposed_by: str = plain("Subject of who proposed it.")
    proposed_at: datetime = plain("When it was proposed.")
    confirmed_by: str | None = plain("Subject of who confirmed it.")

    @asked(str | None)
    @staticmethod
    def channel_code(proposal: Parent[lifecycle.Proposal]) -> str | None:
        """Code of the channel whose quota it is; null for what all share."""
        return None if proposal.pool == SHARED else proposal.pool

    @asked(bool)
    @staticmethod
    def yours(proposal: Parent[lifecycle.Proposal], info: Ask) -> bool:
        """Whether you proposed it yourself, so that somebody else must confirm it."""
        caller = info.context.caller
        return caller is not None and proposal.proposed_by == caller.subject


@view(running.SaleDesk)
class FlashSaleDesk:
    """What operations work with beside a flash sale."""

    @asked(int)
    @staticmethod
    def version(desk: Parent[running.SaleDesk]) -> int:
        """Rises with every change of the sale."""
        return desk.sale.version

    @asked(FlashSupply | None)
    @staticmethod
    def supply(desk: Parent[running.SaleDesk]) -> records.Supply | None:
        """What its stock is taken from; nothing bounds it without one."""
        return desk.sale.supply

    @asked(FlashRehearsal | None)
    @staticmethod
    async def rehearsal(desk: Parent[running.SaleDesk], info: Ask) -> rehearsal.RehearsalRun | None:
        """Its last rehearsal."""
        return await info.context.platform.flash_running.rehearsal(desk.sale.id)

    @asked(list[FlashQuota])
    @staticmethod
    async def quotas(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[quotas.Quota]:
        """What channels sell of it in their own carts."""
        info.context.spend(1)
        return await info.context.platform.flash_quotas.shown(desk.sale.id)

    @asked(list[FlashPool])
    @staticmethod
    async def pools(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[running.Pool]:
        """Where its stock lies: quotas of channels, then what all share."""
        info.context.spend(1)
        return await info.context.platform.flash_running.pools(desk.sale.id)

    @asked(list[FlashAnswerCount])
    @staticmethod
    async def answers(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[tally.AnswerCount]:
        """What it answered in all; a process that dies takes up to a second of it along."""
        info.context.spend(1)
        return await info.context.platform.flash_running.answers(desk.sale.id)

    @asked(list[FlashSecond])
    @staticmethod
    async def seconds(
        desk: Parent[running.SaleDesk],
        info: Ask,
        last: Annotated[
            int, strawberry.argument(description="So many seconds back, at most 900.")
        ] = 120,
    ) -> Sequence[tally.AnsweredSecond]:
        """What it answered in each of the last seconds, the first first."""
        if not 1 <= last <= _MOST_SECONDS:
            raise BadInput(f"`last` must be 1 to {_MOST_SECONDS}.")
        info.context.spend(1)
        return await info.context.platform.flash_running.seconds(desk.sale.id, last)

    @asked(list[FlashProposal])
    @staticmethod
    async def waiting(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[lifecycle.Proposal]:
        """What waits for a second person."""
        info.context.spend(1)
        return await info.context.platform.flash_running.waiting(desk.sale)
