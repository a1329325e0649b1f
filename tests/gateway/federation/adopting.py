"""A shop and a till that are being adopted: their systems, the platform's copy, and requests."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.standing import Adopted, Standing
from capabilities.adoption.states import AdoptionState, at_least
from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.estate import Capability, Channel, ChannelKind, ConnectorSpec
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import (
    Contact,
    IdentityKind,
    Membership,
    MembershipStatus,
    Points,
)
from capabilities.money import Money
from capabilities.order.ports import CustomerOrderSource, OrderSearch, OrderSource
from capabilities.order.records import Order, OrderLine, OrderMoney, OrderStatus
from capabilities.page import SourcePage, before
from capabilities.promotion.ports import PromotionSearch, PromotionSource
from capabilities.promotion.records import Promotion, PromotionKind, PromotionStatus
from capabilities.sources import SourceRef
from connectors.connector import Turn
from gateway.federation.adopted import AdoptedParts, Copies
from gateway.federation.adopting import Adopting
from gateway.federation.asking import Request
from gateway.federation.estate import Connection, Estate
from gateway.federation.estate_file import EstatePlan
from gateway.federation.known_people import KnownPeople
from gateway.federation.listings import Listings
from gateway.federation.own_orders import OwnOrders
from gateway.federation.own_source import OwnPages
from gateway.federation.persons import Persons
from gateway.federation.stored_people import StoredPeople
from store.member.copied_memberships import CopiedMemberships
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.member.own_list import OwnMemberships
from store.member.pending import PendingRegistrations
from store.member.taking import Intake
from store.order.copied_orders import OrderCopies
from store.order.copies import Copied, OrderCopying
from store.order.source import PlatformOrders
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Tombstones
from store.promotion.copied_promotions import PromotionCopies
from store.promotion.copies import PromotionCopying
from store.sealing import Sealer
from tests.store.member.taking import fresh_brand

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
KEY = b"h" * 32
S = AdoptionState
MEMBER, ORDER, PROMOTION = Capability
_FIELDS = frozenset({"store", "status", "kind", "placed_at", "number"})


def phone_of(number):
    return f"+86139{int(number):08}"


def member(number, channel="shop", connector="woo", *, points=100):
    """A membership as its system says it."""
    return Membership(
        channel=channel,
        number=str(number),
        status=MembershipStatus.ACTIVE,
        source_status=("customer",),
        points=Points(available=points),
        joined_at=NOW - timedelta(days=int(number)),
        contact=Contact(name=f"客{number}", phone=phone_of(number), phone_verified=True),
        source=SourceRef(connector=connector, system=connector, external_id=str(number)),
    )


def order(number, customer=None, channel="shop", connector="woo", **more):
    """An order as its system says it; three of one moment each."""
    total = Money(100 + int(number), "CNY")
    made = {
        "channel": channel,
        "number": str(number),
        "status": OrderStatus.COMPLETED,
        "source_status": ("completed",),
        "customer": None if customer is None else str(customer),
        "placed_at": NOW - timedelta(minutes=int(number) // 3),
        "money": OrderMoney(total=total),
        "lines": (OrderLine(ref="1", raw_sku="BW-1", total=total),),
        "notes": ("请放门口",),
        "source": SourceRef(connector=connector, system=connector, external_id=str(number)),
    }
    return Order(**{**made, **more})


def promotion(key, channel="shop", connector="woo", **more):
    """A promotion as its system says it; three of one moment each, some without any."""
    made = {
        "channel": channel,
        "key": str(key),
        "name": f"满减{key}",
        "kind": PromotionKind.ORDER_DISCOUNT,
        "status": PromotionStatus.ACTIVE if int(key) % 4 else PromotionStatus.ENDED,
        "source_status": ("publish",),
        "starts_at": NOW - timedelta(days=int(key) // 3) if int(key) % 7 else None,
        "ends_at": NOW + timedelta(days=int(key)),
        "amount": Money(500 + int(key), "CNY"),
        "used": int(key),
        "source": SourceRef(connector=connector, system=connector, external_id=str(key)),
    }
    return Promotion(**{**made, **more})


class System(
    MembershipSource,
    MembershipIdentitySource,
    MembershipSearch,
    OrderSource,
    OrderSearch,
    CustomerOrderSource,
    PromotionSource,
    PromotionSearch,
):
    """A system that answers what it was given, and counts its questions."""

    identity_kinds = frozenset({IdentityKind.PHONE})
    membership_filters = frozenset({"home_store"})
    order_filters = customer_order_filters = _FIELDS
    promotion_filters = frozenset({"status"})
    one_credential = True
    digest = "1"
    native_types = ()
    abilities = frozenset()

    def __init__(self):
        self.members, self.of_orders, self.offers = {}, {}, {}
        self.asked, self.error = [], None

    def turn(self, _):
        return Turn(50, 50)

    def _say(self, *question):
        self.asked.append(question)
        if self.error is not None:
            raise self.error

    async def memberships(self, numbers):
        self._say("memberships", *numbers)
        return [self.members.get(one) for one in numbers]

    async def memberships_by_identity(self, identities):
        self._say("memberships_by_identity", *identities)
        every = self.members.values()
        return [
            tuple(one for one in every if one.contact.phone == asked.value) for asked in identities
        ]

    async def search_memberships(self, filters, ask):
        self._say("search_memberships")
        return _page(self.members.values(), filters, ask)

    async def orders(self, numbers):
        self._say("orders", *numbers)
        return [self.of_orders.get(one) for one in numbers]

    async def search_orders(self, filters, ask):
        self._say("search_orders")
        return _page(self.of_orders.values(), filters, ask)

    async def orders_by_customer(self, customers, filters, ask):
        self._say("orders_by_customer", *customers)
        return [
            _page([one for one in self.of_orders.values() if one.customer == asked], filters, ask)
            for asked in customers
        ]

    async def promotions(self, keys):
        self._say("promotions", *keys)
        return [self.offers.get(one) for one in keys]

    async def search_promotions(self, filters, ask):
        self._say("search_promotions")
        return _page(self.offers.values(), filters, ask)


def _page(records, filters, ask):
    rows = sorted(
        (
            one
            for one in records
            if one.channel in ask.channels
            and filters.accepts(one)
            and (
                ask.after is None or before(ask.after, one.sort_key, newest_first=ask.newest_first)
            )
        ),
        key=lambda one: one.sort_key.rank,
        reverse=not ask.newest_first,
    )
    return SourcePage(rows=tuple(rows[: ask.first]), has_more=len(rows) > ask.first)


class Shown:
    """What a shadow was offered."""

    def __init__(self):
        self.offered = []

    def offer(self, compared):
        self.offered.append(compared)


class Place:
    """A brand with a shop (woo) and tills (pos), its store, and requests over them.

    `doors` are channels of the shop's, by their codes, where it has more than one.
    """

    def __init__(self, store, cache=None, policy=None, brand=None, doors=None):
        self.store, self.brand, self.cache = store, brand or fresh_brand(), cache
        keys = DataKeys(self.brand, Sealer(b"s" * 32))
        stones = Tombstones(self.brand, b"t" * 32)
        self.intake = Intake(self.brand, KEY, keys, stones)
        self.copying = OrderCopying(self.brand, keys, stones)
        self.kept = KeptMemberships(store, self.brand, keys)
        self.pending = PendingRegistrations(store, self.brand, keys)
        self.shop, self.tills = System(), System()
        self.promotion_copying = PromotionCopying(self.brand)
        kept = {} if policy is None else dict.fromkeys(Capability, policy)
        self.connections = tuple(
            Connection(
                ConnectorSpec(
                    name=name,
                    system=name,
                    cache=kept,
                    channels={
                        one: (doors if doors and channel == "shop" else {"*": channel})
                        for one in Capability
                    },
                ),
                system,
            )
            for name, channel, system in (
                ("woo", "shop", self.shop),
                ("pos", "store", self.tills),
            )
        )
        channels = tuple(
            Channel(brand=self.brand, code=code, name=code, kind=ChannelKind.OTHER)
            for code in ("shop", "store", *(code for code in doors or {} if code != "shop"))
        )
        plan = EstatePlan(
            brand=self.brand,
            time_zone="Asia/Shanghai",
            channels=channels,
            connectors=tuple(one.spec for one in self.connections),
        )
        self.estate = Estate(plan, self.connections)
        self.adopted = Adopted(known=True)
        copies = Copies(
            CopiedMemberships(store, self.brand, self.kept, KEY),
            OrderCopies(store, self.brand, keys),
            PromotionCopies(store, self.brand),
        )
        self.counted = Counter()
        self.parts = AdoptedParts(lambda: self.adopted, copies, self._count)
        self.people = KnownPeople(lambda: None)
        self.shadow = Shown()
        self.made = []

    def _count(self, connector, capability, answered, keys):
        self.counted[connector, capability, answered] += keys

    def stand(self, state, capability=MEMBER, channel="shop", **more):
        """Put a pair into a state."""
        whole = at_least(state, S.MIDDLE_READ)
        standing = Standing(
            channel=channel,
            capability=capability,
            state=state,
            **{"read_points": 10_000 if whole else 0, **more},
        )
        standings = {**self.adopted.standings, (capability, channel): standing}
        self.adopted = Adopted(standings, known=True)

    async def copy(self, *records, at=NOW):
        """Bring records to the platform as the sync does."""
        members = [one for one in records if isinstance(one, Membership)]
        orders = [one for one in records if isinstance(one, Order)]
        offers = [one for one in records if isinstance(one, Promotion)]

        async def work(run):
            await self.intake.take(run, members, at=at)
            await self.copying.keep_in(run, [Copied(one, _holder(one)) for one in orders], at)
            await self.promotion_copying.keep_in(run, offers, at)

        await self.store.transaction(work)

    async def copied_channels(self, *channels, capability=ORDER, filled=False, version=""):
        """Have records of channels copied, or filled already."""
        for channel in channels:
            await self.store.rows(
                text(
                    "INSERT INTO copied_channels (brand, capability, channel, begun_at, filled_at,"
                    " version) VALUES (:brand, :capability, :channel, now(),"
                    " CASE WHEN :filled THEN now() END, :version)"
                    " ON CONFLICT (brand, capability, channel) DO UPDATE"
                    " SET filled_at = excluded.filled_at, version = excluded.version"
                ),
                {
                    "brand": self.brand,
                    "capability": capability.value,
                    "channel": channel,
                    "filled": filled,
                    "version": version,
                },
            )

    def request(self, seconds=120, *, role=Role.OPERATIONS, labels=frozenset(), **more):
        """A request as it begins now."""
        sees = Visibility(role=role, brand=self.brand)
        request = Request(self.estate, sees, seconds, cache=self.cache, **more)
        self.made.append(request)
        return Reads(self, request, labels)

    def abandon(self):
        """End every request."""
        for request in self.made:
            request.abandon()


def _holder(one):
    return None if one.customer is None else MembershipKey(one.channel, one.customer)


class Reads:
    """The reads of one request."""

    def __init__(self, place, request, labels):
        self.request = request
        own = OwnPages(OwnMemberships(place.store, place.brand, place.kept), place.pending)
        members = Members(place.store, place.brand)
        people = StoredPeople(
            request, members, place.people, self._take, KEY, place.kept, place.pending
        )
        parts = place.parts.of(place.estate)
        adopting = None if parts is None else Adopting(parts, labels, place.shadow)
        lists = None if adopting is None else adopting.lists(request, people)
        self._place = place
        self.persons = Persons(request, people, KEY)
        self.listings = Listings(
            request, own, OwnOrders(request, PlatformOrders(place.store, place.brand)), lists
        )

    async def _take(self, memberships, at):
        place = self._place
        await place.store.transaction(lambda run: place.intake.take(run, memberships, at=at))

    async def orders(self, *numbers, connection=0):
        """Orders of a connection by number."""
        connector = self._place.connections[connection]
        ask = self._place.shop.orders if connection == 0 else self._place.tills.orders
        loads = [self.request.load(connector, "orders", ask, str(one)) for one in numbers]
        return [(await load).value for load in loads]

    async def memberships(self, *numbers, connection=0):
        """Memberships of a connection by number."""
        connector = self._place.connections[connection]
        loads = [
            self.request.load(connector, "memberships", connector.connector.memberships, str(one))
            for one in numbers
        ]
        return [(await load).value for load in loads]

    async def promotions(self, *keys, connection=0):
        """Promotions of a connection by key."""
        connector = self._place.connections[connection]
        ask = (self._place.shop, self._place.tills)[connection].promotions
        loads = [self.request.load(connector, "promotions", ask, str(one)) for one in keys]
        return [(await load).value for load in loads]


def plain(record):
    """A record without who told of it."""
    return None if record is None else replace(record, source=None)
