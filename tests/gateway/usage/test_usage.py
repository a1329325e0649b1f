"""Usage from a request to its report: in the graph and on the command line."""

import asyncio
import json
import re

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from capabilities.caller import Role
from gateway.cli import app
from gateway.cli.console import console
from store.migrate import upgrade
from tests.docs.doc_blocks import ROOT
from tests.gateway.serving import ESTATE, KEY, opened, settings_for

# Nobody listens there: who asks it depends on it all the same.
CONNECTED = ESTATE.replace(
    "connectors: []",
    """connectors:
  - name: legacy
    system: woocommerce
    settings: {base_url: "http://127.0.0.1:1/wp-json/wc/v3", username: ck}
    secrets: {password: "env:PATH"}
    channels: {order: jd}
""",
)
ASKED = 'query Till { order(by: {business: {channel: "jd", number: "1"}}) { id status } }'
REPORT = """
query Report {
  usage(days: 1) {
    countedSince
    clients { client { credential name } operations count }
    operations { name kind client { name } count }
    fields(first: 1000) { coordinate count clients { name } }
    unused: fields(which: UNUSED, first: 1000) { coordinate }
    reads(channel: "jd", capability: ORDER) { connector channelCode side operation count }
  }
}
"""


@pytest.fixture
def settings(tmp_path, postgres):
    database = postgres.create_database(f"usage_{tmp_path.name}")
    upgrade(database)
    return settings_for(tmp_path, CONNECTED, database_url=SecretStr(database))


async def ask(client, text, **headers):
    return (await client.post("/graphql", json={"query": text}, headers=headers)).json()


async def use(settings):
    """Three runs of one operation of a till, written when the process ends."""
    async with opened(settings) as client:
        for _ in range(3):
            await ask(client, ASKED, **{"x-santong-client": "till 4"})


def place_of(settings):
    """Where a command finds the same store."""
    return {
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_DATABASE_URL": settings.database_url.get_secret_value(),
    }


async def test_what_was_asked_is_told_when_it_is_written(settings):
    await use(settings)
    async with opened(settings) as client:
        usage = (await ask(client, REPORT))["data"]["usage"]
    assert usage["countedSince"] is not None
    till = {"credential": "token:OPERATIONS", "name": "till 4"}
    assert usage["clients"] == [{"client": till, "operations": 1, "count": 3.0}]
    told = {"name": "Till", "kind": "QUERY", "client": {"name": "till 4"}, "count": 3.0}
    assert usage["operations"] == [told]
    fields = {one["coordinate"]: one for one in usage["fields"]}
    assert fields["Order.status"]["count"] == 3
    assert fields["Order.status"]["clients"] == [{"name": "till 4"}]
    unused = {one["coordinate"] for one in usage["unused"]}
    assert "Order.status" not in unused
    assert "Benefit.code" in unused
    read = {"connector": "legacy", "channelCode": "jd", "side": "LEGACY"}
    assert usage["reads"] == [{**read, "operation": "Till", "count": 3.0}]


async def test_only_who_runs_the_graph_sees_it(settings):
    for role in (Role.SERVICE, Role.GUIDE, Role.CONSUMER):
        async with opened(settings, role) as client:
            answer = await ask(client, "{ usage { since } }")
        assert answer["data"]["usage"] is None
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.fixture
def santong(settings, monkeypatch):
    """Runs a command beside the same store."""
    monkeypatch.setattr(console, "width", 200)

    def run(*words):
        return CliRunner().invoke(app, words, env=place_of(settings))

    return run


def test_the_command_line_tells_the_same(settings, santong):
    asyncio.run(use(settings))
    told = santong("usage", "fields", "--json")
    rows = {one["coordinate"]: one["count"] for one in json.loads(told.output)["rows"]}
    assert (rows["Order.status"], rows["Benefit.code"]) == (3, 0)
    of_orders = ("legacy", "jd", "--capability")
    for words in (
        *(("clients",), ("operations",), ("legacy", "jd"), ("fields", "--unused")),
        *((*of_orders, "order"), (*of_orders, "ORDER")),
    ):
        told = santong("usage", *words)
        assert told.exit_code == 0, told.output
        assert ("till 4" in told.output) is (words[0] != "fields")


def test_where_there_is_nothing_a_sentence_says_so(santong):
    for words, said in (
        (("clients",), "Nobody asked."),
        (("operations",), "Nobody asked."),
        (("legacy", "jd"), "Nobody was answered by a system."),
        (("fields", "--deprecated"), "No deprecated field is selected."),
    ):
        told = santong("usage", *words)
        assert (told.exit_code, said in told.output) == (0, True), told.output
        assert "nothing was counted yet" in told.output


def test_another_contract_is_checked_against_what_was_asked(settings, santong, tmp_path):
    asyncio.run(use(settings))
    contract = (ROOT / "schema/santong.graphql").read_text("utf-8")
    order = contract.index("\ntype Order implements")
    new = tmp_path / "new.graphql"

    def check(text, *words):
        new.write_text(text, "utf-8")
        return santong("schema", "check", str(new), *words)

    same = check(contract)
    assert (same.exit_code, "Nothing that is asked breaks." in same.output) == (0, True)
    without = contract[:order] + _without(contract[order:], "status: OrderStatus!")
    broken = check(without)
    assert broken.exit_code == 1
    assert "Field Order.status was removed." in broken.output
    assert "till 4 (token:OPERATIONS)" in broken.output
    told = json.loads(check(without, "--json").output)["verdict"]["breaking"]
    assert [(one["operation"], one["count"]) for one in told[0]["affected"]] == [("Till", 3)]
    assert check(_without(contract, "dataQuality: DataQuality")).exit_code == 0
    status = "  status: OrderStatus!\n"
    later = contract[order:].replace(status, f'{status[:-1]} @deprecated(reason: "say it")\n', 1)
    told = check(contract[:order] + later)
    assert told.exit_code == 0
    assert "Order.status becomes deprecated: say it" in told.output
    assert "till 4 (token:OPERATIONS)" in told.output
    assert check("type Query { a: Nothing }").exception.code == "CONTRACT_INVALID"


def _without(contract, field):
    """The contract without the first field of these words, nor its description."""
    shorter = re.sub(rf'  """[^"]+"""\n  {field}\n', "", contract, count=1)
    assert shorter != contract
    return shorter
