"""The platform of one brand, whose clock a test sets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.pricing.definition import PercentOff
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.records import PromotionKind
from store.owned import Owned
from store.promotion.promotions import Promotions
from store.promotion.steps import Wanted
from store.sealing import Sealer

NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
PLAN = PromotionPlan(
    id="eleven",
    name="双十一",
    kind=PromotionKind.ITEM_DISCOUNT,
    reward=PercentOff(percent=Decimal(10)),
    starts_at=NOON - timedelta(hours=1),
    ends_at=NOON + timedelta(hours=1),
)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def pass_by(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def owned(store, clock):
    return Owned(
        store=store,
        brand="baiwei",
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=clock,
    )


@pytest.fixture
def promotions(owned):
    return Promotions(owned)


def wanted(key, author="ops", reason="to sell"):
    return Wanted(author=author, reason=reason, key=key)


def plan(**changes):
    return replace(PLAN, **changes)
