"""Coupons that the platform decides, as one caller meets them: guesses have a budget."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from cache.attempts import Attempts
from capabilities.attempts import Origin, guessers
from capabilities.caller import Caller, Role
from capabilities.errors import BadInput, Forbidden
from capabilities.member.records import Member
from capabilities.promotion.codes import normalised
from capabilities.promotion.coupons import Claiming, CouponChoice, CouponDeclined, Using
from store.owned import Owned
from store.promotion.coupon_moves import NOT_VALID, By, ForOrder
from store.promotion.coupons import Coupons

_T = TypeVar("_T")
_SPENT = CouponDeclined(code="ATTEMPTS_SPENT", path=("input",))
_NOWHERE = Origin()


class CouponDesk:
    """Implements `schema.coupon_part.CouponPart`."""

    def __init__(
        self, owned: Owned, caller: Caller, attempts: Attempts | None, origin: Origin
    ) -> None:
        self._caller = caller
        self._attempts = attempts
        # a whole desk of staff has one address
        self._origin = origin if caller.role is Role.CONSUMER else _NOWHERE
        self._coupons = Coupons(owned)

    async def claim(self, template: str, member: Member | None, key: str) -> Claiming:
        """Give her a coupon of a template."""
        if member is None:
            return CouponDeclined(code="MEMBER_UNKNOWN", path=("input", "membership"))
        return await self._coupons.claim(template, self._by(key, member))

    async def claim_code(self, code: str, member: Member | None, key: str) -> Claiming:
        """Make a coupon hers whose code she has."""
        if member is None:
            return CouponDeclined(code="MEMBER_UNKNOWN", path=("input", "membership"))
        plain = normalised(code)
        by = self._by(key, member)

        async def ask() -> Claiming:
            return NOT_VALID if plain is None else await self._coupons.claim_code(plain, by)

        return await self._guessed((code,), ask)

    async def lock(
        self,
        choice: CouponChoice,
        order: tuple[str, str],
        length: timedelta,
        member: Member | None,
        key: str,
    ) -> Using:
        """Keep coupons for an order."""
        self._check_channel(order[0])
        plain, by = _plain(choice), self._by(key, member)

        async def ask() -> Using:
            if plain is None:
                return NOT_VALID
            return await self._coupons.lock(plain, _order(order), length, by)

        return await self._guessed(choice.codes, ask)

    async def redeem(
        self,
        choice: CouponChoice | str,
        order: tuple[str, str],
        member: Member | None,
        key: str,
    ) -> Using:
        """Use coupons up: a unit, or by choice at once."""
        self._check_channel(order[0])
        by = self._by(key, member)
        if isinstance(choice, str):
            return await self._coupons.redeem(choice, _order(order), by)
        plain, codes = _plain(choice), choice.codes

        async def ask() -> Using:
            if plain is None:
                return NOT_VALID
            return await self._coupons.redeem(plain, _order(order), by)

        return await self._guessed(codes, ask)

    async def give_back(self, unit: str, key: str) -> Using:
        """Make the coupons of a unit good again."""
        own = self._caller.visibility.channels
        return await self._coupons.give_back(unit, self._by(key, None), own)

    async def void(self, coupon: str, key: str) -> Using:
        """Make one good for nothing."""
        if self._caller.visibility.channels is not None:
            raise Forbidden("Coupons of the platform are voided for the whole brand.")
        return await self._coupons.void(coupon, self._by(key, None))

    async def _guessed(
        self, codes: tuple[str, ...], ask: Callable[[], Awaitable[_T]]
    ) -> _T | CouponDeclined:
        """What `ask` gives, as one attempt for each code; wrong ones stay on the budget."""
        if self._attempts is None:
            raise TypeError("a platform without budgets of guessing")
        places = []
        for code in codes:
            who = guessers(
                self._origin, member=self._caller.subject, secret=f"coupon\x1f{normalised(code)}"
            )
            place = await self._attempts.enter(who)
            if place is None:
                return _SPENT
            places.append(place)
        done = await ask()
        if not isinstance(done, CouponDeclined):
            for place in places:
                await place.give_back()
        return done

    def _check_channel(self, channel: str) -> None:
        if not self._caller.visibility.in_channel(channel):
            raise BadInput("there is no such channel", code="CHANNEL_UNKNOWN")

    def _by(self, key: str, member: Member | None) -> By:
        holder = None if member is None else member.one_id
        return By(author=self._caller.subject, key=key, holder=holder)


def _plain(choice: CouponChoice) -> CouponChoice | None:
    """The codes in their one form; None where one is none of ours."""
    codes = [normalised(one) for one in choice.codes]
    known = tuple(one for one in codes if one is not None)
    return CouponChoice(ids=choice.ids, codes=known) if len(known) == len(codes) else None


def _order(order: tuple[str, str]) -> ForOrder:
    return ForOrder(channel=order[0], number=order[1])
