"""Order facts and a programme → what is still to be posted, whatever arrived first.

What the ledger should say of every order is a pure function of all orders of the membership; what
it says already is taken off. So an order that came late changes what is due for later ones too,
and the same orders again change nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.order.facts import OrderFact
from capabilities.points.earning import Categories, Worth, worth
from capabilities.points.policy import PolicyVersion, Programme
from capabilities.points.records import QUALIFYING, SPENDABLE, OrderRef, PolicyRef
from capabilities.points.standing import Standing
from capabilities.time import local_date

_NOON = clock(12)


class Target(Struct, frozen=True, kw_only=True):
    """What the ledger should say of one order in one currency."""

    order: OrderRef
    currency: str
    worth: Worth
    policy: PolicyRef
    day: date
    occurred_at: datetime
    pending_until: datetime | None = None
    expires_at: datetime | None = None


class Said(Struct, frozen=True):
    """What the ledger says of one order in one currency, and on which moment it counts."""

    amount: int
    occurred_at: datetime


class Move(Struct, frozen=True, kw_only=True):
    """One entry that is to be posted; a negative amount goes back."""

    target: Target
    amount: int


def targets(
    programme: Programme,
    facts: Iterable[OrderFact],
    by_hand: Sequence[tuple[date, int]],
    categories: Categories,
) -> list[Target]:
    """What all orders of one membership are worth, the oldest first.

    The tier that an order is made in is what the orders before it reached, with the qualifying
    points that were given by hand.
    """
    standing = Standing(programme)
    hand = sorted(by_hand)
    found: list[Target] = []
    for fact, day, placed in _in_order(programme, facts):
        version = programme.on(day)
        if version is None or fact.holder is None:
            continue
        if fact.holder.channel not in version.policy.channels:
            continue
        while hand and hand[0][0] <= day:
            standing.add(*hand.pop(0))
        tier = standing.tier_on(day)
        spendable, qualifying = worth(fact, version.policy, tier, categories, day)
        standing.add(day, qualifying.stays)
        found += _of_order(fact, version, day, placed, spendable, qualifying)
    return found


def _in_order(
    programme: Programme, facts: Iterable[OrderFact]
) -> list[tuple[OrderFact, date, datetime]]:
    dated = []
    for fact in facts:
        if fact.placed_at is not None:
            day = fact.business_date or local_date(fact.placed_at, _zone(programme))
            dated.append((fact, day, fact.placed_at))
    return sorted(dated, key=lambda one: (one[1], one[2], one[0].channel, one[0].number))


def _zone(programme: Programme) -> ZoneInfo:
    return ZoneInfo(programme.versions[-1].policy.time_zone)


def _of_order(
    fact: OrderFact,
    version: PolicyVersion,
    day: date,
    placed: datetime,
    spendable: Worth,
    qualifying: Worth,
) -> list[Target]:
    order, earn = OrderRef(fact.channel, fact.number), version.policy.earn
    zone = ZoneInfo(version.policy.time_zone)
    if local_date(placed, zone) != day:  # an order counts on its business day, whatever its moment
        placed = datetime.combine(day, _NOON, tzinfo=zone)
    free = day + timedelta(days=earn.return_days)
    ends = None if earn.valid is None else _midnight(earn.valid.after(free), zone)
    points = Target(
        order=order,
        currency=SPENDABLE,
        worth=spendable,
        policy=version.ref,
        day=day,
        occurred_at=placed,
        pending_until=_midnight(free, zone) if earn.return_days else None,
        expires_at=ends,
    )
    if version.policy.tiers is None:
        return [points]
    tier = Target(
        order=order,
        currency=QUALIFYING,
        worth=qualifying,
        policy=version.ref,
        day=day,
        occurred_at=placed,
    )
    return [points, tier]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The end of a local day: points may be used until then, or from then on."""
    return datetime.combine(day + timedelta(days=1), clock(), tzinfo=zone)


def moves(
    wanted: Iterable[Target], said: Mapping[tuple[OrderRef, str], Said], last: PolicyRef
) -> list[Move]:
    """What is missing between what the ledger should say and what it says.

    An order that was never posted earns whole and gives back what was refunded, so that the ledger
    reads the same whether the refund was seen apart or not. Orders that are no more the
    membership's go back whole, under the version that noticed.
    """
    found: list[Move] = []
    left = dict(said)
    for target in wanted:
        before = left.pop((target.order, target.currency), None)
        had = 0 if before is None else before.amount
        if before is None and target.worth.earned > 0:
            found.append(Move(target=target, amount=target.worth.earned))
            had = target.worth.earned
        if missing := target.worth.stays - had:
            found.append(Move(target=target, amount=missing))
    for (order, currency), stood in sorted(left.items(), key=lambda one: _rank(*one[0])):
        if stood.amount:
            gone = Target(
                order=order,
                currency=currency,
                worth=Worth(),
                policy=last,
                day=stood.occurred_at.date(),
                occurred_at=stood.occurred_at,
            )
            found.append(Move(target=gone, amount=-stood.amount))
    return found


def _rank(order: OrderRef, currency: str) -> tuple[str, str, str]:
    return order.channel, order.number, currency
