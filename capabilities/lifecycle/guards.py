"""What may stop or hold up a touch, in the order in which it is asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from datetime import time as clock
from enum import Enum
from hashlib import sha256
from zoneinfo import ZoneInfo

from capabilities.lifecycle.campaigns import CampaignPlan, Cap

_BUCKETS = 10_000


class Stop(Enum):
    """Why a touch was not sent, or not yet."""

    CONSENT = "CONSENT"
    QUIET_HOURS = "QUIET_HOURS"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    HOLD_OUT = "HOLD_OUT"
    COST_CAP_TOUCH = "COST_CAP_TOUCH"
    COST_CAP = "COST_CAP"
    UNREACHABLE = "UNREACHABLE"
    SENDER_REFUSED = "SENDER_REFUSED"
    SENDER_AWAY = "SENDER_AWAY"
    NO_WORDS = "NO_WORDS"


def quiet_end(plan: CampaignPlan, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end that it is in now, local time; None outside of them.

    They may go over midnight; hours that begin when they end are none.
    """
    begin, end = clock.fromisoformat(plan.quiet_from), clock.fromisoformat(plan.quiet_until)
    here = now.astimezone(zone)
    moment = here.time().replace(tzinfo=None)
    overnight = end < begin
    inside = (moment >= begin or moment < end) if overnight else begin <= moment < end
    if not inside:
        return None
    day = here.date() + timedelta(days=1 if overnight and moment >= begin else 0)
    return datetime.combine(day, end, tzinfo=zone)


def free_at(caps: Sequence[Cap], sent: Sequence[datetime], now: datetime) -> datetime | None:
    """When one more touch keeps all caps; None where it does now."""
    waits = [_free_at(one, sorted(sent), now) for one in caps]
    return max((one for one in waits if one is not None), default=None)


def _free_at(cap: Cap, sent: Sequence[datetime], now: datetime) -> datetime | None:
    length = timedelta(days=cap.days)
    within = [one for one in sent if one > now - length]
    return within[-cap.touches] + length if len(within) >= cap.touches else None


def held_out(campaign: str, one_id: str, percent: int) -> bool:
    """Whether a person belongs to the hold-out of a campaign: the same answer, always."""
    digest = sha256(f"hold-out\x1f{campaign}\x1f{one_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % _BUCKETS < percent * _BUCKETS // 100
