"""Keeps stages of people, and the touches due to them, in step with what happens and with time."""

import structlog

from connectors._kit import address_rules
from connectors.touching.configured import open_senders
from store.lifecycle.standings import TOPICS, Lifecycle
from store.owned import Owned
from work.consumers import Consumer
from work.settings import WorkSettings
from work.touching import Touching

_log = structlog.get_logger("work")
# Every hour: days begin at another hour in every zone, and what is judged already costs nothing.
SWEEP = "5 * * * *"
SEND = "* * * * *"


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


async def send_touches(owned: Owned, settings: WorkSettings) -> None:
    """One round of sending, with the senders as they are written down now."""
    senders = open_senders(settings.touch_senders, address_rules(settings.connector_hosts))
    try:
        await Touching(owned, senders).round()
    finally:
        for sender in senders:
            await sender.aclose()
