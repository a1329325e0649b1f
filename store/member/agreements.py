"""What we wrote of memberships and what their systems showed of it, as digests under a key."""

import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.states import Side
from capabilities.member.claims import Key
from capabilities.member.commands import CommandState
from capabilities.member.echoes import AS_SHOWN, FIELDS, Agreement, OwnWrite, said_by
from capabilities.member.records import Contact, Membership
from store.engine import Row, Run
from store.member.components import columns_of

_WRITE = text("""
  INSERT INTO member_writes (brand, number, channel, command, leader, repair, phone, email, name,
    at)
  VALUES (:brand, :number, :channel, :command, :leader, :repair, CAST(:phone AS bytea),
    CAST(:email AS bytea), CAST(:name AS bytea), :at)
""")
_BEGIN = text("""
  INSERT INTO member_agreements (brand, number, channel, phone, email, name, at)
  VALUES (:brand, :number, :channel, :phone, :email, :name, :at)
  ON CONFLICT DO NOTHING
""")
_AGREEMENTS = text("""
  SELECT g.* FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN member_agreements g
    ON g.brand = :brand AND g.number = a.number AND g.channel = a.channel
""")
# What is done comes in the order in which its system was told, everything else behind it.
_WRITES = text("""
  SELECT w.*, coalesce(c.state, 'DONE') AS state
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN member_writes w ON w.brand = :brand AND w.number = a.number AND w.channel = a.channel
  LEFT JOIN member_commands c ON c.brand = w.brand AND c.id = w.command
  WHERE c.state IS DISTINCT FROM 'DISCARDED'
  ORDER BY c.state = 'DONE' DESC, CASE c.state WHEN 'DONE' THEN c.changed_at ELSE w.at END,
           w.at, w.command
""")
_SAW = text("""
  UPDATE member_agreements g
  SET seen = a.seen, phone = a.phone, email = a.email, name = a.name, rest = a.rest, at = :at
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:seen AS text[]),
              CAST(:phones AS bytea[]), CAST(:emails AS bytea[]), CAST(:names AS bytea[]),
              CAST(:rests AS bytea[]))
       AS a (number, channel, seen, phone, email, name, rest)
  WHERE g.brand = :brand AND g.number = a.number AND g.channel = a.channel
""")
# An echo that comes later than this is a change, and drift that reconciling finds.
_FORGET = text("""
  DELETE FROM member_writes w
  USING unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:seen AS text[]))
        AS a (number, channel, seen)
  WHERE w.brand = :brand AND w.number = a.number AND w.channel = a.channel
    AND w.command <> a.seen AND w.at < CAST(:at AS timestamptz) - interval '30 days'
    AND EXISTS (SELECT FROM member_commands c WHERE c.brand = w.brand AND c.id = w.command
                AND c.state IN ('DONE', 'DISCARDED'))
""")
_OF_COMMAND = text("""
  SELECT number, channel, leader FROM member_writes WHERE brand = :brand AND command = :command
""")
_DIGEST_BYTES = 16
_UNCONFIRMED = frozenset(CommandState) - {CommandState.DONE, CommandState.DISCARDED}


class Saw(Struct, frozen=True):
    """What a system showed: the write that it shows, digests by field, and one of the rest."""

    seen: str | None
    digests: Mapping[str, bytes]
    rest: bytes


class Agreements:
    """The writes of one brand; `key` makes the digests."""

    def __init__(self, brand: str, key: bytes) -> None:
        self._brand = brand
        self._key = key

    def digests(self, said: Mapping[str, str | None]) -> dict[str, bytes]:
        """A digest of each field; what is absent has one, too."""
        return {name: self._digest(name, value or "") for name, value in said.items()}

    def marks(self, told: Mapping[str, str | None]) -> dict[str, bytes]:
        """Digests of what a write tells; of a name in part nobody knows the whole."""
        return {
            name: AS_SHOWN if value is None else self._digest(name, value)
            for name, value in told.items()
        }

    def rest(self, membership: Membership) -> bytes:
        """A digest of all that cannot be written."""
        contact = replace(membership.contact, phone=None, email=None, name=None)
        facts = (
            *(membership.programme, membership.status, membership.source_status, membership.tier),
            *(membership.points, membership.joined_at, membership.home_store_code, contact),
        )
        return hmac.digest(self._key, msgspec.msgpack.encode(facts), sha256)[:_DIGEST_BYTES]

    async def wrote(
        self, run: Run, key: Key, write: OwnWrite, before: Contact, at: datetime
    ) -> None:
        """A write is ordered: until its system shows anything, it shows what stood before."""
        channel, number = key
        named = {"brand": self._brand, "number": number, "channel": channel, "at": at}
        base = self.digests(said_by(before))
        await run(_BEGIN, {**named, **base})
        marks = {name: write.marks.get(name) for name in FIELDS}
        about = {"command": write.command, "leader": write.leader.value, "repair": write.repair}
        await run(_WRITE, {**named, **marks, **about})

    async def of(self, run: Run, keys: Sequence[Key]) -> dict[Key, Agreement]:
        """What is known of memberships that we ever wrote."""
        named = {"brand": self._brand, **columns_of(keys)}
        rows = await run(_AGREEMENTS, named)
        if not rows:
            return {}
        writes: defaultdict[Key, list[Row]] = defaultdict(list)
        for row in await run(_WRITES, named):
            writes[row.channel, row.number].append(row)
        return {
            (row.channel, row.number): Agreement(
                base={name: bytes(getattr(row, name)) for name in FIELDS},
                seen=row.seen,
                rest=None if row.rest is None else bytes(row.rest),
                writes=_writes(writes[row.channel, row.number]),
            )
            for row in rows
        }

    async def saw(self, run: Run, seen: Mapping[Key, Saw], at: datetime) -> None:
        """What systems show is what they are known to have from now on."""
        if not seen:
            return
        named = {"brand": self._brand, "at": at, **columns_of(seen)}
        shown = list(seen.values())
        commands = [one.seen for one in shown]
        columns = {f"{name}s": [one.digests[name] for one in shown] for name in FIELDS}
        await run(_SAW, {**named, **columns, "seen": commands, "rests": [s.rest for s in shown]})
        await run(_FORGET, {**named, "seen": commands})

    async def leader_of(self, run: Run, command: str) -> tuple[Key, Side] | None:
        """Whose write a command is and who led it; None for one that only its system knows."""
        rows = await run(_OF_COMMAND, {"brand": self._brand, "command": command})
        return ((rows[0].channel, rows[0].number), Side(rows[0].leader)) if rows else None

    def _digest(self, name: str, value: str) -> bytes:
        said = f"write\x1f{self._brand}\x1f{name}\x1f{value}".encode()
        return hmac.digest(self._key, said, sha256)[:_DIGEST_BYTES]


def _writes(rows: Sequence[Row]) -> list[OwnWrite]:
    """In the order in which their system has them.

    One that came behind newer ones changed nothing of what these had written.
    """
    found: list[OwnWrite] = []
    for place, row in enumerate(rows):
        state = CommandState(row.state)
        if state is CommandState.DEAD and row.leader == Side.LEGACY.value:
            continue  # it never came to be, on either side
        newer = [one for one in rows[:place] if one.at > row.at]
        marks = {
            name: bytes(mark)
            for name in FIELDS
            if (mark := getattr(row, name)) is not None
            and all(getattr(one, name) is None for one in newer)
        }
        found.append(
            OwnWrite(
                command=row.command,
                leader=Side(row.leader),
                marks=marks,
                open=state in _UNCONFIRMED,
                repair=row.repair,
            )
        )
    return found
