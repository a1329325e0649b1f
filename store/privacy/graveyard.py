"""Who was erased, outside of the database: written beside a backup, replayed into a restored one.

A backup of yesterday still holds whoever was erased today. So a restored database is made to forget
her again, from the newest list there is, before anybody may ask it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.caller import MembershipKey
from store.copied.rows import CopiedRows
from store.engine import Run, Store
from store.events import rebase_events
from store.member.identities_shown import opened_claims
from store.member.people_lock import lock_people
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_person
from store.privacy.erasing_commands import Waiting, WaitingCommands
from store.privacy.erasing_rows import delete_rows
from store.privacy.tombstones import Tombstones
from store.row_records import records_of
from store.versions import ERASURES, MEMBERS, raise_version

_AT_ONCE = 5_000
_STONES = text("SELECT * FROM tombstones WHERE brand = :brand")
_ERASURES = text("SELECT * FROM erasures WHERE brand = :brand")
_PLACES = text("SELECT * FROM erasure_places WHERE brand = :brand")
# A stone that was lifted since stays lifted: the newer word counts.
_PUT_STONES = text("""
  INSERT INTO tombstones AS old (brand, hash, kind, erased_at, lifted_at, generation)
  SELECT :brand, a.hash, a.kind, a.erased_at, a.lifted_at, a.generation
  FROM unnest(CAST(:hash AS bytea[]), CAST(:kind AS text[]), CAST(:erased_at AS timestamptz[]),
              CAST(:lifted_at AS timestamptz[]), CAST(:generation AS int[]))
       AS a (hash, kind, erased_at, lifted_at, generation)
  ON CONFLICT (brand, hash) DO UPDATE
  SET erased_at = excluded.erased_at, lifted_at = excluded.lifted_at,
      generation = excluded.generation
  WHERE (excluded.generation, excluded.erased_at) > (old.generation, old.erased_at)
     OR (excluded.lifted_at IS NOT NULL AND old.lifted_at IS NULL
         AND excluded.erased_at = old.erased_at)
""")
_PUT_ERASURES = text("""
  INSERT INTO erasures (brand, id, one_id, author, reason, erased_at)
  SELECT :brand, * FROM unnest(CAST(:id AS text[]), CAST(:one_id AS text[]),
    CAST(:author AS text[]), CAST(:reason AS text[]), CAST(:erased_at AS timestamptz[]))
  ON CONFLICT DO NOTHING
""")
_PUT_PLACES = text("""
  INSERT INTO erasure_places (brand, id, place, state, channel, customer, changed_at)
  SELECT :brand, * FROM unnest(CAST(:id AS text[]), CAST(:place AS text[]), CAST(:state AS text[]),
    CAST(:channel AS text[]), CAST(:customer AS text[]), CAST(:changed_at AS timestamptz[]))
  ON CONFLICT DO NOTHING
""")
# The copy and the files are older than what was done to them.
_AGAIN = text("""
  UPDATE erasure_places SET state = 'QUEUED'
  WHERE brand = :brand AND place IN ('platform:copy', 'platform:files')
""")
_LINKS = text("""
  SELECT channel, number, one_id FROM membership_links
  WHERE brand = :brand AND (number, channel) > (:number, :channel)
  ORDER BY number, channel LIMIT :first
""")
_CLAIMS = text("""
  SELECT c.kind, c.scope, c.hash, c.number, c.channel, c.sealed_value FROM identity_claims c
  WHERE c.brand = :brand AND NOT c.barred AND (c.number, c.channel) IN (
    SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])))
""")
_ALIASES = text("""
  SELECT old_id FROM member_aliases WHERE brand = :brand AND one_id = ANY(CAST(:ids AS text[]))
""")
_IDS = text("SELECT one_id FROM erasures WHERE brand = :brand")
_GONE = text("""
  UPDATE members SET status = 'ERASED', version = version + 1
  WHERE brand = :brand AND one_id = ANY(CAST(:ids AS text[])) AND status <> 'ERASED'
""")


class _Stone(Struct, frozen=True):
    hash: bytes
    kind: str
    erased_at: datetime
    lifted_at: datetime | None
    generation: int


class _Erasure(Struct, frozen=True):
    id: str
    one_id: str
    author: str
    reason: str
    erased_at: datetime


class _Place(Struct, frozen=True):
    id: str
    place: str
    state: str
    channel: str | None
    customer: str | None
    changed_at: datetime


class Graveyard(Struct, frozen=True, kw_only=True):
    """Everything that says who must not come back; keyed hashes, pseudonyms and numbers only."""

    brand: str
    written_at: datetime
    stones: tuple[_Stone, ...] = ()
    erasures: tuple[_Erasure, ...] = ()
    places: tuple[_Place, ...] = ()


def encode_graveyard(graveyard: Graveyard) -> bytes:
    """As it lies beside a backup."""
    return msgspec.json.encode(graveyard)


def decode_graveyard(raw: bytes) -> Graveyard:
    """As `encode_graveyard` wrote it."""
    return msgspec.json.decode(raw, type=Graveyard)


async def read_graveyard(store: Store, brand: str) -> Graveyard:
    """What a database knows of who was erased."""
    named = {"brand": brand}
    return Graveyard(
        brand=brand,
        written_at=datetime.now(UTC),
        stones=tuple(records_of(await store.rows(_STONES, named), _Stone)),
        erasures=tuple(records_of(await store.rows(_ERASURES, named), _Erasure)),
        places=tuple(records_of(await store.rows(_PLACES, named), _Place)),
    )


class Replay:
    """Makes a restored database forget whom it should not know."""

    def __init__(
        self, store: Store, keys: DataKeys, tombstones: Tombstones, copied: CopiedRows
    ) -> None:
        self._store = store
        self._keys = keys
        self._tombstones = tombstones
        self._copied = copied
        self._brand = tombstones.brand

    async def replay(self, graveyards: Sequence[Graveyard]) -> int:
        """Put the tombstones of all lists in force; how many memberships they took away."""
        await self._store.transaction(rebase_events)
        for graveyard in sorted(graveyards, key=lambda one: one.written_at):
            await self._store.transaction(partial(self._put, graveyard))
        gone = await self._store.transaction(self._erase)
        for graveyard in graveyards:
            customers = {
                (one.place.split("/")[0], one.customer)
                for one in graveyard.places
                if one.customer is not None
            }
            for connector, number in sorted(customers):
                await self._copied.forget(connector, number)
        return gone

    async def _put(self, graveyard: Graveyard, run: Run) -> None:
        for statement, rows, kind in (
            (_PUT_STONES, graveyard.stones, _Stone),
            (_PUT_ERASURES, graveyard.erasures, _Erasure),
            (_PUT_PLACES, graveyard.places, _Place),
        ):
            names: Sequence[str] = kind.__struct_fields__
            columns = {name: [getattr(row, name) for row in rows] for name in names}
            await run(statement, {"brand": self._brand, **columns})
        await run(_AGAIN, {"brand": self._brand})

    async def _erase(self, run: Run) -> int:
        await lock_people(run, self._brand)
        named = {"brand": self._brand}
        ids = [row.one_id for row in await run(_IDS, named)]
        ids += [row.old_id for row in await run(_ALIASES, {**named, "ids": ids})]
        hers = await self._memberships(run)
        owners = [owner_of_membership(one.channel, one.number) for one in hers]
        await self._keys.delete(run, [*owners, *map(owner_of_person, ids)])
        await self._forget_registrations(run)
        await delete_rows(run, self._brand, ids, hers)
        await run(_GONE, {**named, "ids": ids})
        for part in (MEMBERS, ERASURES):
            await raise_version(run, self._brand, part)
        return len(hers)

    async def _forget_registrations(self, run: Run) -> None:
        """Whoever was on her way to a system when the backup was written is told to nobody."""
        commands, stones = WaitingCommands(self._brand, self._keys), self._tombstones
        owners: dict[bytes, list[Waiting]] = {}
        for one in await commands.registrations_in(run):
            owners.setdefault(stones.person(one.one_id), []).append(one)
            for identity in one.identities:
                digest = stones.identity(identity.kind.value, identity.scope, identity.value)
                owners.setdefault(digest, []).append(one)
        buried = await stones.among(run, list(owners))
        found = {one.command: one for digest in buried for one in owners[digest]}
        await commands.forget_in(run, list(found.values()), datetime.now(UTC))

    async def _memberships(self, run: Run) -> list[MembershipKey]:
        """Memberships of the database that a tombstone names, or an identity that they show."""
        found: list[MembershipKey] = []
        place = {"number": "", "channel": ""}
        while rows := await run(_LINKS, {"brand": self._brand, "first": _AT_ONCE, **place}):
            keys = [MembershipKey(row.channel, row.number) for row in rows]
            owners: dict[bytes, set[MembershipKey]] = {}
            for key in keys:
                stone = self._tombstones.membership(key.channel, key.number)
                owners.setdefault(stone, set()).add(key)
            await self._shown(run, keys, owners)
            buried = await self._tombstones.among(run, list(owners))
            found += {key for digest in buried for key in owners[digest]}
            place = {"number": rows[-1].number, "channel": rows[-1].channel}
        return found

    async def _shown(
        self, run: Run, keys: Sequence[MembershipKey], owners: dict[bytes, set[MembershipKey]]
    ) -> None:
        columns = {
            "numbers": [one.number for one in keys],
            "channels": [one.channel for one in keys],
        }
        rows = await run(_CLAIMS, {"brand": self._brand, **columns})
        for key, identity in await opened_claims(run, self._keys, self._brand, rows):
            stone = self._tombstones.identity(identity.kind.value, identity.scope, identity.value)
            owners.setdefault(stone, set()).add(key)
