"""A customer that an old application changes: by the one way that members are changed."""

import uuid
from collections.abc import Iterator
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol

from msgspec.structs import replace

from capabilities.member.changing import (
    ChangeState,
    MemberChangeDeclined,
    ProfileUpdated,
    Updating,
)
from capabilities.member.records import Member
from capabilities.member.writing import PersonFields
from capabilities.profile.telling import GivenAttribute
from gateway.compat.legacy import Row
from gateway.compat.proof import nonce_of
from gateway.compat.wire import CompatAsked, CompatRefused, wrong
from gateway.http.strict_json import strict_json

_LONGEST = 200
_LONGEST_KEY = 100
# Where the shop writes what a person is, and what that is in ours.
_NAME = {"first_name": "given_name", "last_name": "family_name"}
_WRITTEN = {"email": "email", **_NAME, "billing.phone": "phone"}


class _Changing(Protocol):
    async def update(
        self,
        member: Member | None,
        person: PersonFields,
        attributes: tuple[GivenAttribute, ...],
        idempotency_key: str,
    ) -> Updating: ...


class _People(Protocol):
    async def member_by_membership(self, channel: str, number: str) -> Member | None: ...


class Made(Enum):
    """What became of a change: there was none, it is done, or its system is to be told."""

    NOTHING = "NOTHING"
    DONE = "DONE"
    QUEUED = "QUEUED"


class CustomerChange:
    """One change as it was asked.

    A signed one counts once by its nonce, whoever repeats it: neither its body nor a key in a
    header is covered by what was signed.
    """

    def __init__(self, changing: _Changing, people: _People, asked: CompatAsked) -> None:
        self._changing = changing
        self._people = people
        self._asked = asked
        self._given = _object(asked.body)

    async def made(self, before: Row) -> Made:
        """Change what differs; CompatRefused for what cannot be."""
        person = _person(before, self._given)
        if not person.told:
            return Made.NOTHING
        channel, number = self._asked.channel, self._asked.number or ""
        member = await self._people.member_by_membership(channel, number)
        if member is not None:  # of her other channels this application knows nothing
            own = tuple(one for one in member.memberships if one.channel == channel)
            own = tuple(one for one in own if one.number == number)
            member = replace(member, memberships=own)
        return _made(await self._changing.update(member, person, (), self._key()))

    def applied(self, row: Row) -> Row:
        """A customer as she is once all of this is done."""
        after = {**row, **{key: one for key, one in self._given.items() if key in row}}
        billing = self._given.get("billing")
        if isinstance(billing, dict):
            after["billing"] = {**row.get("billing", {}), **billing}
        return after

    def _key(self) -> str:
        given = nonce_of(self._asked) or self._asked.headers.get("idempotency-key")
        if not given:
            return uuid.uuid4().hex
        return given if len(given) <= _LONGEST_KEY else sha256(given.encode()).hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    found = strict_json(body)
    if not isinstance(found, dict):
        raise CompatRefused(400, "rest_invalid_json", "the body must be a JSON object")
    return found


def _person(before: Row, given: dict[str, Any]) -> PersonFields:
    """What differs from what stands; refused where that is nothing that members are made of.

    A client that sends back all that it read changes nothing by it. A name is told as a whole: of a
    part alone nobody knows what the name is.
    """
    changed: dict[str, Any] = {}
    for name, now in _differing(before, given):
        field = _WRITTEN.get(name)
        if field is None:
            told = "it is not written through this door; choose from "
            raise wrong(name[:_LONGEST], told + ", ".join(sorted(_WRITTEN)))
        if not isinstance(now, str) or not 0 < len(now.strip()) <= _LONGEST:
            raise wrong(name, "a text that is not empty")
        changed[field] = now.strip()
    if not changed.keys().isdisjoint(_NAME.values()):
        for name, field in _NAME.items():
            changed.setdefault(field, before.get(name) or None)
    return PersonFields(**changed)


def _differing(before: Row, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, now in given.items():
        then = before.get(name)
        if name == "billing" and isinstance(now, dict) and isinstance(then, dict):
            yield from ((f"billing.{key}", one) for key, one in now.items() if one != then.get(key))
        elif now != then:
            yield name, now


def _made(done: Updating) -> Made:
    if isinstance(done, ProfileUpdated):
        states = {one.state for one in done.changes}
        if ChangeState.UNSUPPORTED in states:
            raise CompatRefused(501, "santong_not_written", "this shop takes no such change")
        return Made.QUEUED if ChangeState.QUEUED in states else Made.DONE
    if isinstance(done, MemberChangeDeclined):
        told = "the change was declined: " + done.code
        raise CompatRefused(400, "santong_declined", told)
    raise CompatRefused(409, "santong_key_reused", "this key stands for another change")
