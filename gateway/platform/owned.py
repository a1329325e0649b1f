"""The platform as one caller meets it in one request."""

from functools import cached_property
from pathlib import Path

from cache.attempts import Attempts
from capabilities.attempts import Origin
from capabilities.caller import Caller
from gateway.changes.hub import ChangeHub
from gateway.federation.asking import Request
from gateway.federation.look_ups import CallersLookUps
from gateway.flash.desk import Desk
from gateway.flash.following import FollowedReservations
from gateway.flash.rehearsals import Rehearsals
from gateway.platform.access import Access
from gateway.platform.adoption import AdoptionDesk, Helm
from gateway.platform.benefits import BenefitDesk
from gateway.platform.changes import CallersChanges
from gateway.platform.changing import Budgets, MemberChanges
from gateway.platform.comparisons import ComparedDesk
from gateway.platform.conflicts import ConflictBooks
from gateway.platform.coupons import CouponDesk
from gateway.platform.dual_writes import DualWrites
from gateway.platform.flash import FlashCounter
from gateway.platform.flash_quotas import FlashQuotas
from gateway.platform.flash_running import FlashOperations
from gateway.platform.identity import Identities
from gateway.platform.known_goods import KnownGoods
from gateway.platform.known_promotions import KnownPromotions
from gateway.platform.lifecycle import Lifecycles
from gateway.platform.order_commands import CallersCommands
from gateway.platform.order_sagas import CallersSagas
from gateway.platform.order_said import CallersOrders
from gateway.platform.payments import PaymentBooks
from gateway.platform.points_changing import CallersPoints
from gateway.platform.privacy import Privacy
from gateway.platform.profile import Profiles
from gateway.platform.programmes import KnownProgrammes
from gateway.platform.promotions import PromotionDesk
from gateway.platform.quality import Measured
from gateway.platform.quoting import Quoting
from gateway.platform.segments import SegmentLists
from gateway.platform.suggestions import SuggestionDesk
from gateway.platform.usage import Fields, UsageBooks
from store.adoption.steering import Steering
from store.owned import Owned
from store.points.programmes import Programmes

_NOWHERE = Origin()


class CallersPlatform:
    """The platform of one caller; each part is made when it is first asked.

    `request` batches what is read: `request.load_with(name, ask, key)` puts the keys of all
    people of a wave into one statement. `origin` is where the caller's request came from.
    """

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        request: Request,
        programmes: KnownProgrammes | None = None,
        *,
        promotions: KnownPromotions | None = None,
        goods: KnownGoods | None = None,
        attempts: Attempts | None = None,
        desk: Desk | None = None,
        origin: Origin = _NOWHERE,
        look_ups: CallersLookUps | None = None,
        hub: ChangeHub | None = None,
        followed: FollowedReservations | None = None,
        systems: Path | None = None,
        rehearsals: Rehearsals | None = None,
        fields: Fields = dict,
        helm: Helm | None = None,
    ) -> None:
        self.owned = owned
        self._promotions = promotions
        self._goods = goods
        self._hub = hub
        self._followed = followed
        self._systems = systems
        self._rehearsals = rehearsals
        self._fields = fields
        self._helm = helm
        self._attempts = attempts
        self._desk = desk
        self._origin = origin
        self._look_ups = look_ups
        self._programmes = programmes
        self.caller = caller
        self.request = request

    @cached_property
    def points(self) -> CallersPoints:
        """Points, tiers and benefits of memberships."""
        known = self._programmes or known_programmes(self.owned)
        return CallersPoints(self.owned, self.caller, self.request, known)

    @cached_property
    def benefits(self) -> BenefitDesk:
        """Uses of benefits."""
        return BenefitDesk(self.points, self.caller)

    @cached_property
    def changing(self) -> MemberChanges:
        """Members who are registered, changed and bound."""
        if self._attempts is None or self._look_ups is None:
            raise TypeError("a platform without budgets of guessing")
        budgets = Budgets(self._attempts, self._origin, self._look_ups)
        return MemberChanges(self.owned, self.caller, self.request, budgets)

    @cached_property
    def orders(self) -> CallersOrders:
        """Orders placed and changed, and what is known of them."""
        return CallersOrders(self.owned, self.caller, self.request, self.promotions.quoted)

    @cached_property
    def order_commands(self) -> CallersCommands:
        """Changes of orders on their way to other systems."""
        return CallersCommands(self.owned, self.caller)

    @cached_property
    def order_sagas(self) -> CallersSagas:
        """Changes of orders over several systems."""
        return CallersSagas(self.owned, self.caller)

    @cached_property
    def payments(self) -> PaymentBooks:
        """Payments that arrived."""
        return PaymentBooks(self.owned, self.caller)

    @cached_property
    def adoption(self) -> AdoptionDesk:
        """How far channels are adopted."""
        helm = self._helm or Helm(Steering(self.owned))
        return AdoptionDesk(helm, self.caller, self.request)

    @cached_property
    def comparisons(self) -> ComparedDesk:
        """What comparing both sides came to."""
        differences = None if self._helm is None else self._helm.differences
        return ComparedDesk(self.owned, self.caller, self.request, differences)

    @cached_property
    def conflicts(self) -> ConflictBooks:
        """What both sides changed, and who is right."""
        return ConflictBooks(self.owned, self.caller)

    @cached_property
    def dual_writes(self) -> DualWrites:
        """Writes that have two sides."""
        return DualWrites(self.owned, self.caller)

    @cached_property
    def access(self) -> Access:
        """What is kept from most."""
        return Access(self.owned, self.caller)

    @cached_property
    def lifecycle(self) -> Lifecycles:
        """Stages of people, touches due to them, and campaigns."""
        return Lifecycles(self.owned, self.caller, self.request)

    @cached_property
    def profile(self) -> Profiles:
        """What is known of people beyond their memberships."""
        return Profiles(self.owned, self.caller, self.request)

    @cached_property
    def segments(self) -> SegmentLists:
        """People by conditions."""
        return SegmentLists(self.owned, self.caller)

    @cached_property
    def identity(self) -> Identities:
        """Who is whom, and who decided so."""
        return Identities(self.owned, self.caller, self.request)

    @cached_property
    def quality(self) -> Measured:
        """How good the data of members is."""
        return Measured(self.owned, self.caller)

    @cached_property
    def usage(self) -> UsageBooks:
        """Who uses what of the graph."""
        return UsageBooks(self.owned, self.caller, self._fields)

    @cached_property
    def privacy(self) -> Privacy:
        """Consents of people, and who was erased."""
        return Privacy(self.owned, self.caller, self.request)

    @cached_property
    def coupons(self) -> CouponDesk:
        """Coupons that the platform decides."""
        return CouponDesk(self.owned, self.caller, self._attempts, self._origin)

    @cached_property
    def promotions(self) -> PromotionDesk:
        """Promotions that the platform decides."""
        goods = self._goods or KnownGoods(self.owned)
        quoting = Quoting(
            self.owned,
            self.caller,
            self.request,
            self._promotions or KnownPromotions(self.owned),
            goods,
            self.points,
        )
        return PromotionDesk(self.owned, self.caller, quoting, self.request, goods)

    @cached_property
    def flash(self) -> FlashCounter:
        """Flash sales."""
        return FlashCounter(self.owned, self.caller, self.request, self._desk, self._followed)

    @cached_property
    def flash_quotas(self) -> FlashQuotas:
        """What channels sell of flash sales in their own carts."""
        return FlashQuotas(self.owned, self.caller, self.request, self._systems)

    @cached_property
    def flash_running(self) -> FlashOperations:
        """Flash sales as operations run them."""
        return FlashOperations(self.owned, self.caller, self._desk, self._rehearsals)

    @cached_property
    def suggestions(self) -> SuggestionDesk:
        """What people would change about products."""
        return SuggestionDesk(self.owned, self.caller)

    @property
    def changes(self) -> CallersChanges:
        """Changes as they happen."""
        if self._hub is None:
            raise TypeError("a platform that hears of no changes")
        return CallersChanges(self._hub)


def known_programmes(owned: Owned) -> KnownProgrammes:
    """The programmes of a brand, for all requests of a process."""
    return KnownProgrammes(Programmes(owned.store, owned.brand, owned.now))
