"""Keeps the figures of people in step with their orders and with who is whom."""

from collections.abc import Sequence

from capabilities.events import Event, Topic
from store.engine import Run
from store.owned import Owned
from store.profile.purchases_computing import PurchasesComputing
from work.consumers import Consumer


def profile_figures(owned: Owned) -> Consumer:
    """Computes everybody anew whom the changed orders and people concern, each person whole."""
    computing = PurchasesComputing(owned.store, owned.brand)

    async def handle(run: Run, events: Sequence[Event]) -> None:
        people = {one.subject.key for one in events if one.topic is Topic.MEMBER_CHANGED}
        orders = {one.subject for one in events if one.topic is Topic.ORDER_CHANGED}
        touched = await computing.touched_in(run, sorted(people), list(orders))
        await computing.compute_in(run, touched, owned.now())

    topics = (Topic.ORDER_CHANGED, Topic.MEMBER_CHANGED)
    return Consumer(name="profile", topics=topics, handle=handle)
