"""The one rule for what is computed over all channels: who is bound to some of them is refused."""

from capabilities.caller import Visibility
from capabilities.errors import Forbidden

WHOLE_BRAND_ONLY = "WHOLE_BRAND_ONLY"


def of_whole_brand(visibility: Visibility, why: str) -> None:
    """Forbidden for a caller of some channels; an answer cut to them would be another answer."""
    if visibility.channels is not None:
        raise Forbidden(why, code=WHOLE_BRAND_ONLY)


def of_every_store(visibility: Visibility, why: str) -> None:
    """As `of_whole_brand`, and for a caller of some stores too."""
    of_whole_brand(visibility, why)
    if visibility.stores is not None:
        raise Forbidden(why, code=WHOLE_BRAND_ONLY)
