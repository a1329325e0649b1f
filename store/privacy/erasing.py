"""Erasing a person: her keys and rows go, tombstones stay, and every place that knows her is told.

One transaction makes her gone here. What lies outside of it (the copy, caches, other systems) is
a place with a state of its own, looked after until it is done.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.member.commands import Ordered
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.member.erasure import (
    EraseDeclined,
    EraseWish,
    Erasure,
    ErasureOutcome,
    ErasurePlace,
    ErasureState,
    Knower,
)
from capabilities.member.records import Identity
from capabilities.member.writing import WriteKind
from capabilities.operations import IdempotencyKeyReused
from store.access.audit import audited
from store.commands import order
from store.engine import Run, Store
from store.events import tell
from store.member.identities_shown import identities_of
from store.member.people_lock import lock_people
from store.privacy.consents import record_answer
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_person
from store.privacy.erasing_commands import Waiting, WaitingCommands
from store.privacy.erasing_rows import delete_bought, delete_rows
from store.privacy.tombstones import CUSTOMER, IDENTITY, MEMBERSHIP, PERSON, Grave, Tombstones
from store.versions import ERASURES, MEMBERS, raise_version
from store.wishes import KeyReused, once

COPY, CACHE, FILES = "platform:copy", "platform:cache", "platform:files"
_WITHDRAWN = "erasure"
"""What consents that an erasure ends name as their source."""

_PERSON = text("""
  SELECT one_id FROM members
  WHERE brand = :brand AND status <> 'ERASED' AND one_id = coalesce(
    (SELECT one_id FROM member_aliases WHERE brand = :brand AND old_id = :one_id), :one_id)
  FOR UPDATE
""")
_ALIASES = text("SELECT old_id FROM member_aliases WHERE brand = :brand AND one_id = :one_id")
_MEMBERSHIPS = text("""
  SELECT channel, number FROM membership_links
  WHERE brand = :brand AND one_id = :one_id ORDER BY number, channel FOR UPDATE
""")
# Also who was never more than a registration on its way: her id is nobody else's from now on.
_GONE = text("""
  INSERT INTO members AS old (brand, one_id, status, created_at, version)
  SELECT :brand, a.one_id, 'ERASED', :at, 1 FROM unnest(CAST(:ids AS text[])) AS a (one_id)
  ORDER BY a.one_id COLLATE "C"
  ON CONFLICT (brand, one_id) DO UPDATE SET status = 'ERASED', version = old.version + 1
""")
_PURPOSES = text("""
  SELECT DISTINCT purpose FROM consents
  WHERE brand = :brand AND owner = ANY(CAST(:owners AS text[]))
""")
_ENTER = text("""
  INSERT INTO erasures (brand, id, one_id, author, reason, erased_at)
  VALUES (:brand, :id, :one_id, :author, :reason, :at)
""")
_PLACE = text("""
  INSERT INTO erasure_places (brand, id, place, state, channel, customer, changed_at)
  SELECT :brand, :id, a.place, a.state, a.channel, a.customer, :at
  FROM unnest(CAST(:places AS text[]), CAST(:states AS text[]), CAST(:channels AS text[]),
              CAST(:customers AS text[])) AS a (place, state, channel, customer)
""")


class _Whose(Struct, frozen=True):
    """Everything that names the person who is being erased."""

    one_id: str
    aliases: tuple[str, ...] = ()
    memberships: tuple[MembershipKey, ...] = ()
    identities: tuple[Identity, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def ids(self) -> list[str]:
        return [self.one_id, *self.aliases]

    @property
    def owners(self) -> list[str]:
        shown = [owner_of_membership(one.channel, one.number) for one in self.memberships]
        return [*shown, *map(owner_of_person, self.ids)]


class Erasing:
    """Erases people of one brand."""

    def __init__(self, store: Store, keys: DataKeys, tombstones: Tombstones) -> None:
        self._store = store
        self._keys = keys
        self._tombstones = tombstones
        self._brand = tombstones.brand
        self._commands = WaitingCommands(self._brand, keys)

    async def erase(
        self,
        wish: EraseWish,
        *,
        author: str,
        role: str | None = None,
        idempotency_key: str,
        now: datetime,
    ) -> ErasureOutcome:
        """Make a person gone, once; the answer says how every place stands."""
        outcome: Any = Erasure | EraseDeclined
        who, asked = (self._brand, author, idempotency_key), ["eraseMember", wish.one_id]

        async def work(run: Run) -> Erasure | EraseDeclined:
            return await once(
                run, who, asked, outcome, lambda: self.erase_in(run, wish, author, role, now)
            )

        try:
            return await self._store.transaction(work)
        except KeyReused:
            code = "IDEMPOTENCY_KEY_REUSED"
            return IdempotencyKeyReused(code=code, path=("input", "idempotencyKey"))

    async def erase_in(
        self, run: Run, wish: EraseWish, author: str, role: str | None, now: datetime
    ) -> Erasure | EraseDeclined:
        """As `erase`, inside a transaction."""
        await lock_people(run, self._brand)
        whose = await self._whose(run, wish.one_id)
        if whose is None:
            return EraseDeclined(code="MEMBER_UNKNOWN", path=("input", "oneId"))
        graves = await self._bury(run, whose, wish.knowers, now)
        await self._withdraw(run, whose, author, now)
        await self._keys.delete(run, whose.owners)
        await self._commands.forget_in(run, whose.waiting, now)
        await delete_rows(run, self._brand, whose.ids, whose.memberships)
        bought = [one.hash for one in graves if one.kind == CUSTOMER]
        await delete_bought(run, self._brand, bought)
        await run(_GONE, {"brand": self._brand, "ids": whose.ids, "at": now})
        done = await self._enter(run, whose, wish, author, now)
        await tell(run, self._brand, Topic.MEMBER_CHANGED, [Subject(one) for one in whose.ids])
        for part in (MEMBERS, ERASURES):
            await raise_version(run, self._brand, part)
        facts = {"memberships": len(whose.memberships), "places": len(done.places)}
        entry = Entry(
            action="member.erased",
            actor=author,
            role=role,
            about=done.one_id,
            reason=wish.reason,
            facts=facts,
        )
        await audited(run, self._brand, entry)
        return done

    async def _whose(self, run: Run, one_id: str) -> _Whose | None:
        rows = await run(_PERSON, {"brand": self._brand, "one_id": one_id})
        if not rows:
            return await self._registered(run, one_id)
        named = {"brand": self._brand, "one_id": rows[0].one_id}
        aliases = [row.old_id for row in await run(_ALIASES, named)]
        keys = [MembershipKey(row.channel, row.number) for row in await run(_MEMBERSHIPS, named)]
        shown = await identities_of(run, self._keys, self._brand, rows[0].one_id, keys)
        whose = _Whose(rows[0].one_id, tuple(aliases), tuple(keys), tuple(shown))
        waiting = await self._commands.hers_in(run, whose.ids, keys, shown)
        return replace(whose, waiting=tuple(waiting))

    async def _registered(self, run: Run, one_id: str) -> _Whose | None:
        """Somebody who is no more than registrations on their way to a system."""
        waiting = await self._commands.hers_in(run, [one_id], (), ())
        if not any(one.registers for one in waiting):
            return None
        proven = dict.fromkeys(identity for one in waiting for identity in one.proven)
        return _Whose(one_id, identities=tuple(proven), waiting=tuple(waiting))

    async def _bury(
        self, run: Run, whose: _Whose, knowers: Sequence[Knower], now: datetime
    ) -> list[Grave]:
        """Leave a tombstone for everything that she could come back by."""
        stones = self._tombstones
        ids = dict.fromkeys((*whose.ids, *(one.one_id for one in whose.waiting if one.registers)))
        graves = [Grave(PERSON, stones.person(one)) for one in ids]
        for key in whose.memberships:
            graves.append(Grave(MEMBERSHIP, stones.membership(key.channel, key.number)))
            graves += [
                Grave(CUSTOMER, stones.customer(one.connector, key.number))
                for one in knowers
                if key.channel in one.channels
            ]
        graves += [
            Grave(IDENTITY, stones.identity(one.kind.value, one.scope, one.value))
            for one in whose.identities
        ]
        await stones.add(run, graves, now)
        return graves

    async def _withdraw(self, run: Run, whose: _Whose, author: str, now: datetime) -> None:
        """Nothing that she ever allowed is allowed any more."""
        owners = whose.owners
        for row in await run(_PURPOSES, {"brand": self._brand, "owners": owners}):
            answer = ConsentAnswer(
                one_id=whose.one_id,
                membership=None,
                purpose=ConsentPurpose(row.purpose),
                medium=ConsentMedium.ANY,
                status=ConsentStatus.REVOKED,
                text_version=None,
                source=_WITHDRAWN,
                at=now,
            )
            await record_answer(run, self._brand, owners, answer, author=author, now=now)

    async def _enter(
        self, run: Run, whose: _Whose, wish: EraseWish, author: str, now: datetime
    ) -> Erasure:
        done = Erasure(
            id=uuid4().hex,
            one_id=whose.one_id,
            author=author,
            reason=wish.reason,
            erased_at=now,
            places=tuple(_places(whose, wish.knowers, now)),
        )
        named = {"brand": self._brand, "id": done.id, "at": now}
        facts = {"one_id": done.one_id, "author": author, "reason": wish.reason}
        await run(_ENTER, {**named, **facts})
        columns = {
            "places": [one.place for one in done.places],
            "states": [one.state.value for one in done.places],
            "channels": [one.channel for one in done.places],
            "customers": [one.customer for one in done.places],
        }
        await run(_PLACE, {**named, **columns})
        for place in done.places:
            await self._tell(run, place, done, author, now)
        return done

    async def _tell(
        self, run: Run, place: ErasurePlace, done: Erasure, author: str, now: datetime
    ) -> None:
        """Ask a system that takes the command to erase her by her number."""
        if place.customer is None or place.channel is None:
            return
        if place.state is not ErasureState.QUEUED:
            return
        ordered = Ordered(
            connector=place.place.split("/")[0],
            channel=place.channel,
            kind=WriteKind.ERASE,
            one_id=done.one_id,
            number=place.customer,
            author=author,
        )
        await order(run, self._keys, self._brand, ordered, now)


def _places(whose: _Whose, knowers: Sequence[Knower], now: datetime) -> list[ErasurePlace]:
    """The platform's own places, and every system that knows one of her memberships."""
    queued, never = ErasureState.QUEUED, ErasureState.UNSUPPORTED
    places = [
        ErasurePlace(place=place, state=queued, changed_at=now) for place in (COPY, CACHE, FILES)
    ]
    for knower in knowers:
        places += [
            ErasurePlace(
                place=f"{knower.connector}/{key.channel}/{key.number}",
                state=queued if key.channel in knower.erases else never,
                changed_at=now,
                channel=key.channel,
                customer=key.number,
            )
            for key in whose.memberships
            if key.channel in knower.channels
        ]
    # Its system may have it, under a number that nobody was told: its owner looks by the reference.
    return places + [
        ErasurePlace(
            place=f"{one.connector}/{one.channel}/{one.command}",
            state=never,
            changed_at=now,
            channel=one.channel,
        )
        for one in whose.waiting
        if one.registers and one.unsure
    ]
