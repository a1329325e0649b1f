"""Changes of orders over several systems that stopped half-way, and how a person ends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry

from capabilities.order import sagas
from capabilities.order.sagas import SagaDiscarding, SagaState
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(sagas.Saga)
class OrderSaga:
    """A change of orders of several systems, which ends done in all of them or taken back."""

    id: strawberry.ID = plain("Its id.")
    state: SagaState = plain("How far it has come.")
    place: int = plain("The step where it stands, from 0.", name="step")
    reason: str | None = plain("A code: what became of its last command.")
    waits_for: strawberry.ID | None = plain(
        "Reference of the command that it waits for; null where a person alone can end it."
    )
    created_at: datetime = plain("When it began.")
    changed_at: datetime = plain("When it moved last.")


@view(sagas.SagaDiscarded)
class OrderSagaDiscarded:
    """A step was given up; the change goes back, or is over."""

    saga: OrderSaga = plain("How it stands now.")


@view(sagas.SagaDeclined)
class OrderSagaDeclined(UserError):
    """Nothing was given up: there is none that is stuck without a command."""


OrderSagaResult = Annotated[
    Union[OrderSagaDiscarded, OrderSagaDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("OrderSagaResult", description="What became of a change that was stuck."),
]


@strawberry.input(description="A step of a change over several systems that is given up.")
class OrderSagaInput:
    """Which one, and why."""

    saga: strawberry.ID = strawberry.field(description="Id of the OrderSaga.")
    reason: str = strawberry.field(description="Why; it stands in the audit trail.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class OrderSagaQueries:
    """Questions about changes over several systems."""

    @asked(list[OrderSaga])
    @staticmethod
    async def stuck_order_sagas(info: Ask) -> Sequence[sagas.Saga]:
        """Changes over several systems 跨系统变更 that wait for a person, or do not move."""
        return await info.context.platform.order_sagas.stuck()


@strawberry.type
class OrderSagaMutations:
    """What can be done with changes over several systems."""

    @asked(OrderSagaResult | None)
    @staticmethod
    async def discard_order_saga(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            OrderSagaInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> SagaDiscarding:
        """Give up the step of one that is stuck without a command; it goes back from there."""
        return await info.context.platform.order_sagas.discard(
            parse_id(input.saga, "OrderSaga").key,
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
