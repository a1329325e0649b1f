"""Orders placed in exchange for what comes back of others."""

from capabilities.errors import BadInput
from capabilities.member.records import Membership
from capabilities.order.placing import Changing, Exchanged, WantedOrder
from schema.context import Ask
from schema.order_asked import order_asked
from schema.order_input import ExchangedOrderInput, optional_money, parts_of, text_of


async def exchanged(
    info: Ask,
    wanted: WantedOrder,
    membership: Membership | None,
    back: ExchangedOrderInput,
    wish: str,
    *,
    quoted: bool,
) -> Changing:
    """The order together with what comes back for it."""
    if quoted:
        raise BadInput("`inExchangeFor` takes no `quote`.")
    order, key = await order_asked(info, back.order, back.version)
    exchanged = Exchanged(
        key=key,
        parts=parts_of(back.lines),
        amount=optional_money("amount", back.amount),
        reason=text_of("reason", back.reason),
        restock=back.restock,
    )
    return await info.context.platform.orders.exchange(wanted, membership, order, exchanged, wish)
