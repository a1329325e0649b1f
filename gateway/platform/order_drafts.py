"""Orders that callers want, as the platform holds them."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.money import Money
from capabilities.order.changing import OrderDeclined, prorated, rounded, unequal
from capabilities.order.held import HeldLine, HeldOrder, Reduction
from capabilities.order.placing import WantedLine, WantedOrder
from capabilities.time import local_date

_DIGITS = 10


def new_order_number(at: datetime, zone: ZoneInfo) -> str:
    """A number that nobody guesses from another; it begins with the day."""
    return f"{local_date(at, zone):%y%m%d}{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def held_order(
    wanted: WantedOrder, number: str, at: datetime, zone: ZoneInfo, skus: Mapping[str, str]
) -> HeldOrder | OrderDeclined:
    """The order as the platform will hold it; refused where its sums do not hold.

    `skus` has the retailer's own code of what callers write, where the reference knows it.
    """
    currency = wanted.total.currency
    if any(one.currency != currency for one in _sums(wanted)):
        return OrderDeclined(code="CURRENCY_DIFFERS", path=("input", "total"))
    lines = tuple(_line(one, skus) for one in wanted.lines)
    order = HeldOrder(
        channel=wanted.channel,
        number=number,
        kind=wanted.kind,
        holder=None if wanted.membership is None else MembershipKey(*wanted.membership),
        store_code=wanted.store,
        currency=currency,
        items=sum(one.total for one in lines),
        discounts=_reductions(wanted.discount),
        shipping=0 if wanted.shipping is None else wanted.shipping.minor,
        total=wanted.total.minor,
        delivered=wanted.handed_over,
        placed_at=at,
        business_date=local_date(at, zone),
        updated_at=at,
        lines=lines,
    )
    if (refused := unequal(order)) is not None:
        return refused
    if wanted.handed_over:
        given = tuple(replace(one, fulfilled=one.quantity) for one in order.lines)
        order = replace(order, lines=given)
    return prorated(order)


def _line(wanted: WantedLine, skus: Mapping[str, str]) -> HeldLine:
    whole = rounded(wanted.unit_price.minor * wanted.quantity)
    off = _reductions(wanted.discount) + wanted.reductions
    total = whole - sum(one.amount for one in off)
    return HeldLine(
        ref=wanted.ref,
        raw_sku=wanted.sku,
        sku=skus.get(wanted.sku),
        name=wanted.name,
        quantity=wanted.quantity,
        unit=wanted.unit,
        unit_price=wanted.unit_price.minor,
        discounts=off,
        total=total,
        net=total,
        gift=wanted.gift,
    )


def _sums(wanted: WantedOrder) -> tuple[Money, ...]:
    sums = [wanted.discount, wanted.shipping]
    for one in wanted.lines:
        sums += [one.unit_price, one.discount]
    return tuple(one for one in sums if one is not None)


def _reductions(off: Money | None) -> tuple[Reduction, ...]:
    return (Reduction(amount=off.minor),) if off is not None and off.minor else ()
