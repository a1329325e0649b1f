"""What operations see of a flash sale 秒杀: where its stock lies, and what waits for whom."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import Parent

from capabilities.flash import lifecycle, running
from capabilities.flash.lifecycle import Step
from capabilities.flash.records import SHARED
from schema.context import Ask
from schema.view import asked, plain, view


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

    @asked(list[FlashPool])
    @staticmethod
    async def pools(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[running.Pool]:
        """Where its stock lies: quotas of channels, then what all share."""
        info.context.spend(1)
        return await info.context.platform.flash_running.pools(desk.sale.id)

    @asked(list[FlashProposal])
    @staticmethod
    async def waiting(desk: Parent[running.SaleDesk], info: Ask) -> Sequence[lifecycle.Proposal]:
        """What waits for a second person."""
        info.context.spend(1)
        return await info.context.platform.flash_running.waiting(desk.sale)
