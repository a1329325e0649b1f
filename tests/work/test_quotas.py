"""Quotas of a running sale with real systems: pushes lost, doubled, late and never confirmed."""

from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.caller import Person, Role
from capabilities.flash.lifecycle import SaleDeclined, Step
from capabilities.flash.quotas import QuotaState
from capabilities.flash.records import SHARED, FlashSale, Reserved, SaleState, Supply, Wish
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from connectors.manifest import load_system
from store.engine import Store
from store.flash.audit import audit
from store.flash.quotas import Quotas, Shop
from store.flash.running import Running
from store.flash.selling import Asked, reserve
from store.flash.settling import pay
from store.flash.stock_commands import StockCommands
from store.flash.taking import Home
from store.owned import Owned
from store.sealing import Sealer
from tests.connectors.conformance.stock_systems import SECRETS, STOCK_SYSTEMS
from tests.connectors.conformance.subject import World
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.quotas import QuotaWatch
from work.stock_commands import StockRelay

ZONE = ZoneInfo("Asia/Shanghai")
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 60},
    supply=Supply(on_hand=60),
)


class Post:
    """A sale, a channel that sells some of it in its own cart, and the back door between them."""

    def __init__(self, store, system, code):
        self.store, self.brand, self.system, self.code = store, fresh_brand(), system, code
        self.now = datetime.now(UTC)
        owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZONE,
            now=lambda: self.now,
        )
        self.specs = {"shop": system.spec()}
        self.running = Running(store, self.brand)
        self.quotas = Quotas(store, self.brand, owned.now)
        commands = StockCommands(store, self.brand)
        self.relay = StockRelay(owned, commands, self.specs.get, self._opened)
        self.watch = QuotaWatch(self.quotas, self.specs.get, self._opened)
        self.buyers = count()

    @asynccontextmanager
    async def _opened(self, spec):
        connector = await open_connector(spec, SilentObserver(), zone=ZONE)
        try:
            yield connector
        finally:
            await connector.aclose()

    async def opened(self):
        await self.running.define(SALE, "ann")
        await self.running.take("s1", Step.PRELOAD, "ann")
        ann, bob = (Person(subject=one, role=Role.OPERATIONS) for one in ("ann", "bob"))
        proposal = await self.running.propose("s1", Step.OPEN, ann)
        with pytest.raises(SaleDeclined) as unopened:
            await self.push()
        assert unopened.value.code == "FLASH_SALE_SECOND_PERSON"
        await self.running.confirm(proposal.id, bob)

    async def push(self, units=40, code=None):
        shop = Shop(connector="shop", kind="sku", code=code or self.code)
        return await self.quotas.push("s1", self.system.channel, units, shop, "ann")

    async def worked(self):
        """A while later: what is due is told, then everything is looked at."""
        self.now += timedelta(minutes=2)
        await self.relay.run()
        await self.watch.run()
        await self.relay.run()
        return await self.quota()

    async def quota(self):
        (found,) = await self.quotas.shown("s1")
        return found

    async def buy(self, many):
        """Buyers of ours; what they reserved."""
        home = Home(self.brand, "s1", 0)
        asked = [Asked(home, Wish(f"m{next(self.buyers)}", "k", "app")) for _ in range(many)]
        got = await self.store.transaction(lambda run: reserve(run, self.brand, asked))
        return [one.reservation for one in got if isinstance(one, Reserved)]

    async def figures(self):
        found = await self.store.transaction(lambda run: audit(run, self.brand, "s1"))
        assert found.faults == ()
        assert found.allocated + found.pushed == 60, "no unit comes from nothing or goes there"
        return found

    async def closed(self, sold, ids):
        """The end: what was not sold is back, and the sale is reconciled."""
        await self.running.take("s1", Step.CLOSE, "ann")
        with pytest.raises(SaleDeclined, match="not back yet"):
            await self.running.take("s1", Step.RECONCILE, "ann")
        for _ in range(3):
            quota = await self.worked()
        assert (quota.state, quota.sold, quota.units) == (QuotaState.RETURNED, sold, sold)
        found = await self.figures()
        assert (found.pushed, found.sold_outside) == (sold, sold)
        assert await self.system.left(self.code) == 0
        await self.store.transaction(lambda run: pay(run, self.brand, "s1", ids))
        done = await self.running.take("s1", Step.RECONCILE, "ann")
        assert done.state is SaleState.RECONCILED
        last = await self.store.transaction(lambda run: audit(run, self.brand, "s1"))
        assert (last.faults, last.allocated, last.pushed) == ((), len(ids), sold)


@pytest.fixture(scope="module")
def systems(postgres, tmp_path_factory):
    made = {}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        # Each look opens its connector anew; reading its manifest each time is not the point.
        patch.setattr("connectors.connector.load_system", cache(load_system))
        world = World(postgres, tmp_path_factory, stack)

        def of(name):
            if name not in made:
                made[name] = STOCK_SYSTEMS[name](world.server)
            return made[name]

        yield of


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "quotas")


@pytest.fixture(params=STOCK_SYSTEMS)
async def post(request, database, systems):
    store = Store.open(database, deadline_seconds=30)
    system = systems(request.param)
    made = Post(store, system, next(_UNUSED))
    await made.opened()
    yield made
    await system.control("fault", mode="none")
    await system.control("push_fault", modes=[])
    await system.control("arrive")
    await store.aclose()


def _codes():
    """Codes that no test has sold before, each of one product."""
    from demo.sample import make_retailer  # noqa: PLC0415  # slow
    from demo.sample.records import WOO  # noqa: PLC0415  # as above

    written = [one.written for one in make_retailer().codes[WOO]]
    return [one for one in written[2:] if one and written.count(one) == 1]


_UNUSED = iter(_codes())


async def test_a_quota_is_out_of_its_pool_at_the_push_and_what_is_left_comes_back(post):
    quota = await post.push()
    assert (quota.state, quota.units, quota.left) == (QuotaState.PUSHING, 40, None)
    assert (await post.figures()).allocated == 20, "before anybody was told"
    quota = await post.worked()
    assert (quota.state, quota.left, quota.reason) == (QuotaState.ACCEPTED, 40, None)
    ids = await post.buy(25)
    assert len(ids) == 20, "what is pushed is not sold here"
    assert await post.system.sell(post.code, 13) == 13
    quota = await post.worked()
    assert (quota.sold, quota.left, quota.over) == (13, 27, 0)
    await post.closed(13, ids)


async def test_a_push_that_was_lost_keeps_its_quota_and_is_told_again(post):
    await post.push()
    await post.system.control("push_fault", modes=["lost"])
    await post.relay.run()
    quota = await post.quota()
    assert (quota.state, quota.units) == (QuotaState.UNKNOWN, 40)
    assert (await post.figures()).pushed == 40
    quota = await post.worked()
    assert (quota.state, quota.left) == (QuotaState.ACCEPTED, 40)
    assert await post.system.sell(post.code, 40) == 40
    await post.closed(40, [])


@pytest.mark.parametrize("mode", ["late", "doubled"])
async def test_a_push_that_comes_again_after_some_were_sold_is_corrected(post, mode):
    await post.push()
    await post.system.control("push_fault", modes=[mode])
    await post.relay.run()
    assert (await post.worked()).state is QuotaState.ACCEPTED
    assert await post.system.sell(post.code, 10) == 10
    assert (await post.worked()).sold == 10
    assert await post.system.control("arrive") == {"arrived": 1}
    assert await post.system.left(post.code) == 40, "ten too many"
    quota = await post.worked()
    assert (quota.state, quota.sold) == (QuotaState.ACCEPTED, 10)
    assert await post.system.left(post.code) == 30
    assert await post.system.sell(post.code, 99) == 30
    ids = await post.buy(3)
    await post.closed(40, ids)


async def test_a_push_that_is_never_confirmed_stays_reserved_until_its_stock_is_back(post):
    await post.push()
    await post.system.control("push_fault", modes=["unconfirmed"])
    await post.relay.run()
    await post.system.control("fault", mode="error500")
    for _ in range(2):
        quota = await post.worked()
    assert (quota.state, quota.units, quota.left) == (QuotaState.UNKNOWN, 40, None)
    assert quota.reason is not None
    ids = await post.buy(25)
    assert len(ids) == 20
    assert await post.system.sell(post.code, 7) == 7, "it did come, as nobody here knows"
    await post.running.take("s1", Step.CLOSE, "ann")
    assert (await post.worked()).state is not QuotaState.RETURNED
    assert (await post.figures()).pushed == 40
    await post.system.control("fault", mode="none")
    post.now += timedelta(hours=1)
    for _ in range(3):
        quota = await post.worked()
    assert (quota.state, quota.sold, quota.units) == (QuotaState.RETURNED, 7, 7)
    assert (await post.figures()).sold_outside == 7


async def test_stock_that_comes_back_after_the_end_is_taken_again_and_sales_are_counted(post):
    await post.push()
    await post.system.control("push_fault", modes=["doubled"])
    await post.worked()
    await post.running.take("s1", Step.CLOSE, "ann")
    for _ in range(3):
        quota = await post.worked()
    assert (quota.state, quota.sold, quota.units) == (QuotaState.RETURNED, 0, 0)
    await post.system.control("arrive")
    assert await post.system.sell(post.code, 4) == 4, "buyers are quicker than a look"
    for _ in range(3):
        quota = await post.worked()
    assert (quota.state, quota.sold, quota.units) == (QuotaState.RETURNED, 4, 4)
    assert (await post.figures()).pushed == 4, "the shared pool pays for what was sold"
    assert await post.system.left(post.code) == 0


async def test_what_fails_waits_for_a_person_who_may_settle_it(post):
    quota = await post.push(code="nobody's-code")
    await post.relay.run()
    quota = await post.quota()
    assert (quota.state, quota.reason) == (QuotaState.FAILED, "PRODUCT_UNKNOWN")
    assert (await post.figures()).pushed == 40
    with pytest.raises(SaleDeclined, match="take it back first"):
        await post.push()
    await post.quotas.again("s1", post.system.channel, "ann")
    assert (await post.worked()).state is QuotaState.FAILED
    with pytest.raises(SaleDeclined, match="0 to all"):
        await post.quotas.settle("s1", post.system.channel, 41, "ann")
    quota = await post.quotas.settle("s1", post.system.channel, 5, "ann")
    assert (quota.state, quota.units, quota.sold) == (QuotaState.RETURNED, 5, 5)
    found = await post.store.transaction(lambda run: audit(run, post.brand, "s1"))
    assert (found.faults, found.allocated, found.pushed) == ((), 20, 5), "one person sells nothing"
    ann, bob = (Person(subject=one, role=Role.OPERATIONS) for one in ("ann", "bob"))
    proposal = await post.running.propose("s1", Step.TOP_UP, ann, units=35)
    await post.running.confirm(proposal.id, bob)
    assert (await post.figures()).allocated == 55
    rows = await post.store.rows(
        text("SELECT action FROM audit_entries WHERE brand = :brand ORDER BY number"),
        {"brand": post.brand},
    )
    actions = [row.action for row in rows][-5:-2]
    assert actions == ["flash.pushed", "flash.pushed_again", "flash.settled"]


async def test_more_than_there_is_is_not_given_out(post):
    with pytest.raises(SaleDeclined) as short:
        await post.push(61)
    assert short.value.code == "FLASH_STOCK_SHORT"
    assert await post.quotas.shown("s1") == []
    await post.push(60)
    assert await post.buy(1) == []


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("UPDATE flash_quotas SET units = units - 1", "quotas have other units"),
        ("UPDATE flash_quotas SET sold = units + 2", "2 units were sold beyond the quotas"),
    ],
)
async def test_the_auditor_knows_quotas(post, harm, fault):
    await post.push()
    await post.figures()
    await post.store.rows(text(f"{harm} WHERE brand = :brand"), {"brand": post.brand})
    found = await post.store.transaction(lambda run: audit(run, post.brand, "s1"))
    assert any(fault in one for one in found.faults)
