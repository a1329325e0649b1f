"""What is still to be told to systems of somebody who is erased: it is told to nobody any more.

A registration stands under an id of its own until its system has the person, which need not be hers
by then. So what is on its way is opened, and is hers where it names what she alone is known by.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.claims import shown_by
from capabilities.member.identity_rules import DEFAULT_RULES
from capabilities.member.pending import pending_membership
from capabilities.member.records import Identity
from capabilities.member.writing import PersonFields
from store.commands import opened_person
from store.engine import Run
from store.privacy.data_keys import DataKeys, owner_of_person

_OPEN = text("""
  SELECT c.id, c.connector, c.channel, c.kind, c.number, c.one_id, c.sealed_person, c.state,
         c.unsure, c.created_at
  FROM member_commands c
  WHERE c.brand = :brand AND c.kind <> 'ERASE' AND c.state NOT IN ('DONE', 'DISCARDED')
    AND (c.kind = 'REGISTER' OR c.one_id = ANY(CAST(:ids AS text[])) OR (c.number, c.channel) IN (
      SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]))))
  ORDER BY c.id FOR UPDATE
""")
# Whoever carries one out at this moment finds that it is not its own any more.
_FORGET = text("""
  UPDATE member_commands
  SET state = 'DISCARDED', reason = 'ERASED', sealed_person = NULL, leased_until = NULL,
      changed_at = :at
  WHERE brand = :brand AND id = ANY(CAST(:commands AS text[]))
""")
_SOMEBODYS = text("""
  SELECT one_id FROM members WHERE brand = :brand AND one_id = ANY(CAST(:ids AS text[]))
""")


class Waiting(Struct, frozen=True, kw_only=True):
    """A command on its way, and what it names its person by; `unsure` where it may have arrived."""

    command: str
    connector: str
    channel: str
    registers: bool
    one_id: str
    membership: MembershipKey | None
    unsure: bool
    identities: tuple[Identity, ...]
    proven: tuple[Identity, ...]


class WaitingCommands:
    """The commands of one brand that no system has confirmed."""

    def __init__(self, brand: str, keys: DataKeys) -> None:
        self._brand = brand
        self._keys = keys

    async def registrations_in(self, run: Run) -> list[Waiting]:
        """Every registration on its way."""
        return await self._open(run, (), ())

    async def hers_in(
        self,
        run: Run,
        ids: Collection[str],
        memberships: Sequence[MembershipKey],
        identities: Collection[Identity],
    ) -> list[Waiting]:
        """What is on its way under her ids, for her memberships, or by what names her alone."""
        return [
            one
            for one in await self._open(run, ids, memberships)
            if one.one_id in ids
            or one.membership in memberships
            or not set(one.identities).isdisjoint(identities)
        ]

    async def forget_in(self, run: Run, waiting: Sequence[Waiting], at: datetime) -> None:
        """Give commands up with all that they say, and the keys that are nobody else's."""
        named = {"brand": self._brand, "at": at}
        await run(_FORGET, {**named, "commands": [one.command for one in waiting]})
        ids = {one.one_id for one in waiting}
        rows = await run(_SOMEBODYS, {"brand": self._brand, "ids": sorted(ids)})
        nobodys = ids - {row.one_id for row in rows}
        await self._keys.delete(run, [owner_of_person(one) for one in sorted(nobodys)])

    async def _open(
        self, run: Run, ids: Collection[str], memberships: Sequence[MembershipKey]
    ) -> list[Waiting]:
        columns = {
            "ids": sorted(ids),
            "numbers": [one.number for one in memberships],
            "channels": [one.channel for one in memberships],
        }
        rows = await run(_OPEN, {"brand": self._brand, **columns})
        owners = sorted({owner_of_person(row.one_id) for row in rows})
        seals = await self._keys.load(run, owners)
        return [
            _waiting(row, opened_person(seals.get(owner_of_person(row.one_id)), row, self._brand))
            for row in rows
        ]


def _waiting(row: Any, person: PersonFields | None) -> Waiting:
    shown = [] if person is None else list(_identities(row, person))
    return Waiting(
        command=row.id,
        connector=row.connector,
        channel=row.channel,
        registers=row.kind == "REGISTER",
        one_id=row.one_id,
        membership=None if row.number is None else MembershipKey(row.channel, row.number),
        unsure=row.unsure,
        identities=tuple(identity for identity, _ in shown),
        proven=tuple(identity for identity, verified in shown if verified),
    )


def _identities(row: Any, person: PersonFields) -> Iterator[tuple[Identity, bool]]:
    """What a command names its person by, and whether it is proven."""
    made = pending_membership(row.channel, row.id, row.created_at, person)
    for one in shown_by(made, DEFAULT_RULES):
        if not one.barred:
            yield one.identity, one.verified
