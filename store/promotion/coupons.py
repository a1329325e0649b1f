"""Coupons of one brand as people ask for them: once per idempotency key, and read back."""

import hmac
from collections.abc import Awaitable, Callable, Container, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.operations import IdempotencyKeyReused
from capabilities.promotion.coupons import (
    Claiming,
    CouponChoice,
    CouponClaimed,
    CouponDeclined,
    CouponUnit,
    HeldCoupon,
    Using,
)
from store.engine import Run
from store.owned import Owned
from store.promotion.coupon_moves import NOT_VALID, By, CouponMoves, ForOrder
from store.promotion.coupon_rows import COLUMNS, JOINED, held_of
from store.wishes import KeyReused, once

_ONE = text(f"""
  SELECT {COLUMNS} FROM {JOINED} WHERE c.brand = :brand AND c.id = :id
""")  # noqa: S608 - our own words
_TEMPLATES = text("""
  SELECT u.unit, array_agg(c.template ORDER BY c.template) AS templates, u.size
  FROM coupon_units u JOIN coupons c ON c.brand = u.brand AND c.unit = u.unit
  WHERE u.brand = :brand AND u.unit = ANY (CAST(:units AS text[])) AND u.state = 'LOCKED'
    AND u.locked_until > :at AND c.state = 'LOCKED'
  GROUP BY u.unit, u.size
""")


class _Answer(Struct, frozen=True, kw_only=True):
    """What is kept under an idempotency key: never a code."""

    coupon: str | None = None
    unit: CouponUnit | None = None
    declined: CouponDeclined | None = None


class Coupons:
    """The coupons of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self.moves = CouponMoves(owned)

    async def claim(self, template: str, by: By) -> Claiming:
        """Give a member a coupon of a template that is claimable, within its limits."""
        return await self._claiming(
            by,
            ("claimCoupon", template, by.holder),
            lambda run: self.moves.claim_in(run, template, by),
        )

    async def claim_code(self, code: str, by: By) -> Claiming:
        """Make a coupon hers whose code she has; nobody's before, or hers already."""
        return await self._claiming(
            by, ("claimCode", code, by.holder), lambda run: self.moves.hold_in(run, code, by)
        )

    async def lock(self, choice: CouponChoice, order: ForOrder, length: timedelta, by: By) -> Using:
        """Keep coupons for an order until then, all of them or none."""
        wish = ("lockCoupon", choice, order, length.total_seconds(), by.holder)
        return await self._using(
            by, wish, lambda run: self.moves.lock_in(run, choice, order, length, by)
        )

    async def redeem(self, choice: CouponChoice | str, order: ForOrder, by: By) -> Using:
        """Use coupons up for an order: a unit that was locked for it, or by choice at once."""

        async def work(run: Run) -> CouponUnit | CouponDeclined:
            if isinstance(choice, str):
                return await self.moves.redeem_in(run, choice, order, by.author)
            locked = await self.moves.lock_in(run, choice, order, timedelta(minutes=1), by)
            if isinstance(locked, CouponDeclined):
                return locked
            return await self.moves.redeem_in(run, locked.unit, order, by.author)

        return await self._using(by, ("redeemCoupon", choice, order, by.holder), work)

    async def give_back(self, unit: str, by: By, channels: Container[str] | None = None) -> Using:
        """Make the coupons of a unit good again: all of them, locked or redeemed.

        With `channels`, of an order of one of these alone.
        """
        return await self._using(
            by,
            ("returnCoupon", unit),
            lambda run: self.moves.give_back_in(run, unit, by.author, channels),
        )

    async def void(self, coupon: str, by: By) -> Using:
        """Make one that is not used up good for nothing."""
        return await self._using(
            by, ("voidCoupon", coupon), lambda run: self.moves.void_in(run, coupon, by.author)
        )

    async def follow_clock(self) -> int:
        """Free locks that ran out and mark what is over; how many coupons that were."""
        return await self._owned.store.transaction(self.moves.follow_clock_in)

    async def templates_of(self, units: Sequence[str]) -> frozenset[str]:
        """The templates of units that are locked now, whole ones only."""
        if not units:
            return frozenset()
        named = {"brand": self._brand, "units": list(units), "at": self._owned.now()}
        rows = await self._owned.store.rows(_TEMPLATES, named)
        whole = [row for row in rows if len(row.templates) == row.size]
        return frozenset(one for row in whole for one in row.templates)

    async def one(self, coupon: str) -> HeldCoupon | None:
        """A coupon by its id, with its code."""
        rows = await self._owned.store.rows(_ONE, {"brand": self._brand, "id": coupon})
        return held_of(self._owned, rows[0]) if rows else None

    async def _claiming(
        self, by: By, wish: Any, work: Callable[[Run], Awaitable[str | CouponDeclined]]
    ) -> Claiming:
        async def kept(run: Run) -> _Answer:
            done = await work(run)
            if isinstance(done, CouponDeclined):
                return _Answer(declined=done)
            return _Answer(coupon=done)

        answer = await self._once(by, wish, kept)
        if isinstance(answer, IdempotencyKeyReused):
            return answer
        if answer.coupon is None:
            return answer.declined or NOT_VALID
        held = await self.one(answer.coupon)
        if held is None:  # erased since
            return NOT_VALID
        return CouponClaimed(coupon=held.shown(self._owned.now()), whole_code=held.code)

    async def _using(
        self, by: By, wish: Any, work: Callable[[Run], Awaitable[CouponUnit | CouponDeclined]]
    ) -> Using:
        async def kept(run: Run) -> _Answer:
            done = await work(run)
            if isinstance(done, CouponDeclined):
                return _Answer(declined=done)
            return _Answer(unit=done)

        answer = await self._once(by, wish, kept)
        if isinstance(answer, IdempotencyKeyReused):
            return answer
        return answer.unit or answer.declined or NOT_VALID

    async def _once(
        self, by: By, wish: Any, work: Callable[[Run], Awaitable[_Answer]]
    ) -> _Answer | IdempotencyKeyReused:
        """Once per key. The wish is kept as a keyed hash: it may hold codes."""
        words = msgspec.json.encode(wish)
        hashed = hmac.digest(self._owned.key, b"coupon wish" + words, "sha256").hex()
        who = (self._brand, by.author, by.key)
        try:
            return await self._owned.store.transaction(
                lambda run: once(run, who, hashed, _Answer, lambda: work(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
