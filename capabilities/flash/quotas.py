"""Quotas: stock of a sale that a channel sells in its own cart, and what is known of it."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.flash.lifecycle import SaleDeclined, second_person
from capabilities.flash.records import SaleState
from capabilities.member.commands import CommandState

_OVER = frozenset({SaleState.CLOSED, SaleState.RECONCILED})
_UNOPENED = frozenset({SaleState.DRAFT, SaleState.PRELOADED})


class QuotaState(Enum):
    """How far a quota has come; its units are no pool's before it is RETURNED.

    UNKNOWN was sent and not confirmed, FAILED waits for a person.
    """

    PUSHING = "PUSHING"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    FAILED = "FAILED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"


class PushKind(Enum):
    """What a system is told: to offer so many, or nothing any more."""

    PUSH = "PUSH"
    TAKE_BACK = "TAKE_BACK"


class Quota(Struct, frozen=True, kw_only=True):
    """What a channel has of a sale: `units` are out of `pool`, of which `sold` were sold there.

    `left` is what its system said last that it offers, at `looked_at`. `counted` says that `sold`
    was counted in its orders after it was taken back. `command` is what the system was told last,
    `confirmed` that it stands there.
    """

    sale: str
    channel: str
    pool: str
    connector: str
    kind: str
    code: str
    units: int
    sold: int
    left: int | None
    counted: bool
    returning: bool
    state: QuotaState
    reason: str | None
    pushed_at: datetime
    looked_at: datetime | None
    command: str
    confirmed: bool

    @property
    def over(self) -> int:
        """How many more are offered or sold there than it was given."""
        return max(0, (self.left or 0) + self.sold - self.units)


class StockPush(Struct, frozen=True, kw_only=True):
    """One thing that a system is told of its stock; this process tells it now.

    Of the quota's `units` so many are known to be `sold` since it was given out at `since`.
    """

    command: str
    connector: str
    channel: str
    sale: str
    kind: PushKind
    code_kind: str
    code: str
    units: int
    sold: int
    since: datetime
    attempts: int
    unsure: bool


def quota_state(kind: PushKind, state: CommandState) -> QuotaState:
    """What a quota is by the last thing that its system was told."""
    if state is CommandState.DEAD:
        return QuotaState.FAILED
    if state is CommandState.UNKNOWN:
        return QuotaState.UNKNOWN
    done = state in (CommandState.DONE, CommandState.DISCARDED)
    if kind is PushKind.PUSH:
        return QuotaState.ACCEPTED if done else QuotaState.PUSHING
    return QuotaState.RETURNED if done else QuotaState.RETURNING


def check_push(state: SaleState, quota: Quota | None, units: int) -> None:
    """SaleDeclined for a push that cannot be."""
    if state in _OVER:
        raise SaleDeclined(f"the sale is {state.value}; nothing of it is given out any more")
    if state in _UNOPENED:  # a channel sells at once what it is given
        raise second_person(f"the sale is {state.value}; stock leaves it once a second opened it")
    if units < 1:
        raise SaleDeclined("a quota is at least one unit")
    if quota is not None and quota.state is not QuotaState.RETURNED:
        told = f"{quota.channel} has a quota that is {quota.state.value}; take it back first"
        raise SaleDeclined(told)
