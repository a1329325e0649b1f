"""The queue of conflicts: what a system has where ours stands, until a person decides."""

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TypeAlias

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.member.claims import Key
from capabilities.member.conflicts import (
    ConflictFilter,
    ConflictState,
    MemberConflict,
    Ruling,
    masked_field,
)
from capabilities.member.echoes import FIELDS, said_by
from capabilities.member.names import parts_of
from capabilities.member.records import Contact, Membership
from capabilities.member.writing import PersonFields
from store.access.audit import audited
from store.engine import Row, Run
from store.member.kept_memberships import KeptMemberships
from store.owned import Owned
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership

# What a system shows again, or shows anew, is one conflict of a membership as long as it is open.
_FOUND = text("""
  INSERT INTO member_conflicts AS old (brand, id, channel, number, connector, fields,
    sealed_theirs, state, found_at)
  VALUES (:brand, :id, :channel, :number, :connector, CAST(:fields AS text[]), :sealed, 'OPEN', :at)
  ON CONFLICT (brand, id) DO UPDATE
  SET fields = excluded.fields, sealed_theirs = excluded.sealed_theirs, state = 'OPEN',
      found_at = excluded.found_at, decided_at = NULL, decided_by = NULL, reason = NULL
""")
_MEANT = """
  brand = :brand AND state = :state
  AND (CAST(:channels AS text[]) IS NULL OR channel = ANY(CAST(:channels AS text[])))
"""
_PAGE = text(f"""
  SELECT * FROM member_conflicts WHERE {_MEANT}
    AND (CAST(:after_id AS text) IS NULL
         OR (found_at, id) > (CAST(:after_at AS timestamptz), :after_id))
  ORDER BY found_at, id LIMIT :most
""")  # noqa: S608 - our own text
_BACK = text(f"""
  SELECT * FROM member_conflicts WHERE {_MEANT}
    AND (CAST(:after_id AS text) IS NULL
         OR (found_at, id) < (CAST(:after_at AS timestamptz), :after_id))
  ORDER BY found_at DESC, id DESC LIMIT :most
""")  # noqa: S608 - our own text
_COUNT = text(f"SELECT count(*) AS found FROM member_conflicts WHERE {_MEANT}")  # noqa: S608 - as above
_ONE = text("SELECT * FROM member_conflicts WHERE brand = :brand AND id = :id FOR UPDATE")
_DECIDED = text("""
  UPDATE member_conflicts
  SET state = :state, decided_at = :at, decided_by = :by, reason = :reason, sealed_theirs = NULL
  WHERE brand = :brand AND id = :id
""")
_EVERY_OPEN = ConflictFilter()
# So much of a hash tells the values of one conflict apart.
_REVISION_CHARS = 16
# When a conflict was found, and its id.
Place: TypeAlias = tuple[datetime, str]


class Opened(Struct, frozen=True, kw_only=True):
    """A conflict that is being decided: both sides' values, inside only.

    `revision` is another one for other values.
    """

    key: Key
    revision: str
    connector: str
    fields: tuple[str, ...]
    theirs: PersonFields
    ours: PersonFields


class Conflicts:
    """The conflicts of one brand."""

    def __init__(self, owned: Owned, keys: DataKeys) -> None:
        self._owned = owned
        self._keys = keys
        self._kept = KeptMemberships(owned.store, owned.brand, keys)

    async def found_in(
        self, run: Run, theirs: Membership, fields: Collection[str], at: datetime
    ) -> None:
        """A system has something else: what it has is kept for whoever decides."""
        key = (theirs.channel, theirs.number)
        seals = await self._keys.load(run, [owner_of_membership(*key)])
        seal = seals.get(owner_of_membership(*key))
        if seal is None:  # erased since
            return
        said = {name: said_by(theirs.contact)[name] for name in FIELDS if name in fields}
        proven = "phone" in said and theirs.contact.phone_verified
        kept = Contact(
            name=said.get("name"),
            phone=said.get("phone"),
            email=said.get("email"),
            phone_verified=proven,
        )
        sealed = seal.seal(msgspec.json.encode(kept).decode(), self._place(key))
        row = {"channel": theirs.channel, "number": theirs.number, "fields": list(said)}
        about = {"id": _id(key), "connector": theirs.source.connector, "sealed": sealed, "at": at}
        await run(_FOUND, {"brand": self._owned.brand, **row, **about})

    async def page(
        self,
        most: int,
        wanted: ConflictFilter = _EVERY_OPEN,
        place: Place | None = None,
        *,
        backward: bool = False,
    ) -> list[MemberConflict]:
        """Those behind a place, the oldest first; backward those before it, the newest first."""
        at, key = place or (None, None)
        asked = {"most": most, "after_at": at, "after_id": key}
        run = self._owned.store.rows
        rows = await run(_BACK if backward else _PAGE, {**self._meant(wanted), **asked})
        keys = [(row.channel, row.number) for row in rows]
        ours = await self._kept.kept_in(run, keys) if keys else {}
        seals = await self._keys.load(run, [owner_of_membership(*key) for key in keys])
        return [self._shown(row, ours.get((row.channel, row.number)), seals) for row in rows]

    async def count(self, wanted: ConflictFilter = _EVERY_OPEN) -> int:
        """How many there are."""
        return int((await self._owned.store.rows(_COUNT, self._meant(wanted)))[0].found)

    async def open_in(self, run: Run, conflict: str) -> Opened | None:
        """A conflict that is still open, locked; None where there is none of this id."""
        rows = await run(_ONE, {"brand": self._owned.brand, "id": conflict})
        if not rows or rows[0].state != ConflictState.OPEN.value:
            return None
        row = rows[0]
        key = (row.channel, row.number)
        seals = await self._keys.load(run, [owner_of_membership(*key)])
        ours = (await self._kept.kept_in(run, [key])).get(key)
        theirs = self._theirs(row, seals)
        if ours is None or theirs is None:
            return None
        return Opened(
            key=key,
            revision=self._revision(row.fields, ours.contact, theirs),
            connector=row.connector,
            fields=tuple(row.fields),
            theirs=person_of(theirs, row.fields),
            ours=person_of(ours.contact, row.fields),
        )

    async def decided_in(
        self, run: Run, conflict: str, state: ConflictState, ruling: Ruling, about: str
    ) -> None:
        """Somebody decided; what the other side had is forgotten. Audited, `about` a OneID."""
        named = {"brand": self._owned.brand, "id": conflict, "at": self._owned.now()}
        said = {"by": ruling.author, "reason": ruling.reason}
        await run(_DECIDED, {**named, **said, "state": state.value})
        entry = Entry(
            action="member.conflict",
            actor=ruling.author,
            role=ruling.role,
            about=about,
            reason=ruling.reason,
            facts={"conflict": conflict, "decided": state.value},
        )
        await audited(run, self._owned.brand, entry)

    def _meant(self, wanted: ConflictFilter) -> dict[str, object]:
        channels = None if wanted.channels is None else sorted(wanted.channels)
        return {"brand": self._owned.brand, "state": wanted.state.value, "channels": channels}

    def _shown(
        self, row: Row, ours: Membership | None, seals: Mapping[str, OwnerSeal]
    ) -> MemberConflict:
        ours_now = Contact() if ours is None else ours.contact
        theirs_now = self._theirs(row, seals) or Contact()
        here, there = said_by(ours_now), said_by(theirs_now)
        return MemberConflict(
            brand=self._owned.brand,
            key=row.id,
            channel=row.channel,
            number=row.number,
            revision=self._revision(row.fields, ours_now, theirs_now),
            connector=row.connector,
            fields=tuple(row.fields),
            ours={name: masked_field(name, here[name]) for name in row.fields},
            theirs={name: masked_field(name, there[name]) for name in row.fields},
            state=ConflictState(row.state),
            found_at=row.found_at,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            reason=row.reason,
        )

    def _theirs(self, row: Row, seals: Mapping[str, OwnerSeal]) -> Contact | None:
        key = (row.channel, row.number)
        seal = seals.get(owner_of_membership(*key))
        if seal is None or row.sealed_theirs is None:
            return None
        try:
            said = seal.open(bytes(row.sealed_theirs), self._place(key))
        except InvalidTag:  # sealed under a key that was erased and made anew
            return None
        return msgspec.json.decode(said, type=Contact)

    def _revision(self, fields: Collection[str], ours: Contact, theirs: Contact) -> str:
        """What a person looks at, as a keyed hash: found again with the same values it stands."""
        both = [(name, said_by(ours)[name], said_by(theirs)[name]) for name in sorted(fields)]
        hashed = hmac.digest(self._owned.key, b"conflict" + msgspec.json.encode(both), "sha256")
        return hashed.hex()[:_REVISION_CHARS]

    def _place(self, key: Key) -> bytes:
        return f"member conflict\x1f{self._owned.brand}\x1f{key[0]}\x1f{key[1]}".encode()


def person_of(contact: Contact, fields: Collection[str]) -> PersonFields:
    """What is to be written so that the other side says the same in some fields.

    What is absent is left as it is; a phone is as proven as it is on this side.
    """
    said = {name: value for name, value in said_by(contact).items() if name in fields}
    name = said.get("name")
    named = parts_of(name) if name is not None else PersonFields()
    return PersonFields(
        phone=said.get("phone"),
        phone_verified=said.get("phone") is not None and contact.phone_verified,
        email=said.get("email"),
        family_name=named.family_name,
        given_name=named.given_name,
    )


def _id(key: Key) -> str:
    return blake2b("\x1f".join(key).encode(), digest_size=16).hexdigest()
