"""Adoption through the graph and the command line: who may, what is refused, what is told."""

import json
import secrets
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.caller import Role
from capabilities.estate import Capability
from gateway.app import create_app
from gateway.auth.tokens import mint
from store.adoption.evidence import EvidenceRows
from store.engine import Store
from tests.gateway.serving import BRAND, CONNECTED, KEY, served, settings_for
from tests.migrated import migrated

SHOWN = """channelCode capability state reads writes readPoints version author automatic
  next { target profile ok gates { name required observed ok shortened remedy } }"""
DONE = f"""__typename
  ... on AdoptionMoved {{ adoption {{ {SHOWN} history {{ action state author reason }} }} }}
  ... on AdoptionRefused {{ code detail path message gates {{ name required observed }} }}"""


class Asker:
    """Asks one gateway as a role."""

    def __init__(self, settings, client):
        self.settings, self._client = settings, client

    def __call__(self, query, role=Role.ADMIN, **variables):
        token = mint(self.settings, role=role, brand=BRAND)
        headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
        body = {"query": query, "variables": variables}
        return self._client.post("/graphql", json=body, headers=headers).json()

    def do(self, name, role=Role.ADMIN, **given):
        kind = {"haltAdoption": "AdoptionInput"}.get(name, f"{name[0].upper()}{name[1:]}Input")
        wish = {"channel": "jd", "capability": "ORDER", "reason": "it is time"}
        wish |= {"idempotencyKey": secrets.token_hex(8), **given}
        told = self(f"mutation($i: {kind}!) {{ it: {name}(input: $i) {{ {DONE} }} }}", role, i=wish)
        found = (told.get("data") or {}).get("it")
        return told["errors"][0]["extensions"] if found is None else found

    async def measure(self, **facts):
        store = Store.open(self.settings.database_url.get_secret_value(), deadline_seconds=30)
        now = datetime.now(UTC)
        found = [Evidence(fact=Fact[name], value=value, at=now) for name, value in facts.items()]
        await EvidenceRows(store, BRAND).keep("jd", Capability.ORDER, *found)
        await store.aclose()


@pytest.fixture
def ask(request, tmp_path, postgres, valkey):
    settings = settings_for(
        tmp_path,
        CONNECTED,
        demo=getattr(request, "param", False),
        database_url=SecretStr(migrated(postgres, f"steps_{secrets.token_hex(4)}")),
        redis_url=SecretStr(valkey.url),
    )
    with (
        served(create_app(settings)) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as client,
    ):
        yield Asker(settings, client)


async def test_the_way_of_a_pair_through_the_graph(ask):
    (pair,) = ask(f"{{ adoptions {{ {SHOWN} }} }}", Role.OPERATIONS)["data"]["adoptions"]
    assert (pair["channelCode"], pair["state"], pair["version"]) == ("jd", "FEDERATED_READ", 0)
    assert (pair["reads"], pair["writes"], pair["next"]["target"]) == (
        "LEGACY",
        "LEGACY",
        "SHADOW_READ",
    )
    refused = ask.do("promoteAdoption")
    assert refused["code"] == "ADOPTION_GATES"
    assert {one["name"]: one["observed"] for one in refused["gates"]} == {
        "backfill-days": "not measured",
        "feed-lag": "not measured",
    }
    await ask.measure(BACKFILL_DAYS_DIFFER=0, FEED_LAG_P99=5)
    moved = ask.do("promoteAdoption", idempotencyKey="one")["adoption"]
    assert (moved["state"], moved["version"], moved["automatic"]) == ("SHADOW_READ", 1, False)
    assert ask.do("promoteAdoption", idempotencyKey="one")["adoption"]["version"] == 1
    late = ask.do("rollbackAdoption", version=0)
    assert (late["code"], late["path"]) == ("ADOPTION_MOVED", ["input", "version"])
    halted = ask.do("haltAdoption", Role.OPERATIONS)["adoption"]
    assert (halted["state"], halted["next"]["target"]) == ("HALTED", "SHADOW_READ")
    assert [(one["name"], one["ok"]) for one in halted["next"]["gates"]] == [("consent-kept", True)]
    assert [one["action"] for one in halted["history"]] == ["HALT", "PROMOTE"]
    kept = ask.do("keepLegacy", reviewOn="2027-01-01")["adoption"]
    assert (kept["state"], kept["next"]) == ("STAYS_LEGACY", None)


@pytest.mark.parametrize("ask", [False, True], indirect=True, ids=["production", "demo"])
async def test_a_demo_shortens_what_production_lists(ask):
    await ask.measure(BACKFILL_DAYS_DIFFER=0, FEED_LAG_P99=5)
    ask.do("promoteAdoption")
    await ask.measure(
        COMPARISONS=10_000,
        COMPARED_SECONDS=20,
        COMPARED_PEAKS=1,
        MISMATCH_RATE=0,
        MISMATCH_CRITICAL=0,
        MISMATCH_UNEXPLAINED=0,
    )
    refused = ask.do("promoteAdoption")
    assert [(one["name"], one["required"]) for one in refused["gates"]] == [("compared-for", "7 d")]
    demo = ask.do("promoteAdoption", profile="demo")
    if not ask.settings.demo:
        assert demo["code"] == "ADOPTION_PROFILE_UNKNOWN"
        return
    assert demo["adoption"]["state"] == "CANARY_READ"


async def test_everything_is_halted_in_one_step_and_listed_before(ask):
    await ask.measure(BACKFILL_DAYS_DIFFER=0, FEED_LAG_P99=5)
    listing = "{ adoptionsToHalt { channelCode capability state } }"
    assert ask(listing)["data"]["adoptionsToHalt"] == []
    ask.do("promoteAdoption")
    (pair,) = ask(listing, Role.OPERATIONS)["data"]["adoptionsToHalt"]
    assert (pair["channelCode"], pair["state"]) == ("jd", "SHADOW_READ")
    halt = """mutation($i: HaltAdoptionsInput!) { it: haltAdoptions(input: $i) {
      __typename ... on AdoptionsHalted { halted { channelCode state author reason } }
      ... on UserError { code path } } }"""
    wish = {"reason": "no idea yet", "idempotencyKey": "all"}
    other = ask(halt, i={**wish, "channel": "nowhere"})["data"]["it"]
    assert (other["code"], other["path"]) == ("CHANNEL_UNKNOWN", ["input", "channel"])
    members = ask(halt, i={**wish, "capability": "MEMBER", "idempotencyKey": "members"})
    assert members["data"]["it"]["halted"] == []
    assert ask(halt, Role.SERVICE, i=wish)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    (halted,) = ask(halt, Role.OPERATIONS, i=wish)["data"]["it"]["halted"]
    assert (halted["state"], halted["reason"]) == ("HALTED", "no idea yet")
    assert ask(listing)["data"]["adoptionsToHalt"] == []
    again = ask(halt, Role.OPERATIONS, i={**wish, "reason": "another"})["data"]["it"]
    assert again["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_who_may_move_what(ask):
    for role, may in ((Role.OPERATIONS, {"haltAdoption"}), (Role.SERVICE, set())):
        for name in ("haltAdoption", "promoteAdoption"):
            told = ask.do(name, role)
            assert (told.get("code") == "FORBIDDEN") == (name not in may)
    assert ask.do("haltAdoption", channel="nowhere")["code"] == "CHANNEL_UNKNOWN"
    unseen = ask('{ adoption(channel: "nowhere", capability: ORDER) { state } }')
    assert unseen["data"]["adoption"] is None


async def test_the_command_line_says_the_same(ask, santong):
    environment = {
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(ask.settings.estate),
        "SANTONG_DATABASE_URL": ask.settings.database_url.get_secret_value(),
    }

    def told(*words, code=0):
        run = santong("adoption", *words, "--json", **environment)
        assert run.returncode == code, run.stdout + run.stderr
        return json.loads(run.stdout)

    refused = told("promote", "jd", "order", "--reason", "x", code=1)
    assert {one["name"] for one in refused["gates"]} == {"backfill-days", "feed-lag"}
    await ask.measure(BACKFILL_DAYS_DIFFER=0, FEED_LAG_P99=5)
    done = told("promote", "jd", "order", "--reason", "x")
    assert (done["moved"], done["state"]) == (True, "SHADOW_READ")
    (pair,) = told("list")
    assert (pair["channel"], pair["state"], pair["version"]) == ("jd", "SHADOW_READ", 1)
    shown = santong("adoption", "show", "jd", "order", **environment)
    assert "comparisons" in shown.stdout
    assert "SHADOW_READ" in shown.stdout
    (would,) = told("halt", "--all", "--dry-run")
    assert (would["channel"], would["state"]) == ("jd", "SHADOW_READ")
    assert told("halt", "--capability", "member", "--reason", "x") == []
    (halted,) = told("halt", "--channel", "jd", "--reason", "x")
    assert (halted["state"], halted["next"]["target"]) == ("HALTED", "SHADOW_READ")
    for words in (["jd"], ["jd", "order", "--all"], ["--all", "--channel", "jd"], []):
        refused = santong("adoption", "halt", *words, "--reason", "x", **environment)
        assert (refused.returncode, "--all" in refused.stderr) == (1, True), refused.stderr
    wrong = santong("adoption", "halt", "nowhere", "order", "--reason", "x", **environment)
    assert wrong.returncode == 1
    assert "CHANNEL_UNKNOWN" in wrong.stderr
