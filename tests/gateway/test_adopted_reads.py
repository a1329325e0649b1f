"""Through the running gateway: a step of an adoption is followed at once, and can be taken back."""

import asyncio
import contextlib

import httpx
import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.caller import Role
from capabilities.estate import Capability
from capabilities.money import Money
from gateway.app import create_app
from gateway.keys import keyring
from store.adoption.standings import Standings
from store.engine import Store
from store.member.taking import intake_of
from store.owned import owned_by
from store.promotion.copies import PromotionCopying
from tests.gateway.federation.adopting import (
    NOW,
    S,
    System,
    member,
    phone_of,
    promotion,
)
from tests.gateway.serving import BRAND, CONNECTED, bearer, settings_for
from tests.migrated import migrated

ESTATE = CONNECTED.replace("{order: jd}", "{member: jd, order: jd, promotion: jd}")
HER = """query H($phone: String!) {
  member(by: {phone: $phone}) {
    id memberships { id number sourceStatus points { available } source { connector answeredBy } }
    sources { name status code }
  }
}"""
OFFERS = """query O($id: ID!) {
  promotions(first: 5) {
    nodes { id amount { amount } source { connector answeredBy } }
    sources { name status }
  }
  node(id: $id) { id ... on Promotion { amount { amount } source { answeredBy } } }
}"""


class Shop(System):
    """A system as a connector holds it open."""

    upstream = hook = messages = None
    pushed = dropped = False

    async def aclose(self):
        pass


@pytest.fixture
def shop(monkeypatch):
    made = Shop()
    made.members["1"] = member(1, "jd", "legacy", points=1)
    made.offers["1"] = promotion(1, "jd", "legacy", amount=Money(100, "CNY"))

    async def opened(*_, **__):
        return made

    monkeypatch.setattr("gateway.starting.open_connector", opened)
    return made


@pytest.fixture
def settings(tmp_path, postgres, valkey):
    address = SecretStr(migrated(postgres, "adopted_reads"))
    return settings_for(tmp_path, ESTATE, database_url=address, redis_url=SecretStr(valkey.url))


@pytest.fixture
async def owned(settings):
    store = Store.open(settings.database_url.get_secret_value(), deadline_seconds=30)
    made = owned_by(store, BRAND, keyring(settings), "Asia/Shanghai")
    copied = [member(1, "jd", "legacy", points=2)]
    offers = [promotion(1, "jd", "legacy", amount=Money(200, "CNY"))]
    await store.transaction(lambda run: intake_of(made).take(run, copied, at=NOW))
    await store.transaction(lambda run: PromotionCopying(BRAND).keep_in(run, offers, NOW))
    yield made
    await store.aclose()


@pytest.fixture
async def client(settings, shop, owned):
    del shop, owned
    async with contextlib.AsyncExitStack() as opened:
        app = create_app(settings)
        await opened.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        headers = bearer(settings, Role.OPERATIONS)
        yield await opened.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)
        )


async def put(owned, state, capability=Capability.MEMBER, **more):
    """Take a step as its door does."""

    async def decide(_run, standing):
        fresh = replace(standing, state=state, from_state=standing.state, **more)
        return fresh, Decided(action=Action.PROMOTE, author="ada", reason="a test")

    await Standings(owned).move("jd", capability, decide)


async def asked(client, query, **variables):
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    told = answer.json()
    assert "errors" not in told, told
    return told["data"]


async def answered(client, by):
    """What is answered once this side answers; a step is followed by itself."""
    async with asyncio.timeout(60):
        while True:
            her = (await asked(client, HER, phone=phone_of(1)))["member"]
            if her["memberships"][0]["source"]["answeredBy"] == by:
                return her
            await asyncio.sleep(0.1)


async def test_a_step_is_followed_and_its_undoing_too(client, owned):
    before = await answered(client, "legacy")
    await put(owned, S.MIDDLE_READ, read_points=10_000)
    after = await answered(client, "platform")
    assert after["id"] == before["id"]
    (was,), (now,) = before["memberships"], after["memberships"]
    assert now["id"] == was["id"]
    assert now["sourceStatus"] == was["sourceStatus"] == ["customer"]
    assert now["source"] == {"connector": "legacy", "answeredBy": "platform"}
    assert (was["points"]["available"], now["points"]["available"]) == (1, 2)
    assert [(one["name"], one["status"]) for one in after["sources"]] == [("platform", "OK")]
    await put(owned, S.FEDERATED_READ, read_points=0)
    back = await answered(client, "legacy")
    assert back["memberships"] == before["memberships"]


async def test_promotions_are_the_platforms_in_a_list_and_by_their_id(client, owned):
    offer = promotion(1, "jd")
    seen = []
    for by, step in (("legacy", None), ("platform", S.MIDDLE_READ), ("legacy", S.CANARY_READ)):
        if step is not None:
            await put(owned, step, Capability.PROMOTION, read_points=10_000 * (by == "platform"))
        async with asyncio.timeout(60):
            while True:
                told = await asked(client, OFFERS, id=offer.id)
                (listed,) = told["promotions"]["nodes"]
                if {one["source"]["answeredBy"] for one in (listed, told["node"])} == {by}:
                    break
                await asyncio.sleep(0.1)
        assert listed["amount"] == told["node"]["amount"]
        assert listed["source"]["connector"] == "legacy"
        assert [one["name"] for one in told["promotions"]["sources"]] == [by]
        seen.append((listed["id"] == told["node"]["id"] == offer.id, listed["amount"]["amount"]))
    assert seen == [(True, "1.00"), (True, "2.00"), (True, "1.00")]
