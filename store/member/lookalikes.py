"""What memberships show that no rule joins, opened for one comparison, and what came of it."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.member.claims import Claim, Key
from capabilities.member.records import IdentityKind
from capabilities.member.resolution import Candidate, Pair
from store.engine import Run
from store.member.candidates import candidate_id, pair_of, put_candidates
from store.member.membership_rows import place_of_claim, place_of_name
from store.owned import Owned
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership
from store.profile.attributes import Attributes

_PAGE = 1_000
_PUT = 500
_BIRTHDAY = "birthday"
_READ = text("""
  SELECT r.number, r.channel, r.sealed_name, r.home_store, l.one_id, c.kind, c.scope, c.hash,
         c.sealed_value
  FROM (SELECT * FROM membership_records
        WHERE brand = :brand AND (number, channel) > (:number, :channel) AND gone_at IS NULL
        ORDER BY number, channel LIMIT :most) r
  JOIN membership_links l ON l.brand = :brand AND l.number = r.number AND l.channel = r.channel
  JOIN members m ON m.brand = :brand AND m.one_id = l.one_id AND m.status = 'ACTIVE'
  LEFT JOIN identity_claims c ON c.brand = :brand AND c.number = r.number
        AND c.channel = r.channel AND c.kind IN ('PHONE', 'EMAIL') AND NOT c.gone
  ORDER BY r.number, r.channel, c.hash
""")
_LAST = text("""
  SELECT number, channel FROM (
    SELECT number, channel FROM membership_records
    WHERE brand = :brand AND (number, channel) > (:number, :channel) AND gone_at IS NULL
    ORDER BY number, channel LIMIT :most) page
  ORDER BY number DESC, channel DESC LIMIT 1
""")
_COUNT = text("""
  SELECT count(*) AS n FROM membership_records WHERE brand = :brand AND gone_at IS NULL
""")
_JUDGED = text("""
  SELECT left_number, left_channel, right_number, right_channel FROM merge_candidates
  WHERE brand = :brand AND state IN ('REJECTED', 'NEVER')
  UNION
  SELECT left_number, left_channel, right_number, right_channel FROM member_decisions
  WHERE brand = :brand AND NOT together
""")
# What a newer comparison no longer finds is no question any more; what was decided stays.
_FORGET = text("""
  DELETE FROM merge_candidates
  WHERE brand = :brand AND state = 'OPEN' AND score IS NOT NULL AND found_at < :at
    AND id <> ALL (CAST(:ids AS text[]))
""")


class Lookalike(Struct, frozen=True, kw_only=True, gc=False):
    """A membership with the values that it is compared by, in the clear: never kept, never told."""

    key: Key
    one_id: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: str | None = None
    store: str | None = None

    def __repr__(self) -> str:
        return f"Lookalike({self.key!r}, ***)"


class Lookalikes:
    """Every membership of the living, in pages; and the review queue."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = {"brand": owned.brand}
        self._keys = DataKeys(owned.brand, owned.sealer)
        self._attributes = Attributes(owned.store, owned.brand, self._keys, owned.key)

    async def count(self) -> int:
        """How many there are."""
        rows = await self._owned.store.rows(_COUNT, self._brand)
        return int(rows[0].n)

    async def pages(self) -> AsyncIterator[list[Lookalike]]:
        """All of them, some at a time; those whose keys were erased show nothing."""
        run, after = self._owned.store.rows, ("", "")
        while True:
            asked = {**self._brand, "most": _PAGE}
            place = {"number": after[1], "channel": after[0]}
            last = await run(_LAST, {**asked, **place})
            if not last:
                return
            yield await self._opened(await run(_READ, {**asked, **place}))
            after = last[0].channel, last[0].number

    async def judged(self) -> list[Pair]:
        """Pairs of memberships that a person has said are not one person's."""
        return [pair_of(row) for row in await self._owned.store.rows(_JUDGED, self._brand)]

    async def put(self, found: Sequence[tuple[Candidate, float | None]], at: datetime) -> None:
        """Bring the review queue in line with what a comparison found at this moment."""
        for start in range(0, len(found), _PUT):
            part = found[start : start + _PUT]
            await self._owned.store.transaction(partial(self._put, part, at))
        ids = [self._name((one.left, one.right)) for one, _ in found]
        await self._owned.store.rows(_FORGET, {**self._brand, "at": at, "ids": ids})

    async def _put(
        self, part: Sequence[tuple[Candidate, float | None]], at: datetime, run: Run
    ) -> None:
        await put_candidates(run, self._owned.brand, self._name, part, at)

    def _name(self, pair: Pair) -> str:
        return candidate_id(self._owned.key, pair)

    async def _opened(self, rows: Sequence[Row[Any]]) -> list[Lookalike]:
        shown: dict[Key, list[Row[Any]]] = {}
        for row in rows:
            shown.setdefault((row.channel, row.number), []).append(row)
        owners = [owner_of_membership(*key) for key in shown]
        seals = await self._keys.load(self._owned.store.rows, owners)
        birthdays = await self._birthdays({row.one_id for row in rows})
        return [
            self._lookalike(key, some, seals.get(owner_of_membership(*key)), birthdays.get(key))
            for key, some in shown.items()
        ]

    async def _birthdays(self, one_ids: Collection[str]) -> dict[Key, str]:
        told = await self._attributes.of_people(sorted(one_ids))
        return {
            (one.holder.channel, one.holder.number): one.value
            for observations in told
            for one in observations
            if one.key == _BIRTHDAY
        }

    def _lookalike(
        self, key: Key, rows: Sequence[Row[Any]], seal: OwnerSeal | None, birthday: str | None
    ) -> Lookalike:
        first = rows[0]
        values: dict[str, str] = {}
        if seal is not None:
            if first.sealed_name is not None:
                place = place_of_name(self._owned.brand, key)
                values["name"] = seal.open(bytes(first.sealed_name), place)
            for row in rows:
                if row.kind is not None:
                    values.setdefault(row.kind.lower(), self._value(key, row, seal))
        return Lookalike(
            key=key, one_id=first.one_id, store=first.home_store, birthday=birthday, **values
        )

    def _value(self, key: Key, row: Row[Any], seal: OwnerSeal) -> str:
        claim = Claim(key, IdentityKind(row.kind), row.scope, bytes(row.hash))
        return seal.open(bytes(row.sealed_value), place_of_claim(self._owned.brand, claim))
