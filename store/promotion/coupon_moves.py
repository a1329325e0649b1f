"""Coupons as they move, each step in the caller's transaction: claimed, locked, used, returned.

Rows are locked in the order of their ids, a unit before its coupons, so that two who want the same
wait for one another and never cross.
"""

import secrets
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.promotion.codes import new_code
from capabilities.promotion.coupons import (
    CouponChoice,
    CouponDeclined,
    CouponState,
    CouponTemplate,
    CouponUnit,
)
from capabilities.time import micros
from store.engine import Run
from store.owned import Owned
from store.promotion.coupon_rows import (
    COLUMNS,
    JOINED,
    code_hash,
    held_of,
    new_id,
    record_steps,
    seal_code,
)
from store.promotion.templates import CouponTemplates

# One answer for unknown, used, expired and another's.
NOT_VALID = CouponDeclined(code="COUPON_NOT_VALID", path=("input",))
# Whose it is by now.
_HOLDER = """
  coalesce((SELECT a.one_id FROM member_aliases a
            WHERE a.brand = c.brand AND a.old_id = c.one_id), c.one_id) AS holder
"""
_CHOSEN = text(f"""
  SELECT {COLUMNS}, {_HOLDER} FROM {JOINED}
  WHERE c.brand = :brand
    AND (c.id = ANY (CAST(:ids AS text[])) OR c.code_hash = ANY (CAST(:hashes AS bytea[])))
  ORDER BY c.id FOR UPDATE OF c
""")  # noqa: S608 - our own words
_OF_UNIT = text(f"""
  SELECT {COLUMNS} FROM {JOINED}
  WHERE c.brand = :brand AND c.unit = :unit ORDER BY c.id FOR UPDATE OF c
""")  # noqa: S608 - our own words
_ADD = text("""
  INSERT INTO coupons (brand, id, template, code_hash, sealed, state, one_id, issued, expires_at)
  VALUES (:brand, :id, :template, :hash, :sealed, 'AVAILABLE', :one_id, :issued, :expires_at)
""")
_CLAIM = text("""
  INSERT INTO coupon_claims AS c (brand, template, one_id, claimed)
  SELECT :brand, :template, :one_id, 1 WHERE CAST(:most AS integer) IS NULL OR :most >= 1
  ON CONFLICT (brand, template, one_id) DO UPDATE SET claimed = c.claimed + 1
  WHERE CAST(:most AS integer) IS NULL OR c.claimed + 1 <= :most RETURNING 1
""")
_EARLIER = text("""
  SELECT coalesce(sum(c.claimed), 0) AS claimed FROM coupon_claims c
  JOIN member_aliases a ON a.brand = c.brand AND a.old_id = c.one_id
  WHERE c.brand = :brand AND c.template = :template AND a.one_id = :one_id
""")
_HOLD = text("""
  UPDATE coupons SET one_id = :one_id
  WHERE brand = :brand AND code_hash = :hash AND one_id IS NULL AND state = 'AVAILABLE'
    AND (expires_at IS NULL OR expires_at > :at) RETURNING id, template
""")
_MOVE = text("""
  UPDATE coupons SET state = :state, unit = CAST(:unit AS text),
    order_channel = CAST(:channel AS text), order_number = CAST(:number AS text),
    locked_until = CAST(:until AS timestamptz)
  WHERE brand = :brand AND id = ANY (CAST(:ids AS text[]))
""")
_ADD_UNIT = text("""
  INSERT INTO coupon_units (brand, unit, size, state, order_channel, order_number, locked_until,
                            author, at)
  VALUES (:brand, :unit, :size, 'LOCKED', :channel, :number, :until, :author, :at)
""")
_UNIT = text("""
  SELECT unit, size, state, order_channel, order_number, locked_until FROM coupon_units
  WHERE brand = :brand AND unit = :unit FOR UPDATE
""")
_READDRESS = text("""
  UPDATE coupon_units SET order_number = :number WHERE brand = :brand AND unit = :unit
""")
_END_UNIT = text("""
  UPDATE coupon_units SET state = :state, at = :at WHERE brand = :brand AND unit = :unit
""")
_VOID = text("""
  UPDATE coupons SET state = 'VOID', unit = NULL, locked_until = NULL
  WHERE brand = :brand AND id = :id AND state IN ('AVAILABLE', 'LOCKED') RETURNING id
""")
# Locks that ran out, and what is over; both already count as such.
_OVERTAKEN = text("""
  WITH found AS (
    SELECT id, expires_at IS NOT NULL AND expires_at <= :at AS over FROM coupons
    WHERE brand = :brand AND ((state = 'LOCKED' AND locked_until <= :at)
                              OR (state = 'AVAILABLE' AND expires_at <= :at))
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
  )
  UPDATE coupons c SET state = CASE WHEN f.over THEN 'EXPIRED' ELSE 'AVAILABLE' END, unit = NULL,
    order_channel = NULL, order_number = NULL, locked_until = NULL
  FROM found f WHERE c.brand = :brand AND c.id = f.id RETURNING c.id, f.over
""")
_AT_ONCE = 1_000
_UNCLAIM = text("""
  UPDATE coupon_claims SET claimed = claimed - 1
  WHERE brand = :brand AND template = :template AND one_id = :one_id
""")


class By(Struct, frozen=True, kw_only=True):
    """Who does it, under which idempotency key; `holder` is the OneID of whom it is for."""

    author: str
    key: str
    holder: str | None = None


class ForOrder(Struct, frozen=True, kw_only=True):
    """The order that coupons are used for."""

    channel: str
    number: str


class CouponMoves:
    """What can be done with the coupons of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._templates = CouponTemplates(owned)

    async def claim_in(self, run: Run, template: str, by: By) -> str | CouponDeclined:
        """The id of the new coupon."""
        known = await self._templates.one_in(run, template)
        at = self._owned.now()
        if known is None or by.holder is None or not known.claimable or not _open(known, at):
            return CouponDeclined(code="COUPON_NOT_OFFERED", path=("input", "template"))
        who = {"brand": self._brand, "template": template, "one_id": by.holder}
        (earlier,) = await run(_EARLIER, who)
        most = None if known.per_member is None else known.per_member - int(earlier.claimed)
        if not await run(_CLAIM, {**who, "most": most}):
            return CouponDeclined(code="COUPON_LIMIT", path=("input", "template"))
        if await self._templates.give_in(run, template, 1) is None:
            # one answer is kept, so the claim is taken back here and not by rolling back
            await run(_UNCLAIM, who)
            return CouponDeclined(code="COUPON_LIMIT", path=("input", "template"))
        return await self._made(run, known, by.holder, "CLAIM", by.author)

    async def issue_in(self, run: Run, template: str, holder: str, author: str) -> str | None:
        """The id of a coupon that is given to somebody; None where none is left to give.

        Whether and how often people may take one themselves is not asked.
        """
        known = await self._templates.one_in(run, template)
        if known is None or not _open(known, self._owned.now()):
            return None
        if await self._templates.give_in(run, template, 1) is None:
            return None
        return await self._made(run, known, holder, "ISSUE", author)

    async def hold_in(self, run: Run, code: str, by: By) -> str | CouponDeclined:
        """The id of a coupon that is hers now."""
        digest = code_hash(self._owned, code)
        named = {"brand": self._brand, "hash": digest, "one_id": by.holder}
        rows = await run(_HOLD, {**named, "at": self._owned.now()})
        if not rows or by.holder is None:
            return NOT_VALID
        await self._step(run, [rows[0].id], "CLAIM", by.author)
        coupon: str = rows[0].id
        return coupon

    async def lock_in(
        self, run: Run, choice: CouponChoice, order: ForOrder, length: timedelta, by: By
    ) -> CouponUnit | CouponDeclined:
        """As `lock`, in the caller's transaction."""
        at = self._owned.now()
        hashes = [code_hash(self._owned, one) for one in choice.codes]
        named = {"brand": self._brand, "ids": list(choice.ids), "hashes": hashes}
        rows = await run(_CHOSEN, named)
        wanted = len(set(choice.ids)) + len(set(choice.codes))
        fit = all(self._usable(row, choice, by.holder, at) for row in rows)
        if not rows or len(rows) != wanted or not fit:
            return NOT_VALID
        unit, until = secrets.token_hex(16), at + length
        place = {"unit": unit, "channel": order.channel, "number": order.number}
        row = {"size": len(rows), "until": until, "author": by.author, "at": at}
        await run(_ADD_UNIT, {"brand": self._brand, **place, **row})
        await self._move(run, rows, CouponState.LOCKED, {**place, "until": until}, by.author)
        return self._unit(unit, CouponState.LOCKED, rows, until)

    async def redeem_for_in(
        self, run: Run, unit: str, order: ForOrder, author: str
    ) -> CouponUnit | CouponDeclined:
        """As `redeem_in`, for the order that the unit's cart became: its number is known now."""
        rows = await run(_UNIT, {"brand": self._brand, "unit": unit})
        if not rows or rows[0].order_channel != order.channel:
            return NOT_VALID
        if rows[0].state == "LOCKED":
            place = {"unit": unit, "number": order.number}
            await run(_READDRESS, {"brand": self._brand, **place})
        return await self.redeem_in(run, unit, order, author)

    async def redeem_in(
        self, run: Run, unit: str, order: ForOrder, author: str
    ) -> CouponUnit | CouponDeclined:
        """As `redeem` of a unit, in the caller's transaction; again for its order is once."""
        at, rows = self._owned.now(), await run(_UNIT, {"brand": self._brand, "unit": unit})
        if not rows or (rows[0].order_channel, rows[0].order_number) != (
            order.channel,
            order.number,
        ):
            return NOT_VALID
        found = await run(_OF_UNIT, {"brand": self._brand, "unit": unit})
        if rows[0].state == CouponState.REDEEMED.value:
            return self._unit(unit, CouponState.REDEEMED, found, None)
        held = [row for row in found if row.state == "LOCKED" and row.locked_until > at]
        if rows[0].state != "LOCKED" or len(held) != rows[0].size:
            return NOT_VALID
        place = {"unit": unit, "channel": order.channel, "number": order.number, "until": None}
        await self._move(run, held, CouponState.REDEEMED, place, author)
        await run(_END_UNIT, {"brand": self._brand, "unit": unit, "state": "REDEEMED", "at": at})
        return self._unit(unit, CouponState.REDEEMED, held, None)

    async def give_back_in(
        self, run: Run, unit: str, author: str, channels: Container[str] | None = None
    ) -> CouponUnit | CouponDeclined:
        """As `give_back`, in the caller's transaction."""
        rows = await run(_UNIT, {"brand": self._brand, "unit": unit})
        if not rows or rows[0].state == "RETURNED":
            return NOT_VALID
        if channels is not None and rows[0].order_channel not in channels:
            return NOT_VALID
        found = await run(_OF_UNIT, {"brand": self._brand, "unit": unit})
        place = {"unit": None, "channel": None, "number": None, "until": None}
        await self._move(run, found, CouponState.AVAILABLE, place, author, "RETURN")
        ended = {"unit": unit, "state": "RETURNED", "at": self._owned.now()}
        await run(_END_UNIT, {"brand": self._brand, **ended})
        return self._unit(unit, CouponState.AVAILABLE, found, None)

    async def void_in(self, run: Run, coupon: str, author: str) -> CouponUnit | CouponDeclined:
        """Make one that is not used up good for nothing."""
        rows = await run(_VOID, {"brand": self._brand, "id": coupon})
        if not rows:
            return NOT_VALID
        await self._step(run, [coupon], "VOID", author)
        found = await run(_CHOSEN, {"brand": self._brand, "ids": [coupon], "hashes": []})
        return self._unit("", CouponState.VOID, found, None)

    async def follow_clock_in(self, run: Run) -> int:
        """Free locks that ran out and mark what is over; how many coupons that were."""
        named = {"brand": self._brand, "at": self._owned.now(), "most": _AT_ONCE}
        rows = await run(_OVERTAKEN, named)
        for action, over in (("EXPIRE", True), ("RELEASE", False)):
            ids = [row.id for row in rows if row.over is over]
            await self._step(run, ids, action, "system:clock")
        return len(rows)

    async def _made(
        self, run: Run, template: CouponTemplate, holder: str, action: str, author: str
    ) -> str:
        """A new coupon that is hers."""
        at = self._owned.now()
        coupon, code = new_id(), new_code()
        row = {
            "id": coupon,
            "template": template.id,
            "hash": code_hash(self._owned, code),
            "sealed": seal_code(self._owned, coupon, code),
            "one_id": holder,
            "issued": micros(at),
            "expires_at": template.expires(at),
        }
        await run(_ADD, {"brand": self._brand, **row})
        await self._step(run, [coupon], action, author)
        return coupon

    def _usable(
        self, row: Row[Any], choice: CouponChoice, holder: str | None, at: datetime
    ) -> bool:
        held = held_of(self._owned, row)
        by_code = row.id not in choice.ids
        hers = row.holder == holder if row.holder is not None and holder is not None else by_code
        return (
            held.status(at).value == CouponState.AVAILABLE.value
            and _open(held.template, at)
            and hers
        )

    async def _move(
        self,
        run: Run,
        rows: Sequence[Row[Any]],
        state: CouponState,
        place: dict[str, Any],
        author: str,
        action: str | None = None,
    ) -> None:
        ids = [row.id for row in rows]
        await run(_MOVE, {"brand": self._brand, "ids": ids, "state": state.value, **place})
        told = {name: place[name] for name in ("unit", "channel", "number")}
        await self._step(run, ids, action or state.value, author, **told)

    async def _step(
        self, run: Run, ids: Sequence[str], action: str, author: str, **told: str | None
    ) -> None:
        if ids:
            named = {**told, "author": author, "at": self._owned.now()}
            await record_steps(run, self._brand, ids, action, named)

    def _unit(
        self, unit: str, state: CouponState, rows: Sequence[Row[Any]], until: datetime | None
    ) -> CouponUnit:
        """What is told of a unit: no code, so that it can be kept as an answer."""
        at = self._owned.now()
        changed = {"state": state, "locked_until": until, "code": None}
        coupons = [
            msgspec.structs.replace(held_of(self._owned, row), **changed).shown(at) for row in rows
        ]
        return CouponUnit(unit=unit, state=state, coupons=tuple(coupons), until=until)


def _open(template: CouponTemplate, at: datetime) -> bool:
    begun = template.starts_at is None or template.starts_at <= at
    return begun and (template.ends_at is None or at < template.ends_at)
