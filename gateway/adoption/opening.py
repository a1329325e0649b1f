"""The shadow of one process, under its settings."""

from collections.abc import Callable

from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability
from gateway.adoption.figures import AdoptionFigures
from gateway.adoption.shadow import ShadowReads
from gateway.adoption.shadow_bounds import ShadowBounds
from gateway.settings import Settings
from store.adoption.followed import Adoption
from store.owned import Owned


def shadow_of(
    settings: Settings,
    owned: Owned,
    adoption: Adoption,
    figures: AdoptionFigures,
    hides: Callable[[object], bool],
) -> ShadowReads:
    """What compares beside the callers; once the platform answers everything, less of it."""

    def share(capability: Capability, channel: str, version: str) -> int:
        if not adoption.current.compared(capability, channel, version):
            return 0
        settled = adoption.of(capability, channel).state is AdoptionState.MIDDLE_READ
        return settings.adoption_settled_share if settled else settings.adoption_shadow_share

    bounds = ShadowBounds(lag_seconds=settings.adoption_lag_seconds)
    return ShadowReads(owned, figures, bounds, share, hides)
