"""Whatever is done with coupons at once: each is used at most once, and units are conserved."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from capabilities.promotion.coupons import CouponChoice, CouponTemplate, CouponUnit
from gateway.embedded import EmbeddedPostgres
from store.engine import Store
from store.owned import Owned
from store.promotion.coupon_moves import By, ForOrder
from store.promotion.coupons import Coupons
from store.promotion.templates import CouponTemplates
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.promotion.conftest import Clock

_CONSERVED = text("""
  SELECT c.id, c.state, c.unit, u.state AS unit_state,
    (SELECT count(*) FILTER (WHERE s.action = 'REDEEMED')
          - count(*) FILTER (WHERE s.action = 'RETURN' AND EXISTS (
              SELECT FROM coupon_steps p WHERE p.brand = s.brand AND p.coupon = s.coupon
                AND p.sequence = s.sequence - 1 AND p.action = 'REDEEMED'))
     FROM coupon_steps s WHERE s.brand = c.brand AND s.coupon = c.id) AS used
  FROM coupons c LEFT JOIN coupon_units u ON u.brand = c.brand AND u.unit = c.unit
  WHERE c.brand = :brand
""")
_WHOLE = text("""
  SELECT u.unit FROM coupon_units u WHERE u.brand = :brand AND u.state = 'REDEEMED'
    AND u.size <> (SELECT count(*) FROM coupons c WHERE c.brand = u.brand AND c.unit = u.unit
                                                    AND c.state = 'REDEEMED')
""")
_PICK = st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)


class Machine(RuleBasedStateMachine):
    database: str
    count = 0

    @initialize()
    def begin(self):
        self.loop = asyncio.new_event_loop()
        self.clock, self.keys, self.units = Clock(), 0, []
        Machine.count += 1
        self.owned = Owned(
            store=Store.open(self.database, deadline_seconds=30),
            brand=f"b{Machine.count}",
            sealer=Sealer(b"v" * 32),
            key=b"h" * 32,
            zone=ZoneInfo("Asia/Shanghai"),
            now=self.clock,
        )
        self.coupons = Coupons(self.owned)
        self.run(self.fill())

    async def fill(self):
        ten = CouponTemplate(id="ten", name="ten", claimable=True)
        await CouponTemplates(self.owned).put(ten, author="ops", reason="test")
        self.ids = [(await self.coupons.claim("ten", self.by("ann"))).coupon.key for _ in range(4)]

    def run(self, work):
        return self.loop.run_until_complete(work)

    def by(self, holder=None):
        self.keys += 1
        return By(author="till", key=f"k{self.keys}", holder=holder)

    def choice(self, picked):
        return CouponChoice(ids=tuple(self.ids[at] for at in picked))

    @rule(first=_PICK, second=_PICK, seconds=st.sampled_from([10, 1000]))
    def lock_at_once(self, first, second, seconds):
        length = timedelta(seconds=seconds)
        orders = [ForOrder(channel="shop", number=str(self.keys + at)) for at in range(2)]
        asked = [
            self.coupons.lock(self.choice(picked), order, length, self.by("ann"))
            for picked, order in zip((first, second), orders, strict=True)
        ]
        done = self.run(_together(asked))
        if set(first) & set(second):
            assert not all(isinstance(one, CouponUnit) for one in done)
        self.units += [
            (one.unit, order)
            for one, order in zip(done, orders, strict=True)
            if isinstance(one, CouponUnit)
        ]

    @rule(picked=_PICK, at=st.integers(0, 9))
    def redeem_a_unit_and_its_coupons_at_once(self, picked, at):
        order = ForOrder(channel="shop", number="direct")
        asked = [self.coupons.redeem(self.choice(picked), order, self.by("ann"))]
        if self.units:
            unit, its = self.units[at % len(self.units)]
            asked += [self.coupons.redeem(unit, its, self.by()) for _ in range(2)]
        done = self.run(_together(asked))
        if isinstance(done[0], CouponUnit):
            self.units.append((done[0].unit, order))

    @rule(at=st.integers(0, 9))
    def give_back_and_redeem_at_once(self, at):
        if self.units:
            unit, its = self.units[at % len(self.units)]
            asked = [
                self.coupons.give_back(unit, self.by()),
                self.coupons.redeem(unit, its, self.by()),
            ]
            self.run(_together(asked))

    @rule(seconds=st.sampled_from([1, 20]))
    def time_passes(self, seconds):
        self.clock.pass_by(seconds=seconds)
        self.run(self.coupons.follow_clock())

    @invariant()
    def each_is_used_at_most_once_and_units_are_whole(self):
        if not hasattr(self, "ids"):
            return
        rows = self.run(self.owned.store.rows(_CONSERVED, {"brand": self.owned.brand}))
        assert {row.id for row in rows} == set(self.ids)
        for row in rows:
            assert row.used == (row.state == "REDEEMED"), row
            if row.state == "REDEEMED":
                assert row.unit_state == "REDEEMED"
        assert self.run(self.owned.store.rows(_WHOLE, {"brand": self.owned.brand})) == []

    def teardown(self):
        if hasattr(self, "loop"):
            self.run(self.owned.store.aclose())
            self.loop.close()


async def _together(asked):
    return await asyncio.gather(*asked)


def test_coupons_are_conserved(postgres: EmbeddedPostgres):
    Machine.database = migrated(postgres, "coupon_machine")
    test = Machine.TestCase()
    test.settings = settings(
        max_examples=12,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    test.runTest()
