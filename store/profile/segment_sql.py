"""A segment's conditions as SQL: one condition a function, put together into one WHERE.

Every condition asks about the person `m` of the table `members`. Values travel as parameters; a
text of a segment is never part of a statement. `COMPILERS` names the function of every condition.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from capabilities.member.consent import ConsentPurpose
from capabilities.money import money
from capabilities.order.facts import CANCELLED, NEVER_SOLD
from capabilities.profile.purchases import SEPARATOR
from capabilities.segment.conditions import (
    Affinity,
    All,
    AnyOf,
    Attribute,
    Condition,
    Consent,
    LastOrder,
    Member,
    NetAmount,
    Not,
    Orders,
    Stage,
    Tagged,
)
from store.privacy.consent_rules import allowed_of, refused_of
from store.profile.attribute_sql import AttributeSql

# The character after the separator: what lies below a category is from one to the other.
_AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)


class Compiled(NamedTuple):
    """A condition for WHERE, and its parameters; `brand` is to be added."""

    sql: str
    parameters: Mapping[str, object]


class Asking:
    """One compilation: the moment of asking, and the parameters so far.

    What is summed per person is looked up person by person, or for everybody at once where the
    `whole` segment is asked for: a first page needs a few people, a count needs all.
    """

    def __init__(
        self, at: datetime, zone: ZoneInfo, attributes: AttributeSql, *, whole: bool
    ) -> None:
        self.at = at
        self.zone = zone
        self.attributes = attributes
        self.whole = whole
        self.parameters: dict[str, object] = {"at": at}

    def bind(self, value: object, kind: str) -> str:
        """A value as a parameter of a type of SQL."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = list(value) if isinstance(value, tuple) else value
        return f"CAST(:{name} AS {kind})"

    def ago(self, days: int) -> str:
        """The moment so many days before now."""
        return self.bind(self.at - timedelta(days=days), "timestamptz")

    def day(self, days: int) -> str:
        """The retailer's day so many days before today."""
        return self.bind(self.at.astimezone(self.zone).date() - timedelta(days=days), "date")

    def month(self, ahead: int) -> int:
        """The retailer's month so many from now, from 1 to 12."""
        return (self.at.astimezone(self.zone).month - 1 + ahead) % 12 + 1


def compiled(
    condition: Condition,
    at: datetime,
    zone: ZoneInfo,
    attributes: AttributeSql,
    *,
    whole: bool = False,
) -> Compiled:
    """The condition over `members m`, as of a moment; for a few of its people, or for all."""
    asking = Asking(at, zone, attributes, whole=whole)
    sql = _of(condition, asking)
    return Compiled(sql, asking.parameters)


def _of(condition: Condition, asking: Asking) -> str:
    return COMPILERS[type(condition)](condition, asking)


def _all(one: All, asking: Asking) -> str:
    return " AND ".join(f"({_of(part, asking)})" for part in one.of)


def _any(one: AnyOf, asking: Asking) -> str:
    return " OR ".join(f"({_of(part, asking)})" for part in one.of)


def _not(one: Not, asking: Asking) -> str:
    return f"NOT ({_of(one.of, asking)})"


def _exists(table: str, rest: str) -> str:
    return f"EXISTS (SELECT FROM {table} x WHERE x.brand = :brand AND x.one_id = m.one_id{rest})"


def _grouped(table: str, rest: str, having: str, asking: Asking) -> str:
    """People whose rows of a table together are so."""
    group = f"GROUP BY x.one_id HAVING {having}"
    if asking.whole:
        return f"m.one_id IN (SELECT x.one_id FROM {table} x WHERE x.brand = :brand{rest} {group})"  # noqa: S608 - our own words
    return _exists(table, f"{rest} {group}")


def _stage(one: Stage, asking: Asking) -> str:
    since = "" if one.for_days is None else f" AND x.since <= {asking.day(one.for_days)}"
    stages = asking.bind(one.stages, "text[]")
    return _exists("lifecycle_standings", f" AND x.stage = ANY ({stages}){since}")


def _between(least: int | None, most: int | None, more_than: Callable[[int], str]) -> str:
    """At least and at most; nothing known counts as nothing bought. `more_than(n)`: more than n."""
    parts = []
    if least:
        parts.append(more_than(least - 1))
    if most is not None:
        parts.append(f"NOT {more_than(most)}")
    return " AND ".join(parts) or "true"


def _orders(one: Orders, asking: Asking) -> str:
    span = (one.at_least, one.at_most)
    if one.within_days is not None:
        return _between(*span, lambda count: _orders_since(one, count, asking))
    if one.channels is None:
        return _between(
            *span,
            lambda count: _exists(
                "member_purchases", f" AND x.orders > {asking.bind(count, 'integer')}"
            ),
        )
    channels = _channels(one.channels, asking)
    return _between(*span, lambda count: _summed("x.orders", channels, count, asking))


def _orders_since(one: Orders, count: int, asking: Asking) -> str:
    kinds = asking.bind(tuple(sorted(kind.value for kind in NEVER_SOLD)), "text[]")
    states = asking.bind(tuple(sorted(status.value for status in CANCELLED)), "text[]")
    channels = _channels(one.channels, asking)
    return (
        "EXISTS (SELECT FROM membership_links l JOIN order_facts x ON x.brand = l.brand"
        " AND x.holder_number = l.number AND x.holder_channel = l.channel"
        f" WHERE l.brand = :brand AND l.one_id = m.one_id AND NOT x.gone{channels}"
        f" AND x.paid > x.refunded AND x.kind <> ALL ({kinds}) AND x.status <> ALL ({states})"
        f" AND x.placed_at >= {asking.ago(one.within_days or 0)}"
        f" GROUP BY l.one_id HAVING count(*) > {asking.bind(count, 'bigint')})"
    )


def _net_amount(one: NetAmount, asking: Asking) -> str:
    rest = f" AND x.currency = {asking.bind(one.currency, 'text')}"
    rest += _channels(one.channels, asking)
    span = (_minor(one.at_least, one.currency), _minor(one.at_most, one.currency))
    return _between(*span, lambda amount: _summed("x.net", rest, amount, asking))


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else money(amount, currency).minor


def _summed(column: str, rest: str, amount: int, asking: Asking) -> str:
    having = f"sum({column}) > {asking.bind(amount, 'bigint')}"
    return _grouped("member_statistics", rest, having, asking)


def _channels(channels: tuple[str, ...] | None, asking: Asking) -> str:
    return "" if channels is None else f" AND x.channel = ANY ({asking.bind(channels, 'text[]')})"


def _last_order(one: LastOrder, asking: Asking) -> str:
    last = "x.last_at" if one.channels is None else "max(x.last_at)"
    spans = []
    if one.within_days is not None:
        spans.append(f"{last} >= {asking.ago(one.within_days)}")
    if one.before_days is not None:
        spans.append(f"{last} < {asking.ago(one.before_days)}")
    when = " AND ".join(spans)
    if one.channels is None:
        return _exists("member_purchases", f" AND {when}")
    return _grouped("member_statistics", _channels(one.channels, asking), when, asking)


def _affinity(one: Affinity, asking: Asking) -> str:
    path = SEPARATOR.join(one.category)
    exact = asking.bind(path, "text")
    low = asking.bind(path + SEPARATOR, "text")
    high = asking.bind(path + _AFTER_SEPARATOR, "text")
    having = f"sum(x.share) >= {asking.bind(one.share, 'float8')}"
    if one.orders is not None:
        having += f" AND sum(x.orders) >= {asking.bind(one.orders, 'bigint')}"
    below = f"(x.category = {exact} OR (x.category >= {low} AND x.category < {high}))"
    found = _grouped("member_affinity", f" AND {below}", having, asking)
    profiling = asking.bind(ConsentPurpose.PROFILING.value, "text")
    refused = refused_of("SELECT m.one_id").replace(":purpose", profiling)
    return f"{found} AND NOT EXISTS (WITH {refused} SELECT FROM refused)"


def _attribute(one: Attribute, asking: Asking) -> str:
    return asking.attributes.compiled(one, asking)


def _tagged(one: Tagged, asking: Asking) -> str:
    return (
        "m.one_id IN (SELECT coalesce(a.one_id, x.one_id) FROM member_tags x"  # noqa: S608 - our own words
        " LEFT JOIN member_aliases a ON a.brand = :brand AND a.old_id = x.one_id"
        f" WHERE x.brand = :brand AND x.tag = ANY ({asking.bind(one.tags, 'text[]')})"
        " AND (x.expires_at IS NULL OR x.expires_at > :at))"
    )


def _member(one: Member, asking: Asking) -> str:
    columns = {"programme": one.programmes, "tier_code": one.tiers, "home_store": one.home_stores}
    known = "".join(
        f" AND r.{column} = ANY ({asking.bind(values, 'text[]')})"
        for column, values in columns.items()
        if values is not None
    )
    if one.joined_within_days is not None:
        known += f" AND r.joined_at >= {asking.ago(one.joined_within_days)}"
    record = (
        " JOIN membership_records r ON r.brand = x.brand AND r.number = x.number"
        " AND r.channel = x.channel"
    )
    links = f"membership_links x{record if known else ''}"
    channels = _channels(one.channels, asking)
    return (
        f"EXISTS (SELECT FROM {links}"
        f" WHERE x.brand = :brand AND x.one_id = m.one_id{channels}{known})"
    )


def _consent(one: Consent, asking: Asking) -> str:
    rules = allowed_of("SELECT m.one_id")
    for name, value in (("purpose", one.purpose.value), ("medium", one.medium.value)):
        rules = rules.replace(f":{name}", asking.bind(value, "text"))
    return f"EXISTS (WITH {rules} SELECT FROM allowed)"


COMPILERS: Mapping[type, Callable[[Any, Asking], str]] = {
    All: _all,
    AnyOf: _any,
    Not: _not,
    Stage: _stage,
    Orders: _orders,
    NetAmount: _net_amount,
    LastOrder: _last_order,
    Affinity: _affinity,
    Attribute: _attribute,
    Tagged: _tagged,
    Member: _member,
    Consent: _consent,
}
