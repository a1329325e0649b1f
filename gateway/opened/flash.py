"""Flash sales as one process holds them: the desk, the waiting room, and rehearsals beside them."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from msgspec import Struct

from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from gateway.flash.following import FollowedReservations
from gateway.flash.opening import opened_desk
from gateway.flash.rehearsals import Rehearsals
from gateway.opened.ground import Ground
from gateway.settings import Settings
from store.engine import Store

_PATIENCE_SECONDS = 30.0
_PATIENT_CONNECTIONS = 3


class OpenedFlash(Struct, frozen=True, eq=False):
    """What of flash sales all requests of a process share."""

    desk: Desk
    entrance: Entrance
    rehearsals: Rehearsals
    followed: FollowedReservations


@contextlib.asynccontextmanager
async def opened_flash(ground: Ground) -> AsyncIterator[OpenedFlash]:
    """The flash sales of a process; rehearsals under way end with it."""
    settings, owned, brand = ground.settings, ground.owned, ground.brand
    async with opened_desk(settings, brand) as desk:
        rehearsals = Rehearsals(
            owned, partial(opened_desk, settings, brand), partial(_patient_store, settings)
        )
        try:
            followed = FollowedReservations(ground.store, brand)
            yield OpenedFlash(desk, Entrance(owned, desk), rehearsals, followed)
        finally:
            await rehearsals.aclose()


def _patient_store(settings: Settings) -> Store:
    """A store for work of which nobody waits for the next statement."""
    url = settings.database_url.get_secret_value()
    return Store.open(url, deadline_seconds=_PATIENCE_SECONDS, connections=_PATIENT_CONNECTIONS)
