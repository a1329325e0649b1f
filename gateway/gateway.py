"""What one process holds open, and a reader over it for each request."""

import contextlib

from cache.entity_cache import EntityCache
from capabilities.caller import Caller
from capabilities.errors import SantongError, Unauthenticated
from gateway.auth.keys_in_force import KeysInForce
from gateway.federation.asking import Request
from gateway.federation.estate import Estate
from gateway.federation.loader import loaders_of_store
from gateway.federation.reader import GraphReader
from gateway.hooks.hooks import Hooks
from gateway.inbox.inbox import Inbox
from gateway.opened.adoption import opened_adoption
from gateway.opened.compat import opened_compat
from gateway.opened.documents import opened_documents
from gateway.opened.flash import OpenedFlash
from gateway.opened.ground import Ground
from gateway.opened.members import opened_members
from gateway.opened.orders import opened_orders
from gateway.opened.promotions import opened_promotions
from gateway.payments.desk import PaymentDesk
from gateway.registering import Registering
from gateway.tmall.desk import TmallDesk
from gateway.trace import Trace
from gateway.usage.doors import DoorUses
from store.access.api_keys import ApiKeys


class Gateway:
    """What one process holds open, and a reader over it for each request."""

    uses: DoorUses  # set when it is opened
    registering: Registering  # set when connectors can be opened
    inbox: Inbox  # as above
    hooks: Hooks  # as above
    flash: OpenedFlash  # set when the sales are followed
    payments: PaymentDesk  # set when its providers' keys were read
    tmall: TmallDesk  # set when its doors' secrets were read

    def __init__(self, ground: Ground) -> None:
        store, brand = ground.store, ground.brand
        self.owned, self.near = ground.owned, ground.near
        self.estate, self.versions = ground.estate, ground.versions
        self.members = opened_members(ground)
        self.orders = opened_orders(ground)
        self.promotions = opened_promotions(ground)
        self.adoption = opened_adoption(ground)
        self.documents = opened_documents(ground)
        self.compat = opened_compat(ground)
        self.cache = EntityCache(ground.near, ground.key("cache"), brand=brand)
        self.keys = KeysInForce(
            ApiKeys(store, brand),
            brand,
            self.versions.keys,
            age=self.versions.age_seconds,
        )
        self.systems = ground.settings.systems
        self._max_calls = ground.settings.max_upstream_calls
        self._store_loaders = loaders_of_store()

    async def follow_now(self) -> None:
        """Put what was just registered in force here, without waiting for the next look."""
        with contextlib.suppress(SantongError):  # the next look does what could not be done now
            await self.versions.refresh()
            await self.estate.reload()

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
        return GraphReader(
            self._request(estate, caller, deadline_seconds, trace),
            self.members.look_ups.of(caller, reason),
            people=self.members.own,
            sales=self.orders.own,
            goods=self.orders.products,
            offers=self.promotions.own,
            adopting=self.adoption.adopting(estate, labels),
        )

    def _request(
        self, estate: Estate, caller: Caller, deadline_seconds: float, trace: Trace | None
    ) -> Request:
        erased = self.members.erased
        return Request(
            estate,
            caller.visibility,
            deadline_seconds,
            max_calls=self._max_calls,
            store=self._store_loaders,
            cache=self.cache,
            trace=trace,
            hides=erased.hides,
            generation=erased.generation,
        )
