"""Whether a promotion is on at a moment: its span, and its hours in the store's own time."""

from datetime import datetime, timedelta

from capabilities.pricing.cart import Occasion
from capabilities.pricing.definition import Definition, Hours
from capabilities.pricing.quote import Why


def closed(definition: Definition, occasion: Occasion) -> Why | None:
    """Why it is not on now; None where it is. The start belongs to the span, the end does not."""
    if definition.starts_at is not None and occasion.at < definition.starts_at:
        return Why.NOT_STARTED
    if definition.ends_at is not None and occasion.at >= definition.ends_at:
        return Why.ENDED
    if definition.hours:
        local = occasion.at.astimezone(occasion.zone)
        if not any(_within(hours, local) for hours in definition.hours):
            return Why.OUTSIDE_HOURS
    return None


def _within(hours: Hours, local: datetime) -> bool:
    clock, today = local.time(), local.isoweekday()
    if hours.end is None:
        return today in hours.days and clock >= hours.start
    if hours.start <= hours.end:
        return today in hours.days and hours.start <= clock < hours.end
    yesterday = (local - timedelta(days=1)).isoweekday()
    late, early = clock >= hours.start, clock < hours.end
    return (late and today in hours.days) or (early and yesterday in hours.days)
