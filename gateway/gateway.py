"""What one process holds open, and a reader over it for each request."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from cache.attempts import Attempts
from cache.connection import Near
from cache.crosswalk import CachedCrosswalk
from cache.entity_cache import EntityCache
from cache.lookups import LookUps
from cache.waking import Waking
from capabilities.adoption.bounds import PRODUCTION, PROFILES, Profile
from capabilities.adoption.gates_file import read_gates
from capabilities.caller import Caller
from capabilities.errors import SantongError, Unauthenticated
from capabilities.lookups import LookUpBudget
from capabilities.member.records import Membership
from gateway.adoption.connector_facts import ConnectorFacts
from gateway.adoption.watch import AdoptionWatch
from gateway.auth.keys_in_force import KeysInForce
from gateway.changes.hub import ChangeHub
from gateway.compat.copied import Numbers
from gateway.compat.trail import Trail
from gateway.execution.persisted import PersistedOperations
from gateway.execution.registry import Registry
from gateway.federation.adopted import AdoptedParts, Copies
from gateway.federation.adopting import Adopting
from gateway.federation.asking import Request
from gateway.federation.compared import Shadow
from gateway.federation.erased import Erased
from gateway.federation.known_people import KnownPeople
from gateway.federation.live_estate import LiveEstate
from gateway.federation.loader import loaders_of_store
from gateway.federation.look_ups import CallersLookUps
from gateway.federation.own_coupons import OwnCoupons
from gateway.federation.own_promotions import OwnPromotions
from gateway.federation.own_source import OwnPages
from gateway.federation.reader import GraphReader
from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from gateway.flash.following import FollowedReservations
from gateway.flash.rehearsals import Rehearsals
from gateway.hooks.hooks import Hooks
from gateway.inbox.inbox import Inbox
from gateway.keys import derived_key, keyring
from gateway.look_up_alarm import LookUpAlarm
from gateway.observe import Metrics
from gateway.payments.desk import PaymentDesk
from gateway.platform.adoption import Helm
from gateway.platform.known_goods import KnownGoods
from gateway.platform.known_promotions import KnownPromotions
from gateway.platform.owned import known_programmes
from gateway.registering import Registering
from gateway.settings import Settings
from gateway.tmall.desk import TmallDesk
from gateway.trace import Trace
from gateway.usage.doors import DoorUses
from store.access.api_keys import ApiKeys
from store.access.audit import Audit
from store.adoption.followed import Adoption
from store.adoption.steering import Steering
from store.commands import Commands
from store.engine import Store
from store.member.copied_memberships import CopiedMemberships
from store.member.copied_numbers import CopiedMemberNumbers
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.member.own_list import OwnMemberships
from store.member.pending import PendingRegistrations
from store.member.taking import intake_of
from store.operating.connectors import RegisteredConnectors
from store.operating.operations import Operations
from store.order.changes import OrderChanges
from store.order.copied_numbers import CopiedOrderNumbers
from store.order.copied_orders import OrderCopies
from store.order.facts import OrderFacts
from store.order.source import PlatformOrders
from store.owned import owned_by
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Tombstones
from store.product.crosswalk import Crosswalk
from store.product.products import ProductReference
from store.promotion.copied_promotions import PromotionCopies
from store.promotion.coupon_lists import CouponLists
from store.promotion.lists import PromotionLists
from store.versions import Versions


class Gateway:
    """What one process holds open, and a reader over it for each request."""

    uses: DoorUses  # set when it is opened
    registering: Registering  # set when connectors can be opened
    inbox: Inbox  # as above
    hooks: Hooks  # as above
    desk: Desk  # set when the sales are followed
    entrance: Entrance  # as above
    rehearsals: Rehearsals  # as above
    payments: PaymentDesk  # set when its providers' keys were read
    tmall: TmallDesk  # set when its doors' secrets were read
    shadow: Shadow | None = None  # set when answers can be compared

    def __init__(
        self,
        settings: Settings,
        store: Store,
        near: Near,
        estate: LiveEstate,
        metrics: Metrics,
    ) -> None:
        current = estate.current
        self.owned = owned_by(store, current.brand, keyring(settings), current.zone.key)
        self.programmes = known_programmes(self.owned)
        self.waking = Waking(near, current.brand)
        store.told = self.waking.tell
        self.hub = ChangeHub(
            OrderChanges(store, current.brand), told=metrics.changes_told, wait=self.waking.wait
        )
        self.systems = settings.systems
        self.followed = FollowedReservations(store, current.brand)
        self._key = self.owned.key
        self.estate = estate
        self.store = store
        self.near = near
        cache_key = derived_key(settings, "cache")
        self.cache = EntityCache(self.near, cache_key, brand=estate.current.brand)
        self.attempts = Attempts(
            self.near, estate.current.brand, derived_key(settings, "attempts"), settings.processes
        )
        self._look_ups = LookUps(
            near, current.brand, derived_key(settings, "lookups"), settings.processes
        )
        self._alarm = LookUpAlarm(Audit(store, current.brand), metrics.look_ups_beyond)
        self._budgets = _budgets(settings)
        self.versions = Versions(self.store, estate.current.brand)
        self.steering = Steering(self.owned, read_gates(settings.adoption_gates))
        self.adoption = Adoption(self.steering.standings, self.versions.adoption)
        self.helm = Helm(self.steering, _profiles(settings), self.adoption.refresh)
        self.promotions = KnownPromotions(self.owned, self.versions.promotions)
        self.goods = KnownGoods(self.owned, self.versions.products)
        self._own_promotions = OwnPromotions(
            PromotionLists(self.owned), lambda: self.promotions.any
        )
        self._own_coupons = OwnCoupons(
            CouponLists(self.owned), lambda: self.versions.coupons() != 0
        )
        self.operations = Operations(self.store, estate.current.brand)
        self.keys = KeysInForce(
            ApiKeys(store, current.brand),
            current.brand,
            self.versions.keys,
            age=self.versions.age_seconds,
        )
        self.connectors = RegisteredConnectors(self.store, estate.current.brand)
        self.registry = Registry(settings.operations, self.operations, self.versions.operations)
        self.persisted = PersistedOperations(
            self.registry,
            settings.trusted_documents,
            automatic=settings.demo,
            asked=metrics.asked,
        )
        stones = Tombstones.under(current.brand, self.owned.key)
        self.erased = Erased(store, stones, self.versions.erasures)
        self._members = Members(self.store, current.brand)
        keys = DataKeys(current.brand, self.owned.sealer)
        self._kept = KeptMemberships(store, current.brand, keys)
        self.commands = Commands(store, current.brand, keys)
        self.compat_numbers = Numbers(
            CopiedMemberNumbers(store, current.brand), CopiedOrderNumbers(store, current.brand)
        )
        self.compat_trail = Trail(Audit(store, current.brand), self.owned.now)
        self._own = OwnPages(
            OwnMemberships(store, current.brand, self._kept),
            PendingRegistrations(store, current.brand, keys),
        )
        self._own_orders = PlatformOrders(store, current.brand)
        self._reference = ProductReference(store, current.brand)
        self._crosswalk = CachedCrosswalk(
            near,
            Crosswalk(store, current.brand),
            brand=current.brand,
            version=self.versions.products,
        )
        self._people = KnownPeople(self.versions.members)
        copies = Copies(
            CopiedMemberships(store, current.brand, self._kept, self._key),
            OrderCopies(store, current.brand, keys),
            PromotionCopies(store, current.brand),
        )
        self.parts = AdoptedParts(lambda: self.adoption.current, copies, metrics.adoption_read)
        self.watch = AdoptionWatch(
            self.steering,
            self.adoption,
            lambda: self.estate.current,
            self.parts.figures_of,
            ConnectorFacts(settings.processes),
            metrics.adoption,
        )
        self._intake = intake_of(self.owned)
        self._max_calls = settings.max_upstream_calls
        self._store_loaders = loaders_of_store()

    async def follow_now(self) -> None:
        """Put what was just registered in force here, without waiting for the next look."""
        with contextlib.suppress(SantongError):  # the next look does what could not be done now
            await self.versions.refresh()
            await self.estate.reload()

    async def _take(self, memberships: Sequence[Membership], at: datetime) -> None:
        """Remember people whom live reads found."""
        await self.store.transaction(lambda run: self._intake.take(run, memberships, at=at))

    def reader(
        self,
        caller: Caller,
        deadline_seconds: float,
        trace: Trace | None = None,
        reason: str | None = None,
        labels: frozenset[str] = frozenset(),
    ) -> GraphReader:
        """A reader for one request of one caller, over the estate in force now.

        `reason` is why staff look up more people than their budget allows, `labels` are those of a
        tester who goes first where a system is being adopted.

        Unauthenticated for a token of another brand: it says nothing about whom this one serves.
        """
        estate = self.estate.current
        if caller.visibility.brand != estate.brand:
            raise Unauthenticated("the bearer token is not valid here, or no longer")
        parts = self.parts.of(estate)
        return GraphReader(
            Request(
                estate,
                caller.visibility,
                deadline_seconds,
                max_calls=self._max_calls,
                store=self._store_loaders,
                cache=self.cache,
                trace=trace,
                hides=self.erased.hides,
                generation=self.erased.generation,
            ),
            CallersLookUps(
                caller, self._look_ups, self._budgets[caller.machine], self._alarm, reason
            ),
            members=self._members,
            people=self._people,
            kept=self._kept,
            own=self._own,
            own_orders=self._own_orders,
            recorded=OrderFacts(self.store, estate.brand).is_of,
            take=self._take,
            reference=self._reference,
            crosswalk=self._crosswalk,
            key=self._key,
            offers=self._own_promotions,
            coupons=self._own_coupons,
            adopting=None if parts is None else Adopting(parts, labels, self.shadow),
        )


def _profiles(settings: Settings) -> Mapping[str, Profile]:
    """The profiles that verdicts may be read under: only a demo shortens anything."""
    return PROFILES if settings.demo else {PRODUCTION.name: PRODUCTION}


def _budgets(settings: Settings) -> Mapping[bool, LookUpBudget]:
    """The budgets of look-ups: of machines with an API key, and of people."""
    return {
        True: LookUpBudget(settings.key_lookups_per_10_minutes, settings.key_lookups_per_day),
        False: LookUpBudget(settings.lookups_per_10_minutes, settings.lookups_per_day),
    }
