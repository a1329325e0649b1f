"""What operations see of a sale that they run, and what they are answered."""

from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.flash.lifecycle import Proposal
from capabilities.flash.quotas import Quota
from capabilities.flash.records import FlashSale
from capabilities.flash.rehearsal import RehearsalRun
from capabilities.operations import IdempotencyKeyReused


class Bucket(Struct, frozen=True, kw_only=True, gc=False):
    """A part of a pool; `held` while a process sells from it."""

    number: int
    allocated: int
    remaining: int
    held: bool


class Pool(Struct, frozen=True, kw_only=True):
    """What a channel has of a sale, or all of them together where `channel` is None."""

    channel: str | None
    buckets: tuple[Bucket, ...]

    @property
    def allocated(self) -> int:
        """What was put into it, less what went back."""
        return sum(one.allocated for one in self.buckets)

    @property
    def remaining(self) -> int:
        """What is left."""
        return sum(one.remaining for one in self.buckets)


class SaleDesk(Struct, frozen=True):
    """A sale as those see it who run it."""

    sale: FlashSale


class FlashSaleDeclined(Declined, frozen=True, kw_only=True):
    """A sale cannot be so, or does not take this step now; `detail` is for whoever runs it."""

    detail: str


SaleOutcome: TypeAlias = FlashSale | FlashSaleDeclined | IdempotencyKeyReused
RehearsalOutcome: TypeAlias = RehearsalRun | FlashSaleDeclined | IdempotencyKeyReused
QuotaOutcome: TypeAlias = Quota | FlashSaleDeclined | IdempotencyKeyReused
ProposalOutcome: TypeAlias = Proposal | FlashSaleDeclined | IdempotencyKeyReused
