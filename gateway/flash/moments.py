"""What everybody may know of a sale that this process follows."""

from datetime import datetime

from capabilities.flash.moment import SaleMoment, coarse_percent, coarse_rate
from store.flash.offers import Offer


def moment_of(offer: Offer, now: datetime) -> SaleMoment:
    """A sale as it stands now, coarse."""
    return SaleMoment(
        sale=offer.id,
        at=now,
        state=offer.state,
        opens_at=offer.opens_at,
        closes_at=offer.closes_at,
        left_percent=coarse_percent(offer.remaining, offer.allocated),
        orders_per_second=coarse_rate(offer.per_second),
    )
