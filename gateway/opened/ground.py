"""What every capability of a process is built upon."""

from msgspec import Struct

from cache.connection import Near
from gateway.federation.live_estate import LiveEstate
from gateway.keys import derived_key, keyring
from gateway.observe import Metrics
from gateway.settings import Settings
from store.engine import Store
from store.owned import Owned, owned_by
from store.versions import Versions


class Ground(Struct, frozen=True, eq=False):
    """The platform, what is kept near, the estate in force, and the versions that are followed."""

    settings: Settings
    owned: Owned
    near: Near
    estate: LiveEstate
    versions: Versions
    metrics: Metrics

    @property
    def brand(self) -> str:
        """Whom this process serves."""
        return self.owned.brand

    @property
    def store(self) -> Store:
        """The store of the platform."""
        return self.owned.store

    def key(self, purpose: str) -> bytes:
        """The key for one purpose."""
        return derived_key(self.settings, purpose)


def ground_of(
    settings: Settings, store: Store, near: Near, estate: LiveEstate, metrics: Metrics
) -> Ground:
    """The ground of a process whose estate is open."""
    current = estate.current
    return Ground(
        settings,
        owned_by(store, current.brand, keyring(settings), current.zone.key),
        near,
        estate,
        Versions(store, current.brand),
        metrics,
    )
