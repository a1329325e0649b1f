"""Programme policies applied to order facts: what changed orders move in the ledger.

Everything of a membership is computed anew from all its orders while its accounts are held, and
only the difference is posted: events may come in any order, twice, or as one for many.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.events import Subject
from capabilities.order.facts import OrderFact
from capabilities.points import ledger
from capabilities.points.applying import Move, Said, moves, targets
from capabilities.points.earning import Categories
from capabilities.points.ledger import Posted
from capabilities.points.policy import Programme
from capabilities.points.records import (
    QUALIFYING,
    SPENDABLE,
    Account,
    AccountKey,
    EntryType,
    OrderRef,
    Told,
)
from store.engine import Run
from store.order.facts import OrderFacts
from store.owned import Owned
from store.points.ledger import PointsLedger
from store.points.programmes import Programmes

FROM_ORDERS = "orders"
_ASKED = "unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))"
# Who holds these orders now, and to whom points of them were posted before.
_HOLDERS = text(f"""
  WITH asked AS (SELECT channel, number FROM {_ASKED} AS a (channel, number))
  SELECT f.holder_channel AS channel, f.holder_number AS number
  FROM asked a JOIN order_facts f
    ON f.brand = :brand AND f.number = a.number AND f.channel = a.channel
  WHERE f.holder_number IS NOT NULL
  UNION
  SELECT e.channel, e.number FROM asked a JOIN points_entries e
    ON e.brand = :brand AND e.order_channel = a.channel AND e.order_number = a.number
  WHERE e.source = :source
  ORDER BY 1, 2
""")  # noqa: S608 - parts of our own
_SAID = text(f"""
  SELECT e.channel, e.number, e.currency, e.order_channel, e.order_number,
         CAST(sum(CASE e.direction WHEN 'CREDIT' THEN e.amount ELSE -e.amount END) AS bigint)
           AS amount, min(e.occurred_at) AS occurred_at
  FROM {_ASKED} AS a (channel, number)
  JOIN points_entries e ON e.brand = :brand AND e.number = a.number AND e.channel = a.channel
  WHERE e.source = :source
  GROUP BY 1, 2, 3, 4, 5
""")  # noqa: S608 - as above
# Qualifying points by local day: those given by hand, or all.
_DAYS = text(f"""
  SELECT e.channel, e.number, CAST(timezone(:zone, e.occurred_at) AS date) AS day,
         CAST(sum(CASE e.direction WHEN 'CREDIT' THEN e.amount ELSE -e.amount END) AS bigint)
           AS amount
  FROM {_ASKED} AS a (channel, number)
  JOIN points_entries e ON e.brand = :brand AND e.number = a.number AND e.channel = a.channel
  WHERE e.currency = :currency AND e.source <> :without
  GROUP BY 1, 2, 3
""")  # noqa: S608 - as above
_CATEGORIES = text("""
  SELECT sku, category_path FROM products WHERE brand = :brand AND sku = ANY (CAST(:skus AS text[]))
""")


class _Case(Struct, frozen=True):
    """One membership, its programme, and all its orders."""

    holder: MembershipKey
    programme: Programme
    facts: tuple[OrderFact, ...]


class PolicyLedger:
    """Applies the policies of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._brand = owned.brand
        self._store = owned.store
        self._now = owned.now
        self._facts = OrderFacts(owned.store, owned.brand)
        self._ledger = PointsLedger(owned.store, owned.brand, owned.now)
        self._programmes = Programmes(owned.store, owned.brand, owned.now)

    async def orders_changed_in(self, run: Run, orders: Sequence[Subject]) -> int:
        """Post what changed orders move; how many entries they were."""
        named = {"brand": self._brand, "source": FROM_ORDERS}
        keys = {"channels": [one.channel for one in orders], "numbers": [one.key for one in orders]}
        rows = await run(_HOLDERS, {**named, **keys})
        return await self.apply_in(run, [MembershipKey(row.channel, row.number) for row in rows])

    async def apply_in(self, run: Run, holders: Sequence[MembershipKey]) -> int:
        """Post what the orders of memberships still move; the same again posts nothing."""
        programmes = await self._programmes.all_in(run)
        of = {channel: one for one in programmes for channel in _channels(one)}
        ours = [one for one in holders if one.channel in of]
        if not ours:
            return 0
        keys = [AccountKey.of(one, each) for one in ours for each in (SPENDABLE, QUALIFYING)]
        held = dict(await self._ledger.hold_in(run, keys))
        facts = await self._facts.of_holders_in(run, ours)
        cases = [_Case(one, of[one.channel], told) for one, told in zip(ours, facts, strict=True)]
        categories = await self.categories_in(run, facts)
        said = await self._said_in(run, ours)
        by_hand = await self._days_in(run, cases)
        posted: dict[AccountKey, Posted] = {}
        for case in cases:
            wanted = targets(case.programme, case.facts, by_hand[case.holder], categories)
            last = case.programme.versions[-1].ref
            for move in moves(wanted, said[case.holder], last):
                key = AccountKey.of(case.holder, move.target.currency)
                posted[key] = self._post(held[key], posted.get(key), move)
        return len(await self._ledger.write_in(run, held, list(posted.values())))

    def _post(self, held: Account, before: Posted | None, move: Move) -> Posted:
        account = held if before is None else before.account
        target, at = move.target, self._now()
        told = Told(
            source=FROM_ORDERS,
            author=f"programme {target.policy.programme}",
            idempotency_key=f"{target.order.channel}/{target.order.number}#{account.sequence + 1}",
            occurred_at=target.occurred_at,
            order=target.order,
            policy=target.policy,
        )
        if move.amount > 0:
            dates = {"pending_until": target.pending_until, "expires_at": target.expires_at}
            done = ledger.credit(account, EntryType.EARN, move.amount, told, at, **dates)
        else:
            done = ledger.reverse(account, EntryType.REVERSE, -move.amount, told, at)
        entries = () if before is None else before.entries
        return Posted(account=done.account, entries=(*entries, *done.entries))

    async def categories_in(self, run: Run, facts: Sequence[Sequence[OrderFact]]) -> Categories:
        """The category path of every product in these orders."""
        skus = {line.sku for each in facts for one in each for line in one.lines if line.sku}
        named = {"brand": self._brand, "skus": sorted(skus)}
        rows = await run(_CATEGORIES, named) if skus else []
        paths = {row.sku: tuple(row.category_path) for row in rows}
        return lambda sku: paths.get(sku, ())

    async def _said_in(
        self, run: Run, holders: Sequence[MembershipKey]
    ) -> Mapping[MembershipKey, dict[tuple[OrderRef, str], Said]]:
        named = {"brand": self._brand, "source": FROM_ORDERS, **_columns(holders)}
        found: dict[MembershipKey, dict[tuple[OrderRef, str], Said]] = defaultdict(dict)
        for row in await run(_SAID, named):
            order = OrderRef(row.order_channel, row.order_number)
            said = Said(row.amount, row.occurred_at)
            found[MembershipKey(row.channel, row.number)][order, row.currency] = said
        return found

    async def _days_in(
        self, run: Run, cases: Sequence[_Case]
    ) -> Mapping[MembershipKey, list[tuple[date, int]]]:
        """As `by_hand_in`, for memberships of programmes in several zones."""
        found: dict[MembershipKey, list[tuple[date, int]]] = defaultdict(list)
        zones: dict[str, list[MembershipKey]] = defaultdict(list)
        for case in cases:
            zones[case.programme.versions[-1].policy.time_zone].append(case.holder)
        for zone, holders in zones.items():
            found.update(await self.by_hand_in(run, holders, zone))
        return found

    async def by_hand_in(
        self, run: Run, holders: Sequence[MembershipKey], zone: str
    ) -> Mapping[MembershipKey, list[tuple[date, int]]]:
        """Qualifying points that no order gave, by local day."""
        found: dict[MembershipKey, list[tuple[date, int]]] = defaultdict(list)
        for row in await run(_DAYS, self._day_columns(holders, zone, without=FROM_ORDERS)):
            found[MembershipKey(row.channel, row.number)].append((row.day, row.amount))
        return found

    def _day_columns(
        self, holders: Sequence[MembershipKey], zone: str, *, without: str
    ) -> dict[str, Any]:
        named = {"brand": self._brand, "currency": QUALIFYING, "zone": zone, "without": without}
        return {**named, **_columns(holders)}

    async def qualifying_days(
        self, holders: Sequence[MembershipKey], zone: str
    ) -> list[list[tuple[date, int]]]:
        """Qualifying points of each membership by local day, in any order."""
        asked = list(dict.fromkeys(holders))
        rows = await self._store.rows(_DAYS, self._day_columns(asked, zone, without=""))
        found: dict[MembershipKey, list[tuple[date, int]]] = defaultdict(list)
        for row in rows:
            found[MembershipKey(row.channel, row.number)].append((row.day, row.amount))
        return [found[one] for one in holders]


def _columns(holders: Sequence[MembershipKey]) -> dict[str, list[str]]:
    return {
        "channels": [one.channel for one in holders],
        "numbers": [one.number for one in holders],
    }


def _channels(programme: Programme) -> set[str]:
    return {channel for one in programme.versions for channel in one.policy.channels}
