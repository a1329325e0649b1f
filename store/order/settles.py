"""Everything that waits for how commands of orders end, told in the transaction of the end."""

from collections.abc import Awaitable, Callable, Sequence

from capabilities.events import Subject, Topic
from capabilities.order.commands import SettledWrite
from store.engine import Run
from store.events import tell
from store.flash.sending import FlashSending
from store.order.sagas import Sagas
from store.order.said import OrdersSaid
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.promotion.order_promotions import OrderPromotions

Settle = Callable[[Run, SettledWrite], Awaitable[None]]


def settles_of(owned: Owned) -> Sequence[Settle]:
    """Whoever ends a command, a relay or a person, tells all of these."""
    keys = DataKeys(owned.brand, owned.sealer)
    return (
        Sagas(owned.store, owned.brand, keys).settle,
        OrdersSaid(owned.store, owned.brand, keys).settle,
        FlashSending(owned).settle,
        OrderPromotions(owned).settle,
    )


async def settle_all(
    run: Run, brand: str, settles: Sequence[Settle], settled: SettledWrite
) -> None:
    """Tell all of them, and whoever shows the order."""
    for settle in settles:
        await settle(run, settled)
    subject = Subject(key=settled.number or settled.subject, channel=settled.channel)
    await tell(run, brand, Topic.ORDER_CHANGED, [subject])
