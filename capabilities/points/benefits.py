"""Benefits of a membership: what the policy gives today, and how often it was used.

A use counts on its own day. A period ends with the tier, or is a time that ends today, so what is
left is computed from the uses whenever somebody asks and never counted down.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.declined import Declined
from capabilities.operations import IdempotencyKeyReused
from capabilities.points.policy import Benefit, Programme
from capabilities.points.records import OrderRef, PolicyRef
from capabilities.points.shown import MembershipBenefit, own_tier
from capabilities.points.standing import Standing

_DAY = timedelta(days=1)


class BenefitUse(Struct, frozen=True, kw_only=True):
    """A benefit that was used; `day` is the programme's. One that was taken back is none."""

    id: str
    membership: MembershipKey
    benefit: str
    policy: PolicyRef
    day: date
    order: OrderRef | None = None
    reason: str
    author: str
    used_at: datetime


class BenefitMoved(Struct, frozen=True, kw_only=True, tag=True):
    """A use that was counted or taken back, and the benefit as it stands after it."""

    use: str
    benefit: MembershipBenefit | None


class BenefitDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nothing was counted; `valid` names the benefits that the membership has."""

    valid: tuple[str, ...] = ()


BenefitChange: TypeAlias = BenefitMoved | BenefitDeclined | IdempotencyKeyReused


def own_benefits(
    programme: Programme, standing: Standing, day: date, uses: Iterable[BenefitUse] = ()
) -> tuple[MembershipBenefit, ...]:
    """What the policy in force on a day gives, with the uses that count on it."""
    version = programme.on(day)
    tier = own_tier(programme, standing, day)
    code = None if tier is None else tier.code
    counted = [one for one in uses if one.policy.programme == programme.code]
    return tuple(
        _shown(one, standing, day, counted)
        for one in (version.policy.benefits if version else ())
        if one.held(code, day)
    )


def named(benefits: Sequence[MembershipBenefit], code: str) -> MembershipBenefit | None:
    """The benefit of a code."""
    return next((one for one in benefits if one.code == code), None)


def _shown(
    one: Benefit, standing: Standing, day: date, uses: Sequence[BenefitUse]
) -> MembershipBenefit:
    since = _since(one, standing, day)
    used = sum(
        use.benefit == one.code and (since is None or use.day >= since) and use.day <= day
        for use in uses
    )
    return MembershipBenefit(
        code=one.code,
        name=one.name,
        uses=one.uses,
        used=used,
        left=None if one.uses is None else max(one.uses - used, 0),
        since=since,
        valid_to=_ends(one, standing),
    )


def _since(one: Benefit, standing: Standing, day: date) -> date | None:
    """The first day whose uses count today; None where all of them do."""
    if one.per is not None:
        return one.per.before(day) + _DAY
    return standing.since if one.tiers else None


def _ends(one: Benefit, standing: Standing) -> date | None:
    """A benefit of a tier ends with it."""
    ends = (one.last, standing.valid_to if one.tiers else None)
    return min((day for day in ends if day is not None), default=None)
