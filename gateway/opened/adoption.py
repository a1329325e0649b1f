"""Adoption as one process holds it: where pairs stand, who steers, who answers, who watches."""

from collections.abc import Mapping

from capabilities.adoption.bounds import PRODUCTION, PROFILES, Profile
from capabilities.adoption.gates_file import read_gates
from gateway.adoption.connector_facts import ConnectorFacts
from gateway.adoption.following import FollowedDifferences
from gateway.adoption.watch import AdoptionWatch
from gateway.federation.adopted import AdoptedParts, Copies
from gateway.federation.adopting import Adopting
from gateway.federation.compared import Shadow
from gateway.federation.estate import Estate
from gateway.opened.ground import Ground
from gateway.platform.adoption import Helm
from gateway.settings import Settings
from store.adoption.followed import Adoption
from store.adoption.steering import Steering
from store.member.copied_memberships import CopiedMemberships
from store.member.kept_memberships import KeptMemberships
from store.order.copied_orders import OrderCopies
from store.privacy.data_keys import DataKeys
from store.promotion.copied_promotions import PromotionCopies


class OpenedAdoption:
    """What of adoption all requests of a process share."""

    shadow: Shadow | None = None  # set when answers can be compared

    def __init__(self, ground: Ground, copies: Copies) -> None:
        settings, versions = ground.settings, ground.versions
        self.steering = Steering(ground.owned, read_gates(settings.adoption_gates))
        self.followed = Adoption(self.steering.standings, versions.adoption)
        self.helm = Helm(
            self.steering,
            _profiles(settings),
            self.followed.refresh,
            FollowedDifferences(ground.store, ground.brand),
        )
        self.parts = AdoptedParts(
            lambda: self.followed.current, copies, ground.metrics.adoption_read
        )
        self.watch = AdoptionWatch(
            self.steering,
            self.followed,
            lambda: ground.estate.current,
            self.parts.figures_of,
            ConnectorFacts(settings.processes),
            ground.metrics.adoption,
        )

    def adopting(self, estate: Estate, labels: frozenset[str]) -> Adopting | None:
        """What a request begins with; None where every system of its estate is simply read."""
        parts = self.parts.of(estate)
        return None if parts is None else Adopting(parts, labels, self.shadow)


def opened_adoption(ground: Ground) -> OpenedAdoption:
    """The adoption of a process."""
    store, brand, owned = ground.store, ground.brand, ground.owned
    keys = DataKeys(brand, owned.sealer)
    kept = KeptMemberships(store, brand, keys)
    copies = Copies(
        CopiedMemberships(store, brand, kept, owned.key),
        OrderCopies(store, brand, keys),
        PromotionCopies(store, brand),
    )
    return OpenedAdoption(ground, copies)


def _profiles(settings: Settings) -> Mapping[str, Profile]:
    """The profiles that verdicts may be read under: only a demo shortens anything."""
    return PROFILES if settings.demo else {PRODUCTION.name: PRODUCTION}
