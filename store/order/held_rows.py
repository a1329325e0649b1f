"""Rows of orders that the platform holds, read and written for many orders at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.events import Subject
from capabilities.order.held import HeldLine, HeldOrder, Reduction
from capabilities.order.records import OrderKind, ProductRef
from store.engine import Run

_ASKED = """unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
         WITH ORDINALITY AS a (channel, number, place)"""
_READ = text(f"""
  SELECT a.place AS asked, o.* FROM {_ASKED}
  JOIN platform_orders o ON o.brand = :brand AND o.channel = a.channel AND o.number = a.number
""")  # noqa: S608 - our own words
# In key order, so that two batches that meet wait for one another and never cross.
_LOCK = text("""
  SELECT 1 FROM platform_orders
  WHERE brand = :brand AND (channel, number) IN (
    SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])))
  ORDER BY channel, number FOR UPDATE
""")
_LINES = text("""
  SELECT l.* FROM (
    SELECT DISTINCT * FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
  ) AS a (channel, number)
  JOIN platform_order_lines l
    ON l.brand = :brand AND l.channel = a.channel AND l.number = a.number
  ORDER BY l.channel, l.number, l.place
""")
# In key order, as they are locked.
_PLACE = text("""
  INSERT INTO platform_orders (brand, channel, number, version, kind, status, payment_status,
    fulfillment_status, holder_number, holder_channel, store, currency, items, discounts, shipping,
    fees, total, paid, refunded, closed, delivered, placed_at, business_date, paid_at, completed_at,
    updated_at, owner, sealed_personal)
  SELECT :brand, a.channel, a.number, a.version, a.kind, a.status, a.payment_status,
    a.fulfillment_status, a.holder_number, a.holder_channel, a.store, a.currency, a.items,
    CAST(a.discounts AS jsonb), a.shipping, a.fees, a.total, a.paid, a.refunded, a.closed,
    a.delivered, a.placed_at, a.business_date, a.paid_at, a.completed_at, a.updated_at, a.owner,
    a.sealed
  FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]), CAST(:version AS integer[]),
              CAST(:kind AS text[]), CAST(:status AS text[]), CAST(:payment_status AS text[]),
              CAST(:fulfillment_status AS text[]), CAST(:holder_number AS text[]),
              CAST(:holder_channel AS text[]), CAST(:store AS text[]), CAST(:currency AS text[]),
              CAST(:items AS bigint[]), CAST(:discounts AS text[]), CAST(:shipping AS bigint[]),
              CAST(:fees AS bigint[]), CAST(:total AS bigint[]), CAST(:paid AS bigint[]),
              CAST(:refunded AS bigint[]), CAST(:closed AS boolean[]),
              CAST(:delivered AS boolean[]), CAST(:placed_at AS timestamptz[]),
              CAST(:business_date AS date[]), CAST(:paid_at AS timestamptz[]),
              CAST(:completed_at AS timestamptz[]), CAST(:updated_at AS timestamptz[]),
              CAST(:owner AS text[]), CAST(:sealed AS bytea[]))
       AS a (channel, number, version, kind, status, payment_status, fulfillment_status,
             holder_number, holder_channel, store, currency, items, discounts, shipping, fees,
             total, paid, refunded, closed, delivered, placed_at, business_date, paid_at,
             completed_at, updated_at, owner, sealed)
  ORDER BY a.channel, a.number
  ON CONFLICT DO NOTHING RETURNING channel, number
""")
_PLACE_LINES = text("""
  INSERT INTO platform_order_lines (brand, channel, number, ref, place, raw_sku, sku, codes, name,
    quantity, unit, unit_price, discounts, total, net, gift, fulfilled, returned, refunded)
  SELECT :brand, a.channel, a.number, a.ref, a.place, a.raw_sku, a.sku, CAST(a.codes AS jsonb),
         a.name, a.quantity, a.unit, a.unit_price, CAST(a.discounts AS jsonb), a.total, a.net,
         a.gift, a.fulfilled, a.returned, a.refunded
  FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]), CAST(:place AS integer[]),
              CAST(:ref AS text[]), CAST(:raw_sku AS text[]), CAST(:sku AS text[]),
              CAST(:codes AS text[]), CAST(:name AS text[]), CAST(:quantity AS numeric[]),
              CAST(:unit AS text[]), CAST(:unit_price AS bigint[]), CAST(:discounts AS text[]),
              CAST(:total AS bigint[]), CAST(:net AS bigint[]), CAST(:gift AS boolean[]),
              CAST(:fulfilled AS numeric[]), CAST(:returned AS numeric[]),
              CAST(:refunded AS bigint[]))
       AS a (channel, number, place, ref, raw_sku, sku, codes, name, quantity, unit, unit_price,
             discounts, total, net, gift, fulfilled, returned, refunded)
""")
_SAVE = text("""
  UPDATE platform_orders o
  SET version = a.version, status = a.status, payment_status = a.payment_status,
      fulfillment_status = a.fulfillment_status, paid = a.paid, refunded = a.refunded,
      closed = a.closed, delivered = a.delivered, paid_at = a.paid_at,
      completed_at = a.completed_at, updated_at = a.updated_at
  FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]), CAST(:version AS integer[]),
              CAST(:status AS text[]), CAST(:payment_status AS text[]),
              CAST(:fulfillment_status AS text[]), CAST(:paid AS bigint[]),
              CAST(:refunded AS bigint[]), CAST(:closed AS boolean[]),
              CAST(:delivered AS boolean[]), CAST(:paid_at AS timestamptz[]),
              CAST(:completed_at AS timestamptz[]), CAST(:updated_at AS timestamptz[]))
       AS a (channel, number, version, status, payment_status, fulfillment_status, paid, refunded,
             closed, delivered, paid_at, completed_at, updated_at)
  WHERE o.brand = :brand AND o.channel = a.channel AND o.number = a.number
""")
_SAVE_LINES = text("""
  UPDATE platform_order_lines l
  SET fulfilled = a.fulfilled, returned = a.returned, refunded = a.refunded
  FROM unnest(CAST(:refs AS text[]), CAST(:fulfilled AS numeric[]), CAST(:returned AS numeric[]),
              CAST(:refunded AS bigint[])) AS a (ref, fulfilled, returned, refunded)
  WHERE l.brand = :brand AND l.channel = :channel AND l.number = :number AND l.ref = a.ref
""")
_FIXED = ("currency", "items", "shipping", "fees", "total", "placed_at", "business_date")


class NewOrder(Struct, frozen=True, kw_only=True):
    """An order that is to be written; `sealed` is what it says of a person, under `owner`'s key."""

    order: HeldOrder
    owner: str
    sealed: bytes | None = None


async def read(run: Run, brand: str, keys: Sequence[Subject]) -> list[HeldOrder | None]:
    """One order per key, in order, None where none is held."""
    named = _named(brand, keys)
    rows = await run(_READ, named) if keys else []
    held = await with_lines(run, brand, rows)
    found = dict(zip([row.asked for row in rows], held, strict=True))
    return [found.get(place) for place in range(1, len(keys) + 1)]


async def locked(run: Run, brand: str, keys: Sequence[Subject]) -> list[HeldOrder | None]:
    """As `read`, with nobody else changing them until the transaction ends."""
    if keys:
        await run(_LOCK, _named(brand, keys))
    return await read(run, brand, keys)


async def with_lines(run: Run, brand: str, rows: Sequence[Row[Any]]) -> list[HeldOrder]:
    """Orders of their rows, in the same order."""
    keys = [Subject(key=row.number, channel=row.channel) for row in rows]
    lines: defaultdict[tuple[str, str], list[HeldLine]] = defaultdict(list)
    for line in await run(_LINES, _named(brand, keys)) if rows else []:
        lines[line.channel, line.number].append(_line(line))
    return [_order(row, lines[row.channel, row.number]) for row in rows]


async def insert(run: Run, brand: str, new: Sequence[NewOrder]) -> list[HeldOrder]:
    """Write new orders; those whose number was free, in the order they came."""
    orders = [one.order for one in new]
    columns = {
        **_changing(orders),
        "kind": [one.kind.value for one in orders],
        "holder_number": [one.holder and one.holder.number for one in orders],
        "holder_channel": [one.holder and one.holder.channel for one in orders],
        "store": [one.store_code for one in orders],
        "discounts": [_text(one.discounts) for one in orders],
        "owner": [one.owner for one in new],
        "sealed": [one.sealed for one in new],
    }
    for name in _FIXED:
        columns[name] = [getattr(one, name) for one in orders]
    rows = await run(_PLACE, {"brand": brand, **columns}) if new else []
    free = {(row.channel, row.number) for row in rows}
    placed = [one for one in orders if (one.channel, one.number) in free]
    if placed:
        await run(_PLACE_LINES, {"brand": brand, **_columns(placed)})
    return placed


async def update(run: Run, brand: str, orders: Sequence[HeldOrder]) -> None:
    """Write how orders stand after a change; their lines are `update_lines`'."""
    await run(_SAVE, {"brand": brand, **_changing(orders)})


async def update_lines(run: Run, brand: str, order: HeldOrder) -> None:
    """Write how the lines of an order stand after a change."""
    key = {"brand": brand, "channel": order.channel, "number": order.number}
    columns = {
        "refs": [line.ref for line in order.lines],
        "fulfilled": [line.fulfilled for line in order.lines],
        "returned": [line.returned for line in order.lines],
        "refunded": [line.refunded for line in order.lines],
    }
    await run(_SAVE_LINES, {**key, **columns})


def _named(brand: str, keys: Sequence[Subject]) -> dict[str, object]:
    return {
        "brand": brand,
        "channels": [one.channel for one in keys],
        "numbers": [one.key for one in keys],
    }


def _changing(orders: Sequence[HeldOrder]) -> dict[str, list[Any]]:
    return {
        "channel": [one.channel for one in orders],
        "number": [one.number for one in orders],
        "version": [one.version for one in orders],
        "status": [one.status.value for one in orders],
        "payment_status": [one.payment_status.value for one in orders],
        "fulfillment_status": [one.fulfillment_status.value for one in orders],
        "paid": [one.paid for one in orders],
        "refunded": [one.refunded for one in orders],
        "closed": [one.closed for one in orders],
        "delivered": [one.delivered for one in orders],
        "paid_at": [one.paid_at for one in orders],
        "completed_at": [one.completed_at for one in orders],
        "updated_at": [one.updated_at for one in orders],
    }


def _columns(orders: Sequence[HeldOrder]) -> dict[str, list[Any]]:
    plain = (
        *("ref", "raw_sku", "sku", "name", "quantity", "unit", "unit_price", "total", "net"),
        *("gift", "fulfilled", "returned", "refunded"),
    )
    placed = [(one, place, line) for one in orders for place, line in enumerate(one.lines, 1)]
    columns: dict[str, list[Any]] = {
        name: [getattr(line, name) for _, _, line in placed] for name in plain
    }
    columns["channel"] = [order.channel for order, _, _ in placed]
    columns["number"] = [order.number for order, _, _ in placed]
    columns["place"] = [place for _, place, _ in placed]
    columns["codes"] = [_text(line.codes) for _, _, line in placed]
    columns["discounts"] = [_text(line.discounts) for _, _, line in placed]
    return columns


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _order(row: Row[Any], lines: Sequence[HeldLine]) -> HeldOrder:
    held = row.holder_number is not None
    return HeldOrder(
        channel=row.channel,
        number=row.number,
        version=row.version,
        kind=OrderKind(row.kind),
        holder=MembershipKey(row.holder_channel, row.holder_number) if held else None,
        store_code=row.store,
        currency=row.currency,
        items=row.items,
        discounts=msgspec.convert(row.discounts, tuple[Reduction, ...]),
        shipping=row.shipping,
        fees=row.fees,
        total=row.total,
        paid=row.paid,
        refunded=row.refunded,
        closed=row.closed,
        delivered=row.delivered,
        placed_at=row.placed_at,
        business_date=row.business_date,
        paid_at=row.paid_at,
        completed_at=row.completed_at,
        updated_at=row.updated_at,
        lines=tuple(lines),
    )


def _line(row: Row[Any]) -> HeldLine:
    return HeldLine(
        ref=row.ref,
        raw_sku=row.raw_sku,
        sku=row.sku,
        codes=msgspec.convert(row.codes, tuple[ProductRef, ...]),
        name=row.name,
        quantity=row.quantity,
        unit=row.unit,
        unit_price=row.unit_price,
        discounts=msgspec.convert(row.discounts, tuple[Reduction, ...]),
        total=row.total,
        net=row.net,
        gift=row.gift,
        fulfilled=row.fulfilled,
        returned=row.returned,
        refunded=row.refunded,
    )
