"""Uses of benefits as one caller counts them: once per wish, never more than the policy gives."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from msgspec import Struct

from capabilities.audit import Entry
from capabilities.caller import Caller, MembershipKey
from capabilities.member.records import Membership
from capabilities.operations import IdempotencyKeyReused
from capabilities.points.benefits import (
    BenefitChange,
    BenefitDeclined,
    BenefitMoved,
    BenefitUse,
    named,
    own_benefits,
)
from capabilities.points.records import OrderRef
from capabilities.points.standing import Standing
from gateway.platform.points import Ours, PointsReading
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.wishes import KeyReused, once


class _NotDone(Exception):
    """Ends the transaction of a wish that was declined: its key may be used again."""

    def __init__(self, declined: BenefitDeclined) -> None:
        self.declined = declined


class _Meant(Struct, frozen=True):
    """A membership of a programme that the platform decides, and its tier as days pass."""

    key: MembershipKey
    ours: Ours
    standing: Standing


class BenefitDesk:
    """Implements `schema.benefit_part.BenefitPart`."""

    def __init__(self, points: PointsReading, caller: Caller) -> None:
        self._points = points
        self._owned = points.owned
        self._caller = caller

    async def use(
        self,
        membership: Membership | None,
        benefit: str,
        order: OrderRef | None,
        reason: str,
        idempotency_key: str,
    ) -> BenefitChange:
        """Count a use of a benefit that is held today and has one left."""
        meant = await self._meant(membership)
        if isinstance(meant, BenefitDeclined):
            return meant

        async def do(run: Run) -> BenefitMoved:
            before = await self._points.uses.held_in(run, meant.key)
            benefits = own_benefits(meant.ours.programme, meant.standing, meant.ours.today, before)
            shown = named(benefits, benefit)
            if shown is None:
                valid = tuple(one.code for one in benefits)
                raise _NotDone(_declined(code="BENEFIT_NOT_HELD", valid=valid))
            if shown.left == 0:
                raise _NotDone(_declined(code="BENEFIT_USED_UP"))
            use = self._use(meant, benefit, order, reason)
            await self._points.uses.use_in(run, use)
            await self._audit(run, "benefit.used", meant.key, benefit, reason)
            return self._moved(meant, use.id, benefit, (*before, use))

        wish = ("useBenefit", meant.key, benefit, order, reason)
        return await self._wished(idempotency_key, wish, do)

    async def take_back(
        self, membership: Membership | None, use: str, reason: str, idempotency_key: str
    ) -> BenefitChange:
        """Count a use no more."""
        meant = await self._meant(membership)
        if isinstance(meant, BenefitDeclined):
            return meant

        async def do(run: Run) -> BenefitMoved:
            before = await self._points.uses.held_in(run, meant.key)
            now = self._owned.now()
            benefit = await self._points.uses.take_back_in(run, meant.key, use, now)
            if benefit is None:
                declined = BenefitDeclined(code="BENEFIT_USE_UNKNOWN", path=("input", "use"))
                raise _NotDone(declined)
            await self._audit(run, "benefit.taken_back", meant.key, benefit, reason)
            left = tuple(one for one in before if one.id != use)
            return self._moved(meant, use, benefit, left)

        wish = ("takeBackBenefit", meant.key, use, reason)
        return await self._wished(idempotency_key, wish, do)

    async def _meant(self, membership: Membership | None) -> _Meant | BenefitDeclined:
        path = ("input", "membership")
        if membership is None:
            return BenefitDeclined(code="MEMBERSHIP_UNKNOWN", path=path)
        ours = await self._points.ours(membership.channel)
        if ours is None:
            return BenefitDeclined(code="POINTS_NOT_OURS", path=path)
        standing = await self._points.standing(membership.key, ours)
        return _Meant(membership.key, ours, standing)

    def _use(self, meant: _Meant, benefit: str, order: OrderRef | None, reason: str) -> BenefitUse:
        return BenefitUse(
            id=uuid4().hex,
            membership=meant.key,
            benefit=benefit,
            policy=meant.ours.version.ref,
            day=meant.ours.today,
            order=order,
            reason=redacted_text(reason),
            author=self._caller.subject,
            used_at=self._owned.now(),
        )

    def _moved(
        self, meant: _Meant, use: str, benefit: str, uses: tuple[BenefitUse, ...]
    ) -> BenefitMoved:
        """The benefit as it stands; None where it is held no more."""
        benefits = own_benefits(meant.ours.programme, meant.standing, meant.ours.today, uses)
        return BenefitMoved(use=use, benefit=named(benefits, benefit))

    async def _audit(
        self, run: Run, action: str, key: MembershipKey, benefit: str, reason: str
    ) -> None:
        caller = self._caller
        facts = {"channel": key.channel, "number": key.number, "benefit": benefit}
        entry = Entry(
            action=action,
            actor=caller.subject,
            role=caller.role.value,
            reason=redacted_text(reason),
            facts=facts,
        )
        await audited(run, self._owned.brand, entry)

    async def _wished(
        self, key: str, wish: Any, do: Callable[[Run], Awaitable[BenefitMoved]]
    ) -> BenefitChange:
        who = (self._owned.brand, self._caller.subject, key)
        try:
            done: BenefitMoved = await self._owned.store.transaction(
                lambda run: once(run, who, wish, BenefitMoved, lambda: do(run))
            )
        except _NotDone as exc:
            return exc.declined
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done


def _declined(*, code: str, valid: tuple[str, ...] = ()) -> BenefitDeclined:
    return BenefitDeclined(code=code, path=("input", "benefit"), valid=valid)
