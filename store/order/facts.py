"""What the platform keeps of orders: taken in by sync and feeds, found by the person."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus, PaymentStatus
from store.engine import Run, Store
from store.events import tell

# In key order, so that two batches that meet wait for one another and never cross. A reading that
# is older than what is kept changes nothing; one that says the same counts as newer all the same,
# or an older one that comes later still would win.
_RECORD = text("""
  INSERT INTO order_facts AS f (brand, number, channel, connector, holder_number, holder_channel,
                                store, placed_at, business_date, kind, status, payment_status,
                                currency, paid, refunded, lines, gone, content, recorded_at,
                                read_at)
  SELECT :brand, a.number, a.channel, a.connector, a.holder_number, a.holder_channel, a.store,
         a.placed_at, a.business_date, a.kind, a.status, a.payment_status, a.currency, a.paid,
         a.refunded, CAST(a.lines AS jsonb), a.gone, a.content, now(),
         CAST(:read_at AS timestamptz)
  FROM unnest(CAST(:number AS text[]), CAST(:channel AS text[]), CAST(:connector AS text[]),
              CAST(:holder_number AS text[]), CAST(:holder_channel AS text[]),
              CAST(:store AS text[]), CAST(:placed_at AS timestamptz[]),
              CAST(:business_date AS date[]), CAST(:kind AS text[]), CAST(:status AS text[]),
              CAST(:payment_status AS text[]), CAST(:currency AS text[]), CAST(:paid AS bigint[]),
              CAST(:refunded AS bigint[]), CAST(:lines AS text[]), CAST(:gone AS boolean[]),
              CAST(:content AS bytea[]))
       AS a (number, channel, connector, holder_number, holder_channel, store, placed_at,
             business_date, kind, status, payment_status, currency, paid, refunded, lines, gone,
             content)
  ORDER BY a.number, a.channel
  ON CONFLICT (brand, number, channel) DO UPDATE
  SET connector = excluded.connector, holder_number = excluded.holder_number,
      holder_channel = excluded.holder_channel, store = excluded.store,
      placed_at = excluded.placed_at, business_date = excluded.business_date,
      kind = excluded.kind, status = excluded.status, payment_status = excluded.payment_status,
      currency = excluded.currency, paid = excluded.paid, refunded = excluded.refunded,
      lines = excluded.lines, gone = excluded.gone, content = excluded.content,
      recorded_at = CASE WHEN f.content = excluded.content THEN f.recorded_at ELSE now() END,
      read_at = coalesce(excluded.read_at, f.read_at)
  WHERE CASE WHEN excluded.read_at IS NULL THEN f.content <> excluded.content
             ELSE f.read_at IS NULL OR f.read_at <= excluded.read_at END
  RETURNING number, channel, xmax = 0 AS new,
    old.content IS DISTINCT FROM new.content AS changed,
    CASE WHEN (old.holder_number, old.holder_channel)
           IS DISTINCT FROM (new.holder_number, new.holder_channel)
         THEN old.holder_number END AS left_number, old.holder_channel AS left_channel
""")
_OF_PEOPLE = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  )
  SELECT a.place, f.* FROM asked a
  JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
  JOIN order_facts f ON f.brand = :brand AND f.holder_number = l.number
                    AND f.holder_channel = l.channel
  ORDER BY a.place, f.placed_at NULLS LAST, f.channel, f.number
""")
_BY_KEY = text("""
  SELECT a.place, f.*
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (channel, number, place)
  JOIN order_facts f ON f.brand = :brand AND f.number = a.number AND f.channel = a.channel
""")
_OF_HOLDERS = text("""
  SELECT a.place, f.*
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (channel, number, place)
  JOIN order_facts f ON f.brand = :brand AND f.holder_number = a.number
                    AND f.holder_channel = a.channel
  ORDER BY a.place, f.placed_at NULLS LAST, f.channel, f.number
""")
_IS_OF = text("""
  SELECT EXISTS (
    SELECT FROM order_facts f
    JOIN unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
      ON f.holder_number = a.number AND f.holder_channel = a.channel
    WHERE f.brand = :brand AND f.number = :number AND f.channel = :channel AND NOT f.gone
  ) AS found
""")
# Orders with lines that matched no product, held so that what is read of them is what is changed.
_UNMATCHED = text("""
  SELECT number, channel FROM order_facts
  WHERE brand = :brand AND NOT gone
    AND (number, channel) > (CAST(:number AS text), CAST(:channel AS text))
    AND jsonb_path_exists(lines, '$[*] ? (@.sku == null)')
  ORDER BY number, channel LIMIT :most FOR UPDATE
""")
# Whose an order is now, for an event that names the order.
_HOLDERS = text("""
  SELECT DISTINCT l.one_id
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN order_facts f ON f.brand = :brand AND f.number = a.number AND f.channel = a.channel
  JOIN membership_links l ON l.brand = :brand AND l.number = f.holder_number
                         AND l.channel = f.holder_channel
  ORDER BY 1
""")


# Whom orders were taken from: an event that names an order leads to its present holder alone.
_LEFT = text("""
  SELECT DISTINCT l.one_id
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN membership_links l ON l.brand = :brand AND l.number = a.number AND l.channel = a.channel
  ORDER BY 1
""")


class Recorded(Struct, frozen=True):
    """What became of a batch: how many orders are new, differ from before, or are as they were.

    `older` are (channel, number) of those that are kept as they were read later.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: frozenset[tuple[str, str]] = frozenset()


class OrderFacts:
    """The order facts of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def record(self, facts: Sequence[OrderFact], read_at: datetime | None = None) -> Recorded:
        """Keep orders as they stand; the same again changes nothing and tells nobody.

        `read_at` is when their system was asked: what was asked later stands. None is for what is
        no reading, such as the platform's own orders; it always stands.
        """
        return await self._store.transaction(lambda run: self.record_in(run, facts, read_at))

    async def record_in(
        self, run: Run, facts: Sequence[OrderFact], read_at: datetime | None = None
    ) -> Recorded:
        """As `record`, in the caller's transaction; of two with one key the last stands."""
        latest = {(one.number, one.channel): one for one in facts}
        if not latest:
            return Recorded()
        columns = _columns(list(latest.values()))
        kept = await run(_RECORD, {"brand": self._brand, "read_at": read_at, **columns})
        rows = [row for row in kept if row.changed]
        older = frozenset[tuple[str, str]]()
        if read_at is not None:
            older = frozenset((one.channel, one.number) for one in latest.values())
            older -= {(row.channel, row.number) for row in kept}
        subjects = [Subject(key=row.number, channel=row.channel) for row in rows]
        await tell(run, self._brand, Topic.ORDER_CHANGED, subjects)
        await self._tell_former(run, rows)
        new = sum(1 for row in rows if row.new)
        return Recorded(new, len(rows) - new, len(latest) - len(rows) - len(older), older)

    async def _tell_former(self, run: Run, rows: Sequence[Row[Any]]) -> None:
        """People who lost an order to another membership, or to nobody, changed as well."""
        left = [
            Subject(key=row.left_number, channel=row.left_channel)
            for row in rows
            if row.left_number is not None
        ]
        if left:
            people = await run(_LEFT, {"brand": self._brand, **_keys(left)})
            lost = [Subject(key=row.one_id) for row in people]
            await tell(run, self._brand, Topic.MEMBER_CHANGED, lost)

    async def of_people(self, one_ids: Sequence[str]) -> list[tuple[OrderFact, ...]]:
        """Every order of each person, the oldest first; an old id stands for its survivor."""
        if not one_ids:
            return []
        rows = await self._store.rows(_OF_PEOPLE, {"brand": self._brand, "one_ids": list(one_ids)})
        return _placed(rows, len(one_ids))

    async def of_people_in(self, run: Run, one_ids: Sequence[str]) -> list[tuple[OrderFact, ...]]:
        """As `of_people`, in the caller's transaction."""
        if not one_ids:
            return []
        rows = await run(_OF_PEOPLE, {"brand": self._brand, "one_ids": list(one_ids)})
        return _placed(rows, len(one_ids))

    async def is_of(self, channel: str, number: str, holders: Sequence[MembershipKey]) -> bool:
        """Whether an order is known as one of these memberships'; another's is as one unknown."""
        subjects = [Subject(key=one.number, channel=one.channel) for one in holders]
        named = {"brand": self._brand, "channel": channel, "number": number, **_keys(subjects)}
        (row,) = await self._store.rows(_IS_OF, named)
        return bool(row.found)

    async def by_key_in(self, run: Run, subjects: Sequence[Subject]) -> list[OrderFact | None]:
        """One order per key, in order, None where none is kept."""
        rows = await run(_BY_KEY, {"brand": self._brand, **_keys(subjects)}) if subjects else []
        found = {row.place: _fact(row) for row in rows}
        return [found.get(place) for place in range(1, len(subjects) + 1)]

    async def of_holders_in(
        self, run: Run, holders: Sequence[MembershipKey]
    ) -> list[tuple[OrderFact, ...]]:
        """Every order that was made under each membership, the oldest first."""
        subjects = [Subject(key=one.number, channel=one.channel) for one in holders]
        named = {"brand": self._brand, **_keys(subjects)}
        rows = await run(_OF_HOLDERS, named) if holders else []
        return _placed(rows, len(holders))

    async def unmatched_in(self, run: Run, after: Subject, most: int) -> list[OrderFact]:
        """Orders behind a place, by number and channel, of which a line matches no product yet."""
        place = {"number": after.key, "channel": after.channel or ""}
        rows = await run(_UNMATCHED, {"brand": self._brand, "most": most, **place})
        subjects = [Subject(key=row.number, channel=row.channel) for row in rows]
        return [one for one in await self.by_key_in(run, subjects) if one is not None]

    async def holders_in(self, run: Run, subjects: Sequence[Subject]) -> list[str]:
        """OneIDs of whom these orders belong to, each once."""
        rows = await run(_HOLDERS, {"brand": self._brand, **_keys(subjects)}) if subjects else []
        return [row.one_id for row in rows]


def _keys(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    return {
        "channels": [one.channel for one in subjects],
        "numbers": [one.key for one in subjects],
    }


def _columns(facts: Sequence[OrderFact]) -> dict[str, list[Any]]:
    rows = [
        {
            "number": one.number,
            "channel": one.channel,
            "connector": one.connector,
            "holder_number": one.holder and one.holder.number,
            "holder_channel": one.holder and one.holder.channel,
            "store": one.store_code,
            "placed_at": one.placed_at,
            "business_date": one.business_date,
            "kind": one.kind.value,
            "status": one.status.value,
            "payment_status": one.payment_status.value,
            "currency": one.currency,
            "paid": one.paid,
            "refunded": one.refunded,
            "lines": msgspec.json.encode(one.lines).decode(),
            "gone": one.gone,
            "content": sha256(msgspec.msgpack.encode(one)).digest(),
        }
        for one in facts
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _placed(rows: Sequence[Row[Any]], places: int) -> list[tuple[OrderFact, ...]]:
    found: defaultdict[int, list[OrderFact]] = defaultdict(list)
    for row in rows:
        found[row.place].append(_fact(row))
    return [tuple(found[place]) for place in range(1, places + 1)]


def _fact(row: Row[Any]) -> OrderFact:
    held = row.holder_number is not None
    return OrderFact(
        channel=row.channel,
        number=row.number,
        connector=row.connector,
        holder=MembershipKey(row.holder_channel, row.holder_number) if held else None,
        store_code=row.store,
        placed_at=row.placed_at,
        business_date=row.business_date,
        kind=OrderKind(row.kind),
        status=OrderStatus(row.status),
        payment_status=PaymentStatus(row.payment_status),
        currency=row.currency,
        paid=row.paid,
        refunded=row.refunded,
        lines=msgspec.convert(row.lines, tuple[LineFact, ...], strict=False),
        gone=row.gone,
    )
