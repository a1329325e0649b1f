"""Registering, changing and binding members as one caller does it."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cache.attempts import Attempts
from capabilities.attempts import Origin, guessers
from capabilities.audit import Entry
from capabilities.caller import Caller, MembershipKey
from capabilities.errors import SantongError
from capabilities.estate import Capability
from capabilities.lookups import holder
from capabilities.member.changing import (
    PLATFORM,
    Binding,
    ChangeState,
    MemberChangeDeclined,
    MemberRegistered,
    MembershipBound,
    MembershipChange,
    ProfileUpdated,
    Registering,
    Updating,
)
from capabilities.member.merging import MembersMerged
from capabilities.member.person import identity_hash, phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.ports import MembershipSource
from capabilities.member.records import Member, Membership
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.operations import IdempotencyKeyReused
from capabilities.profile.telling import GivenAttribute
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.look_ups import CallersLookUps
from gateway.federation.own_source import takes
from gateway.platform.own_records import let_in, new_number, own_membership
from gateway.platform.profile_changes import ProfileChanges
from gateway.platform.systems_told import SystemsTold
from store.access.audit import audited
from store.engine import Run
from store.member.identity_rules import RulesInForce
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members, holder_of
from store.member.merge_records import Author
from store.member.merging import Merging
from store.member.people import People
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.wishes import KeyReused, once

_GONE = MemberChangeDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
_EXISTS = MemberChangeDeclined(code="MEMBER_EXISTS", path=("input", "phone"))
# One answer, whatever was wrong: that there is such a membership is nothing to learn by guessing.
_NOT_PROVEN = MemberChangeDeclined(code="MEMBERSHIP_NOT_PROVEN", path=("input", "number"))
_SPENT = MemberChangeDeclined(code="ATTEMPTS_SPENT", path=("input",))
# Of these the audit trail says whether they were changed.
_NAMED = ("phone", "email")

Facts = Mapping[str, str | bool]


class Budgets(Struct, frozen=True):
    """How often a caller may guess, and look people up; `origin` is where her request came from."""

    attempts: Attempts
    origin: Origin
    look_ups: CallersLookUps


class MemberChanges:
    """Implements `schema.changing_part.ChangingPart`."""

    def __init__(self, owned: Owned, caller: Caller, request: Request, budgets: Budgets) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._budgets = budgets
        self._keys = DataKeys(owned.brand, owned.sealer)
        self._told = SystemsTold(owned, self._keys, caller.subject)
        self._intake = intake_of(owned)
        self._profile = ProfileChanges(owned, request, self._told, self._keys)
        self._kept = KeptMemberships(owned.store, owned.brand, self._keys)
        self._members = Members(owned.store, owned.brand)

    async def register(
        self, channel: str, person: PersonFields, idempotency_key: str
    ) -> Registering:
        """Make somebody a member of a channel: at once where it is ours, else by its system.

        Who asks learns whether the phone is a member's, so it is a look-up; one that registers
        somebody is none.
        """
        phone = normalise_phone(person.phone or "")
        if self._request.estate.channel(channel) is None or not self._sees(channel):
            return MemberChangeDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        if phone is None:
            return MemberChangeDeclined(code="PHONE_NOT_PERSONAL", path=("input", "phone"))
        connection = self._request.estate.route(Capability.MEMBER, channel)
        if not takes(connection, WriteKind.REGISTER):
            return MemberChangeDeclined(code="CHANNEL_TAKES_NO_CHANGES", path=("input", "channel"))

        async def do(run: Run) -> MemberRegistered | MemberChangeDeclined:
            if await self._is_member(channel, phone):
                return _EXISTS
            return await self._registered(run, connection, channel, person)

        wish = ("registerMember", channel, person)
        kinds = MemberRegistered | MemberChangeDeclined
        look_up = await self._budgets.look_ups.enter(holder(phone_identity(phone)))
        done: Registering = await self._wished(idempotency_key, wish, kinds, do)
        if isinstance(done, MemberRegistered):
            await look_up.give_back()
        else:
            await look_up.ended(None)
        if isinstance(done, MemberRegistered) and (number := done.changes[0].number) is not None:
            return replace(done, one_id=await self._holder(channel, number))
        return done

    async def update(
        self,
        member: Member | None,
        person: PersonFields,
        attributes: Sequence[GivenAttribute],
        idempotency_key: str,
    ) -> Updating:
        """Change what is known of a person: here what is ours, by its system what is not."""
        if member is None:
            return _GONE
        if person.phone is not None and normalise_phone(person.phone) is None:
            return MemberChangeDeclined(code="PHONE_NOT_PERSONAL", path=("input", "phone"))

        async def do(run: Run) -> ProfileUpdated | MemberChangeDeclined:
            done = await self._profile.updated_in(run, member, person, attributes)
            if isinstance(done, ProfileUpdated):
                facts: dict[str, str | bool] = {one: one in person.told for one in _NAMED}
                if attributes:
                    facts["attributes"] = " ".join(one.key for one in attributes)
                await self._record(run, "member.changed", member.one_id, "updateProfile", facts)
            return done

        wish: Any = ("updateProfile", member.one_id, person)
        if attributes:
            wish = (*wish, attributes)
        kinds = ProfileUpdated | MemberChangeDeclined
        done: Updating = await self._wished(idempotency_key, wish, kinds, do)
        return done

    async def bind(
        self, member: Member | None, channel: str, number: str, phone: str, idempotency_key: str
    ) -> Binding:
        """Bind a membership that shows this phone; a wrong guess is on everybody's budget."""
        if member is None:
            return _GONE
        who = guessers(
            self._budgets.origin,
            member=self._caller.subject,
            phone=normalise_phone(phone),
            secret=f"{channel}\x1f{number}",
        )
        place = await self._budgets.attempts.enter(who)
        if place is None:
            return _SPENT
        found = await self._shown(channel, number)
        if found is None or found.phone is None or found.phone != normalise_phone(phone):
            return _NOT_PROVEN
        await place.give_back()

        async def do(run: Run) -> MembershipBound | MemberChangeDeclined:
            return await self._bound(run, member, found)

        wish = ("bindMembership", member.one_id, channel, number, phone)
        kinds = MembershipBound | MemberChangeDeclined
        done: Binding = await self._wished(idempotency_key, wish, kinds, do)
        return done

    async def _registered(
        self, run: Run, connection: Connection | None, channel: str, person: PersonFields
    ) -> MemberRegistered | MemberChangeDeclined:
        now, number, state = self._owned.now(), None, ChangeState.QUEUED
        let = await let_in(run, self._owned, person, now)
        if connection is None or await self._told.retired(run, channel):
            number, state = new_number(), ChangeState.DONE
            if not await self._take(run, own_membership(channel, number, person, now)):
                return MemberChangeDeclined(code="MEMBER_ERASED", path=("input", "phone"))
        elif not await self._told.of_somebody(
            run, connection.name, channel, person, let.generation
        ):
            return _EXISTS
        if let.lifted:
            await self._record(run, "member.readmitted", None, "registerMember")
        change = MembershipChange(channel=channel, number=number, state=state)
        return MemberRegistered(brand=self._owned.brand, one_id=None, changes=(change,))

    async def _bound(
        self, run: Run, member: Member, found: Membership
    ) -> MembershipBound | MemberChangeDeclined:
        owned, now = self._owned, self._owned.now()
        if found.source.connector != PLATFORM:
            await self._intake.take(run, [found], at=now)
        holder = await holder_of(run, owned.brand, found.channel, found.number)
        one_id: str = member.one_id
        if holder is None:  # erased since
            return _NOT_PROVEN
        if holder != member.one_id:
            merges = Merging(People(owned.brand, owned.key), RulesInForce(owned.brand))
            author = Author(self._caller.subject, "bindMembership", now)
            merged = await merges.merge(run, [member.one_id, holder], author)
            if not isinstance(merged, MembersMerged):
                return MemberChangeDeclined(code="MEMBERSHIP_NOT_BOUND", path=("input", "number"))
            one_id = merged.one_id
            await self._record(
                run, "member.merged", one_id, "bindMembership", {"merge": merged.record}
            )
        change = MembershipChange(
            channel=found.channel, number=found.number, state=ChangeState.DONE
        )
        return MembershipBound(brand=owned.brand, one_id=one_id, changes=(change,))

    async def _record(
        self, run: Run, action: str, one_id: str | None, reason: str, facts: Facts | None = None
    ) -> None:
        entry = Entry(
            action=action,
            actor=self._caller.subject,
            role=self._caller.role.value,
            about=one_id,
            reason=reason,
            facts=facts or {},
        )
        await audited(run, self._owned.brand, entry)

    async def _shown(self, channel: str, number: str) -> Membership | None:
        """The membership as its system, or the platform, has it; nothing where it cannot say."""
        estate = self._request.estate
        if estate.channel(channel) is None or not self._sees(channel):
            return None
        connection = estate.route(Capability.MEMBER, channel)
        if connection is None:
            return (await self._kept.of([MembershipKey(channel, number)]))[0]
        port = self._request.port(connection, MembershipSource)
        if port is None:
            return None
        try:
            ask = port.memberships
            loaded = await self._request.load(connection, "memberships", ask, number, live=True)
        except SantongError:
            return None
        found: Membership | None = loaded.value
        if found is None or found.channel != channel or self._request.hides(found):
            return None
        return found

    async def _holder(self, channel: str, number: str) -> str | None:
        return await holder_of(self._owned.store.rows, self._owned.brand, channel, number)

    async def _is_member(self, channel: str, phone: str) -> bool:
        """Whether the person whom a phone names has a membership of the channel already."""
        digest = identity_hash(self._owned.key, self._owned.brand, phone_identity(phone))
        (known,) = await self._members.by_identity([digest])
        return known is not None and any(one.channel == channel for one in known.links)

    async def _take(self, run: Run, membership: Membership) -> bool:
        """Take a membership of our own in; False where she was erased."""
        return not (await self._intake.take(run, [membership], at=self._owned.now())).erased

    def _sees(self, channel: str) -> bool:
        return self._caller.visibility.in_channel(channel)

    async def _wished(
        self, key: str, wish: Any, kind: Any, do: Callable[[Run], Awaitable[Any]]
    ) -> Any:
        """Once per key. The wish is kept as a keyed hash: it holds phones and names."""
        who = (self._owned.brand, self._caller.subject, key)
        hashed = hmac.digest(self._owned.key, b"wish" + msgspec.json.encode(wish), "sha256").hex()
        try:
            return await self._owned.store.transaction(
                lambda run: once(run, who, hashed, kind, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
