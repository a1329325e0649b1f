"""Payments of orders that systems own: kept beside the order, told to a system that takes them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

from msgspec import Struct

from capabilities.money import Money
from capabilities.order.commands import OrderedWrite
from capabilities.order.payments import Confirmation
from capabilities.order.writing import OrderWrite, OrderWriteKind
from store.engine import Run
from store.order.commands import order_write
from store.privacy.data_keys import DataKeys, owner_of_order


class OrderSystem(Struct, frozen=True):
    """The system that owns the orders of a channel; `connector` None where it takes no payments."""

    connector: str | None = None


class CarriedPayments:
    """Of one brand; `system_of` finds the system of a channel, None where there is none."""

    def __init__(
        self, brand: str, keys: DataKeys, system_of: Callable[[str], OrderSystem | None]
    ) -> None:
        self._brand = brand
        self._keys = keys
        self._system_of = system_of

    def owns(self, channel: str) -> bool:
        """Whether a system owns the orders of a channel."""
        return self._system_of(channel) is not None

    async def tell(self, run: Run, some: Sequence[Confirmation], at: datetime) -> None:
        """Have their systems told, in the transaction that keeps them."""
        for one in some:
            system = self._system_of(one.channel)
            if system is None or system.connector is None:
                continue
            ordered = OrderedWrite(
                connector=system.connector,
                subject=one.number,
                owner=owner_of_order(one.channel, one.number),
                write=_write(one, at),
                author=f"provider:{one.provider}",
            )
            await order_write(run, self._keys, self._brand, ordered, at)


def _write(one: Confirmation, at: datetime) -> OrderWrite:
    return OrderWrite(
        kind=OrderWriteKind.PAY,
        reference=uuid4().hex,
        channel=one.channel,
        number=one.number,
        amount=Money(one.amount, one.currency),
        method=one.method or one.provider,
        transaction=one.transaction,
        at=at,
    )
