"""Systems that own orders, told of changes: who takes which, and the command that tells it."""

from uuid import uuid4

from msgspec import Struct

from capabilities.estate import Capability
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.commands import OrderedWrite
from capabilities.order.ports import OrderSink
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.federation.estate import Connection, Estate
from store.engine import Run
from store.order.commands import order_write
from store.owned import Owned
from store.privacy.data_keys import DataKeys


class Told(Struct, frozen=True):
    """A system that takes a kind of change; None where the platform itself holds the orders."""

    connection: Connection | None


def taker(
    estate: Estate, kind: OrderWriteKind, channel: str, path: str
) -> Told | ChannelUnsupported:
    """Who takes a kind of change of the orders of a channel."""
    connection = estate.route(Capability.ORDER, channel)
    if _takes(connection, kind):
        return Told(connection)
    able = [
        one for one in sorted(estate.channels) if _takes(estate.route(Capability.ORDER, one), kind)
    ]
    return ChannelUnsupported(
        code="CHANNEL_UNSUPPORTED", path=("input", path), channels=tuple(able)
    )


def unheld(connection: Connection | None, kind: OrderWriteKind, text: str) -> OrderDeclined | None:
    """Why a system cannot hold a text; None where it can, or is away and finds out later."""
    sink = None if connection is None else connection.port(OrderSink)
    limit = None if sink is None else sink.text_limits.get(kind)
    fault = None if limit is None else limit.fault(text)
    if fault is None:
        return None
    if fault == "TEXT_TOO_LONG":
        return OrderDeclined(code="TEXT_TOO_LONG", path=("input", "text"))
    return OrderDeclined(code="TEXT_NOT_HELD", path=("input", "text"))


def new_reference() -> str:
    """The reference of a change, which its system will keep: the command's id."""
    return uuid4().hex


async def tell_system(
    run: Run,
    owned: Owned,
    keys: DataKeys,
    connection: Connection,
    owner: str,
    write: OrderWrite,
    author: str,
) -> None:
    """Have a system told of a change, in the caller's transaction."""
    ordered = ordered_write(connection, owner, write, author)
    await order_write(run, keys, owned.brand, ordered, owned.now())


def ordered_write(
    connection: Connection,
    owner: str,
    write: OrderWrite,
    author: str,
    placed: str | None = None,
) -> OrderedWrite:
    """A change as its system is told of it; `placed` placed the order, which has no number yet."""
    return OrderedWrite(
        connector=connection.name,
        subject=placed or write.number or write.reference,
        owner=owner,
        write=write,
        author=author,
    )


def _takes(connection: Connection | None, kind: OrderWriteKind) -> bool:
    """Whether a change can be made; a system that is away is told later."""
    if connection is None or connection.is_broken:
        return True
    sink = connection.port(OrderSink)
    return sink is not None and kind in sink.order_write_kinds
