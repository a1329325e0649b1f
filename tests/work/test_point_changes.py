"""Changes of points that a platform tells: decided once, answered, and confirmed behind that."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import httpx
import pytest

from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.changing import own_source
from capabilities.member.records import (
    Contact,
    Identity,
    IdentityKind,
    Membership,
    MembershipStatus,
)
from capabilities.points.records import AccountKey
from connectors._kit import OpeningRules, SilentObserver, address_rules
from connectors.connector import open_connector
from demo.top import create_top
from store.engine import Store
from store.member.taking import intake_of
from store.order.hooks import HookDeliveries
from store.owned import Owned
from store.points.ledger import PointsLedger
from store.points.programmes import ProgrammeChange, Programmes
from store.sealing import Sealer
from tests.capabilities.points.policies import policy
from tests.gateway.serving import LOOPBACK, served
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.messages import Messages

ZONE = ZoneInfo("Asia/Shanghai")
OUID = "AAH000009o"
_RECORDS = count(1)


class KilledError(BaseException):
    """The worker dies here."""


@pytest.fixture(scope="module")
def top():
    with served(create_top()) as (host, port):
        yield f"http://{host}:{port}"


class Post:
    def __init__(self, store, top):
        self.store, self.brand, self.top = store, fresh_brand(), top
        self.now = datetime(2026, 2, 1, 4, tzinfo=UTC)
        self.owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZONE,
            now=lambda: self.now,
        )
        self.spec = ConnectorSpec(
            name="tmall",
            system="taobao_top",
            channels={Capability.ORDER: {"*": "tmall"}},
            settings={"base_url": top, "app_key": "12345678"},
            secrets={"secret": "env:TOP_TEST_SECRET", "session": "env:TOP_TEST_SESSION"},
        )
        self.deliveries = HookDeliveries(store, self.brand)

    @property
    def messages(self):
        return Messages(self.owned, self.deliveries, lambda: [self.spec], self._opened)

    @asynccontextmanager
    async def _opened(self, spec):
        rules = OpeningRules(addresses=address_rules(LOOPBACK))
        connector = await open_connector(spec, SilentObserver(), zone=ZONE, rules=rules)
        try:
            yield connector
        finally:
            await connector.aclose()

    async def joined(self):
        """Somebody is a member whose points are the platform's to decide."""
        one = policy(programme="tmall", channels=("tmall",), tiers=None, exchange=())
        put = ProgrammeChange(text="tmall", policy=one, author="ada", reason="a test")
        await Programmes(self.store, self.brand, self.owned.now).put(put)
        own = Membership(
            channel="tmall",
            number=OUID,
            status=MembershipStatus.ACTIVE,
            contact=Contact(identities=(Identity(IdentityKind.TAOBAO_OUID, "tmall", OUID),)),
            source=own_source(OUID),
        )
        intake = intake_of(self.owned)
        await self.store.transaction(lambda run: intake.take(run, [own], at=self.now))

    def told(self, amount, ouid=OUID):
        """A change at the platform; its record."""
        record = f"r{next(_RECORDS)}"
        body = {"record": record, "amount": amount, "ouid": ouid}
        httpx.post(f"{self.top}/__control/points", json=body, trust_env=False).raise_for_status()
        return record

    def answers(self, record):
        """What the platform was told of a record, each different answer once."""
        answer = httpx.post(f"{self.top}/__control/point_answers", json={}, trust_env=False)
        told = answer.json()["answers"].get(record, ())
        return [dict(one) for one in {tuple(sorted(one.items())) for one in told}]

    async def balance(self):
        ledger = PointsLedger(self.store, self.brand, self.owned.now)
        (account,) = await ledger.accounts([AccountKey(channel="tmall", number=OUID)])
        return account.available(self.now)


@pytest.fixture
async def post(tmp_path, postgres, top, monkeypatch):
    monkeypatch.setenv("TOP_TEST_SECRET", "helloworld")
    monkeypatch.setenv("TOP_TEST_SESSION", "6100demo-session")
    store = Store.open(migrated(postgres, f"points_{tmp_path.name}"), deadline_seconds=30)
    post = Post(store, top)
    await post.joined()
    yield post
    await store.aclose()


async def test_points_come_and_go_once_and_the_platform_hears_of_it(post):
    given = post.told(50)
    await post.messages.run()
    taken = post.told(-20)
    await post.messages.run()
    assert await post.balance() == 30
    assert post.answers(given) == [{"point": "50", "result": "0"}]
    assert post.answers(taken) == [{"point": "30", "result": "0"}]


async def test_what_was_refused_stays_refused_though_points_came_since(post, monkeypatch):
    record = post.told(-500)

    async def killed(_queue, _ids):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("connectors.protocols.rest.messages.RestMessages.confirm", killed)
        with pytest.raises(KilledError):
            await post.messages.run()
    refusal = [{"error_code": "INSUFFICIENT_POINTS", "point": "0", "result": "1"}]
    assert post.answers(record) == refusal
    post.told(900)
    await post.messages.run()
    assert await post.balance() == 900
    assert post.answers(record) == refusal


async def test_a_worker_that_dies_before_its_answer_gives_points_once(post, monkeypatch):
    record = post.told(70)

    async def killed(*_):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("connectors.protocols.rest.messages.RestMessages.answer_points", killed)
        with pytest.raises(KilledError):
            await post.messages.run()
    assert (await post.balance(), post.answers(record)) == (70, [])
    await post.messages.run()
    assert (await post.balance(), post.answers(record)) == (70, [{"point": "70", "result": "0"}])


async def test_nobody_and_nothing_is_answered_too(post):
    nobody, nothing = post.told(5, ouid="AAH999999o"), post.told(0)
    await post.messages.run()
    assert post.answers(nobody)[0]["error_code"] == "MEMBER_UNKNOWN"
    assert post.answers(nothing)[0]["error_code"] == "AMOUNT_INVALID"
    assert await post.balance() == 0
