"""Flash sales run through the graph: two people, once for each key, and only by whom it is for."""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.estate import Capability, ConnectorSpec
from capabilities.flash.lifecycle import Step
from capabilities.flash.quotas import QuotaState
from gateway.app import create_app
from gateway.auth.tokens import mint
from gateway.keys import keyring
from gateway.platform.flash_quotas import FlashQuotas
from gateway.platform.flash_running import FlashOperations
from store.access.audit import Audit
from store.engine import Store
from store.owned import owned_by
from tests.gateway.serving import BRAND, bearer, served, settings_for
from tests.migrated import migrated

NOW = datetime.now(UTC)
DEFINED = {
    "id": "s1",
    "sku": "SN-1",
    "price": {"amount": "9.90", "currency": "CNY"},
    "opensAt": (NOW - timedelta(hours=1)).isoformat(),
    "closesAt": (NOW + timedelta(days=1)).isoformat(),
    "pools": [{"units": 8}, {"channel": "jd", "units": 2}],
}
DECLINED = "... on FlashSaleDeclined { code detail path message } ... on UserError { code }"
SALE = f"""__typename {DECLINED} ... on FlashSale {{
  id state admissionRate figures {{ pending released faults }}
  desk {{ version supply {{ sellable }} waiting {{ id step yours }}
    pools {{ channelCode allocated remaining }} }} }}"""
PROPOSAL = f"__typename {DECLINED} ... on FlashProposal {{ id step units channelCode }}"
SALES = "{ flashSales(states: [%s]) { id desk { waiting { id yours } } } }"


@pytest.fixture(scope="module")
def settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, f"running_{secrets.token_hex(4)}")
    return settings_for(
        tmp_path_factory.mktemp("running"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
    )


@pytest.fixture(scope="module")
def client(settings):
    with (
        served(create_app(settings)) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as opened,
    ):
        yield opened


def own(settings, role):
    """The header of one person of a role."""
    member = MembershipKey("jd", "1") if role is Role.CONSUMER else None
    named = {"subject": f"person-{role.value}", "stores": ["M0001"], "member": member}
    token = mint(settings, role=role, brand=BRAND, **named)
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def ask(client, settings):
    def asked(query, role=Role.OPERATIONS, headers=None, **variables):
        body = {"query": query, "variables": variables}
        headers = headers or own(settings, role)
        return client.post("/graphql", json=body, headers=headers).json()

    return asked


@pytest.fixture
def do(ask):
    """A mutation as one role; each wish has a key of its own unless one is named."""

    def done(name, role=Role.OPERATIONS, key=None, **given):
        kind = KINDS.get(name, "FlashSaleStepInput")
        told = PROPOSAL if name in ("openFlashSale", "topUpFlashSale") else SALE
        query = f"mutation ($i: {kind}!) {{ {name}(input: $i) {{ {told} }} }}"
        key = key or secrets.token_hex(8)
        answer = ask(query, role, i={**given, "idempotencyKey": key})
        assert "errors" not in answer, answer
        return answer["data"][name]

    return done


KINDS = {
    "defineFlashSale": "DefineFlashSaleInput",
    "topUpFlashSale": "TopUpFlashSaleInput",
    "confirmFlashSale": "ConfirmFlashSaleInput",
    "transferFlashStock": "TransferFlashStockInput",
    "changeFlashSaleSupply": "ChangeFlashSaleSupplyInput",
    "changeFlashSaleRate": "ChangeFlashSaleRateInput",
}


def test_a_sale_lives_from_its_definition_to_its_end(do, ask, settings):
    wrong = do("defineFlashSale", **{**DEFINED, "pools": [{"channel": "jdd", "units": 1}]})
    assert (wrong["code"], wrong["path"]) == ("CHANNEL_UNKNOWN", ["input", "pools"])
    empty = do("defineFlashSale", **{**DEFINED, "pools": []})
    assert (empty["code"], empty["detail"]) == ("FLASH_SALE_INVALID", "a sale needs some stock")
    for _ in range(2):
        assert do("defineFlashSale", key="d", **DEFINED)["state"] == "DRAFT"
    assert do("defineFlashSale", key="d", **{**DEFINED, "sku": "X"})["code"].endswith("KEY_REUSED")
    assert do("defineFlashSale", **DEFINED)["code"] == "FLASH_SALE_TAKEN"
    assert do("openFlashSale", sale="s1")["detail"] == "the sale is DRAFT; this needs PRELOADED"
    assert do("preloadFlashSale", sale="s1")["state"] == "PRELOADED"

    proposal = do("openFlashSale", sale="s1")
    own = do("confirmFlashSale", proposal=proposal["id"])
    assert (own["code"], own["path"]) == ("FLASH_SALE_SECOND_PERSON", ["input", "proposal"])
    assert _waiting(ask, "PRELOADED") == [{"id": proposal["id"], "yours": True}]
    assert _waiting(ask, "PRELOADED", Role.ADMIN) == [{"id": proposal["id"], "yours": False}]
    opened = do("confirmFlashSale", Role.ADMIN, proposal=proposal["id"])
    assert (opened["state"], opened["desk"]["waiting"]) == ("OPEN", [])

    more = do("topUpFlashSale", sale="s1", channel="jd", units=3)
    assert (more["step"], more["units"], more["channelCode"]) == ("TOP_UP", 3, "jd")
    topped = do("confirmFlashSale", Role.ADMIN, proposal=more["id"])
    assert topped["desk"]["pools"] == [
        {"channelCode": "jd", "allocated": 5, "remaining": 5},
        {"channelCode": None, "allocated": 8, "remaining": 8},
    ]
    moved = do("transferFlashStock", sale="s1", source="jd", units=4)
    assert [one["remaining"] for one in moved["desk"]["pools"]] == [1, 12]
    short = do("transferFlashStock", sale="s1", source="jd", units=4)
    assert short["code"] == "FLASH_STOCK_SHORT"
    supply = {"onHand": 20, "safety": 3}
    assert do("changeFlashSaleSupply", sale="s1", supply=supply)["desk"]["supply"] == {
        "sellable": 17
    }
    assert do("changeFlashSaleRate", sale="s1", rate=40)["admissionRate"] == 40
    assert do("changeFlashSaleRate", sale="s1", rate=-1)["code"] == "FLASH_SALE_INVALID"
    for step, state in STEPS:
        assert do(step, sale="s1")["state"] == state
    rows = asyncio.run(_trail(settings))
    assert [row.action for row in rows[:2]] == ["flash.reconcile", "flash.close"]
    confirmed = next(row for row in rows if row.action == "flash.open")
    assert '"proposed_by"' in confirmed.facts
    assert confirmed.role == "ADMIN"


STEPS = (
    ("pauseFlashSale", "PAUSED"),
    ("resumeFlashSale", "OPEN"),
    ("endFlashSale", "CLOSED"),
    ("reconcileFlashSale", "RECONCILED"),
)


def _waiting(ask, state, role=Role.OPERATIONS):
    (sale,) = ask(SALES % state, role)["data"]["flashSales"]
    return sale["desk"]["waiting"]


async def _trail(settings):
    store = Store.open(settings.database_url.get_secret_value(), deadline_seconds=30)
    try:
        return await Audit(store, BRAND).page(100)
    finally:
        await store.aclose()


QUOTA = f"""__typename {DECLINED} ... on FlashQuota {{
  channelCode connector code units state }}"""


def test_a_channel_without_a_system_gets_no_quota(ask, do):
    do("defineFlashSale", **{**DEFINED, "id": "s2"})
    push = f"mutation ($i: PushFlashQuotaInput!) {{ it: pushFlashQuota(input: $i) {{ {QUOTA} }} }}"
    wish = {"sale": "s2", "channel": "jd", "units": 2, "idempotencyKey": "q"}
    refused = ask(push, i=wish)["data"]["it"]
    assert (refused["code"], refused["path"]) == ("FLASH_QUOTA_UNSUPPORTED", ["input", "channel"])
    missing = ask(push, i={**wish, "sale": "none"})["data"]["it"]
    assert (missing["code"], missing["path"]) == ("FLASH_SALE_UNKNOWN", ["input", "sale"])


async def test_a_quota_is_given_out_once_for_its_key(do, settings):
    later = (NOW + timedelta(hours=1)).isoformat()
    do("defineFlashSale", **{**DEFINED, "id": "s3", "opensAt": later})
    do("preloadFlashSale", sale="s3")
    tmall = ConnectorSpec(
        name="tmall", system="taobao_top", channels={Capability.ORDER: {"*": "jd"}}
    )
    request = SimpleNamespace(estate=SimpleNamespace(connections=[SimpleNamespace(spec=tmall)]))
    caller = Caller(subject="ann", visibility=Visibility(role=Role.OPERATIONS, brand=BRAND))
    store = Store.open(settings.database_url.get_secret_value(), deadline_seconds=30)
    try:
        owned = owned_by(store, BRAND, keyring(settings), "Asia/Shanghai")
        part = FlashQuotas(owned, caller, request, settings.systems)
        for code in (None, "SN-1"):
            alone = await part.push("s3", "jd", 2, code, "k")
            assert (alone.code, alone.path) == ("FLASH_SALE_SECOND_PERSON", ("input", "channel"))
        assert await part.shown("s3") == []
        proposal = do("openFlashSale", sale="s3")["id"]
        do("confirmFlashSale", Role.ADMIN, proposal=proposal)
        other = await part.push("s3", "jd", 2, "T-1", "k")
        assert (other.code, other.path) == ("FLASH_QUOTA_CODE", ("input", "code"))
        for _ in range(2):
            given = await part.push("s3", "jd", 2, "SN-1", "k")
            assert (given.connector, given.code, given.units) == ("tmall", "SN-1", 2)
        assert (await part.push("s3", "jd", 1, "SN-1", "k")).code == "IDEMPOTENCY_KEY_REUSED"
        assert (await part.push("s3", "jd", 1, "SN-1", "k2")).code == "FLASH_SALE_DECLINED"
        assert [one.units for one in await part.shown("s3")] == [2]
        assert (await part.take_back("s3", "jd", "k3")).state is QuotaState.RETURNING
        assert (await part.settle("s3", "shop", 0, "k4")).code == "FLASH_QUOTA_UNKNOWN"
    finally:
        await store.aclose()


REHEARSED = """{ flashSale(id: "s4") { desk { rehearsal {
  state result { units people reserved faults answers { answer count } } } } } }"""


def test_a_sale_is_rehearsed_and_tells_how_it_went(ask, do):
    do("defineFlashSale", **{**DEFINED, "id": "s4"})
    query = f"""mutation ($i: FlashSaleStepInput!) {{ it: rehearseFlashSale(input: $i) {{
      __typename {DECLINED} ... on FlashRehearsal {{ state author }} }} }}"""
    wish = {"sale": "s4", "idempotencyKey": "r"}
    for _ in range(2):
        assert ask(query, i=wish)["data"]["it"]["state"] == "RUNNING"
    deadline = time.monotonic() + 100
    while (found := ask(REHEARSED)["data"]["flashSale"]["desk"]["rehearsal"])["result"] is None:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    result = found["result"]
    assert (result["units"], result["people"], result["reserved"]) == (2, 6, 2)
    assert (found["state"], result["faults"]) == ("DONE", [])
    assert {"answer": "RESERVED", "count": 2} in result["answers"]


@pytest.mark.parametrize("role", ["CONSUMER", "GUIDE", "SERVICE"])
def test_nobody_else_runs_sales(ask, role):
    pause = f'pauseFlashSale(input: {{sale: "s1", idempotencyKey: "x"}}) {{ {SALE} }}'
    for query in (f"mutation {{ {pause} }}", SALES % "OPEN"):
        (error,) = ask(query, Role(role))["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("who", [{"machine": True}, {"shared": True}])
async def test_a_machine_and_a_role_are_none_of_two_people(do, ask, settings, who):
    seen = Visibility(role=Role.OPERATIONS, brand=BRAND)
    nobody = Caller(subject="key:till", visibility=seen, **who)
    store = Store.open(settings.database_url.get_secret_value(), deadline_seconds=30)
    sale = f"two-{secrets.token_hex(4)}"
    do("defineFlashSale", **{**DEFINED, "id": sale})
    do("preloadFlashSale", sale=sale)
    proposal = do("openFlashSale", sale=sale)["id"]
    try:
        owned = owned_by(store, BRAND, keyring(settings), "Asia/Shanghai")
        part = FlashOperations(owned, nobody)
        for refused in (
            await part.confirm(proposal, "k1"),
            await part.propose(sale, Step.OPEN, "k2"),
        ):
            assert refused.code == "FLASH_SALE_SECOND_PERSON"
    finally:
        await store.aclose()
    of_a_role = ask(CONFIRM % proposal, headers=bearer(settings, Role.ADMIN))
    assert of_a_role["data"]["it"]["code"] == "FLASH_SALE_SECOND_PERSON"
    assert do("confirmFlashSale", Role.ADMIN, proposal=proposal)["state"] == "OPEN"


CONFIRM = """mutation { it: confirmFlashSale(input: {proposal: "%s", idempotencyKey: "r"}) {
  ... on UserError { code } } }"""
