"""Dual writes: what waits for the other side, tried again, and in what both sides drift apart."""

from datetime import datetime
from typing import Annotated, Union

import strawberry

from capabilities.adoption import drift, pending
from capabilities.adoption.pending import Retrying
from capabilities.member.commands import CommandState
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(pending.PendingWrite)
class PendingWrite:
    """A write 待送写入 that its system was not told of yet, or did not take; it names nobody."""

    id: strawberry.ID = plain("Its id.")
    command: strawberry.ID = plain(
        "Its reference, which its system keeps with what it wrote.", name="reference"
    )
    connector: str = plain("Name of the connector of the system.")
    kind: str = plain("What its system is told, such as UPDATE.")
    state: CommandState = plain("How far it has come; DEAD waits for a person.")
    reason: str | None = plain("A code: why its last attempt brought nothing.")
    attempts: int = plain("How many attempts were begun.")
    created_at: datetime = plain("When it was asked for.")
    changed_at: datetime = plain("When it changed last.")
    next_at: datetime = plain("When it is tried next, while it is.")


@view(drift.FieldDrift)
class FieldDrift:
    """Records that differ in one field."""

    field: str = plain("Its name, such as `phone`.")
    count: int = plain("How many they are.")


@view(drift.DriftSeen)
class AdoptionDrift:
    """What a comparison 对账 of both sides as a whole found."""

    at: datetime = plain("When it ended.")
    compared: int = plain("Records that were compared.")
    differing: int = plain("Those that differ.")
    missing: int = plain("Those that the system has not.")
    unknown: int = plain("Those that the platform had not.")
    in_flight: int = plain("Those that differ because a write is on its way: no drift.")
    repaired: int = plain("Those that the system was told again.")
    taken: int = plain("Those that were taken from the system.")
    disputed: int = plain("Those for which a person decides.")
    by_field: list[FieldDrift] = plain("Where they differ, the worst field first.", name="fields")


@view(pending.PendingRetried)
class PendingWriteRetried:
    """A write that is tried again."""

    write: PendingWrite = plain("How it stands now.")


@view(pending.PendingDeclined)
class PendingWriteDeclined(UserError):
    """Nothing was done: no write of this id waits for a person."""


PendingWriteResult = Annotated[
    Union[PendingWriteRetried, PendingWriteDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("PendingWriteResult", description="What became of a pending write."),
]


@strawberry.input(description="A stuck write that is tried again.")
class RetryPendingWriteInput:
    """Which one, and why."""

    write: strawberry.ID = strawberry.field(description="Id of the PendingWrite.")
    reason: str = strawberry.field(description="Why; it stands in the audit trail.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class DualWriteMutations:
    """What can be done about writes that have two sides."""

    @asked(PendingWriteResult | None)
    @staticmethod
    async def retry_pending_write(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RetryPendingWriteInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> Retrying:
        """Try a stuck write again; its system is asked first whether it arrived."""
        found = parse_id(input.write, "Command", "OrderCommand")
        return await info.context.platform.dual_writes.retry(
            found.type_name,
            found.key,
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
