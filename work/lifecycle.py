"""Keeps stages of people, and the touches due to them, in step with what happens and with time."""

import structlog

from store.lifecycle import TOPICS, Lifecycle
from store.owned import Owned
from work.consumers import Consumer

_log = structlog.get_logger("work")
# Every hour: days begin at another hour in every zone, and what is judged already costs nothing.
SWEEP = "5 * * * *"


def lifecycle_stages(owned: Owned) -> Consumer:
    """Judges everybody anew whom changed orders, people or consents concern."""
    follow = Lifecycle(owned).follow
    return Consumer(name="lifecycle", topics=TOPICS, handle=follow)


async def sweep_lifecycle(owned: Owned) -> None:
    """Judge those whom time alone has changed, and let touches lapse."""
    lifecycle = Lifecycle(owned)
    judged, lapsed = await lifecycle.sweep(), await lifecycle.lapse()
    if judged or lapsed:
        _log.info("lifecycle swept", judged=judged, lapsed=lapsed)
