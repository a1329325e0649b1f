"""What routes ask of the gateway that the lifespan opened."""

import contextlib

from capabilities.attempts import Origin
from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.errors import StoreUnavailable
from gateway.compat.copied import Numbers
from gateway.compat.trail import Trail
from gateway.execution.persisted import PersistedOperations
from gateway.execution.running import Running
from gateway.federation.reader import GraphReader
from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from gateway.gateway import Gateway
from gateway.hooks.hooks import Hooks
from gateway.inbox.inbox import Inbox
from gateway.payments.desk import PaymentDesk
from gateway.platform.owned import CallersPlatform
from gateway.tmall.desk import TmallDesk
from gateway.trace import Trace
from gateway.usage.doors import DoorUses
from gateway.usage.fields import fields_of
from gateway.writer import GraphWriter
from store.access.audit import Audit


class Door:
    """What routes ask of the gateway that the lifespan opened."""

    gateway: Gateway

    def __init__(self, running: Running) -> None:
        self._running = running

    def writer(self, caller: Caller) -> GraphWriter:
        """What writes for one request of one caller."""
        opened = self.gateway
        names = [one.name for one in opened.estate.current.connections]
        return GraphWriter(
            caller,
            self._running.documents,
            opened.documents.operations,
            opened.documents.registry,
            cache=opened.cache,
            connectors=names,
            registering=opened.registering,
            follow=opened.follow_now,
        )

    def platform(self, caller: Caller, reader: GraphReader, origin: Origin) -> CallersPlatform:
        """What Santong itself owns, as one caller meets it."""
        gateway = self.gateway
        return CallersPlatform(
            gateway.owned,
            caller,
            reader.request,
            gateway.members.programmes,
            promotions=gateway.promotions.known,
            goods=gateway.orders.goods,
            attempts=gateway.members.attempts,
            desk=gateway.flash.desk,
            origin=origin,
            look_ups=reader.look_ups,
            hub=gateway.orders.hub,
            followed=gateway.flash.followed,
            systems=gateway.systems,
            rehearsals=gateway.flash.rehearsals,
            fields=lambda: fields_of(self._running.documents.schema),
            helm=gateway.adoption.helm,
        )

    async def changed(self) -> None:
        """Forget what was remembered of a version that a mutation has overtaken."""
        with contextlib.suppress(StoreUnavailable):  # the next look sees it
            await self.gateway.versions.refresh()

    async def waits_for(self, channel: str, number: str) -> bool:
        """Whether a system is still to be told of a change of a membership."""
        return await self.gateway.members.commands.wait_for(channel, number)

    @property
    def compat_numbers(self) -> Numbers:
        """The numbers of what the platform keeps of a shop."""
        return self.gateway.compat.numbers

    @property
    def compat_trail(self) -> Trail:
        """Where it is put down that an old application sees people in the clear."""
        return self.gateway.compat.trail

    async def exported(self, caller: Caller, name: str, reason: str) -> None:
        """Write down that a caller takes people along in a file of a resource."""
        owned = self.gateway.owned
        entry = Entry(
            action="resource.exported",
            actor=caller.subject,
            role=caller.role.value,
            reason=reason,
            facts={"resource": name},
        )
        await Audit(owned.store, owned.brand).record(entry)

    @property
    def uses(self) -> DoorUses:
        """What counts the questions of doors."""
        return self.gateway.uses

    @property
    def desk(self) -> Desk:
        """What sells in flash sales."""
        return self.gateway.flash.desk

    @property
    def entrance(self) -> Entrance:
        """What lets members into flash sales."""
        return self.gateway.flash.entrance

    @property
    def hooks(self) -> Hooks:
        """What takes what systems tell by themselves."""
        return self.gateway.hooks

    @property
    def payments(self) -> PaymentDesk:
        """What takes confirmations of payments."""
        return self.gateway.payments

    @property
    def tmall(self) -> TmallDesk:
        """What takes Tmall's calls."""
        return self.gateway.tmall

    @property
    def inbox(self) -> Inbox:
        """What takes what systems push."""
        return self.gateway.inbox

    @property
    def operations(self) -> PersistedOperations:
        """The operations that are known by their ids."""
        return self.gateway.documents.persisted

    def reader(
        self,
        caller: Caller,
        deadline_seconds: float,
        trace: Trace | None = None,
        reason: str | None = None,
        labels: frozenset[str] = frozenset(),
    ) -> GraphReader:
        """What reads for one request of one caller."""
        return self.gateway.reader(caller, deadline_seconds, trace, reason, labels)

    async def store_answers(self) -> bool:
        """Whether PostgreSQL is there."""
        return await self.gateway.owned.store.ping()

    async def near_answers(self) -> bool:
        """Whether Redis is there."""
        return await self.gateway.near.ping()
