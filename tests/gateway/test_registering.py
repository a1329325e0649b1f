"""Registering connectors through the running gateway: checked whole, kept, followed by all."""

import asyncio
import json
import logging
import socket
import time

import psycopg
import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from connectors._kit import addresses
from gateway.settings import Settings
from tests.connectors._kit.hostile_addresses import HOSTILE
from tests.gateway.serving import opened, settings_for
from tests.migrated import migrated

ESTATE = """
brand: baiwei
channels:
  - {code: jd, name: 京东旗舰店, kind: MARKETPLACE}
  - {code: shop, name: 官网, kind: OTHER}
connectors:
  - {name: pos, system: ospos, settings: {url: "postgresql://u@h/d"}, channels: {order: jd}}
"""
EAST = """
name: east
system: woocommerce
settings: { base_url: "https://east.example/wp-json/wc/v3", username: reader }
new_channels:
  - { code: east, name: 东区, kind: STORE }
channels: { member: east, order: { checkout: east } }
"""
SECRET = {"name": "password", "value": "hunter2 hunter2"}
_RESULT = """{
  __typename
  ... on RegisteredConnector { name version action state author reason definition }
  ... on UserError { code path message }
  ... on ConnectorInvalid { faults { code message line column key } }
  ... on ConnectorDeclined { valid }
}"""
_CONNECTORS = (
    "{ connectors { name health state origin refused author lastError } channels { code } }"
)


class Caller:
    """An administrator of one gateway."""

    def __init__(self, client):
        self.client = client
        self.keys = 0

    async def post(self, query, **variables):
        body = {"query": query, "variables": variables}
        return (await self.client.post("/graphql", json=body)).json()

    async def change(self, action, key=None, **given):
        self.keys += 1
        wish = {"reason": "a test", "idempotencyKey": key or f"k-{self.keys}", **given}
        kind = {"register": "RegisterConnectorInput", "update": "UpdateConnectorInput"}.get(
            action, "ConnectorChangeInput"
        )
        text = f"mutation Q($input: {kind}!) {{ it: {action}Connector(input: $input) {_RESULT} }}"
        answer = await self.post(text, input=wish)
        assert "errors" not in answer, answer
        return answer["data"]["it"]

    async def register(self, definition=EAST, secrets=(SECRET,), **given):
        return await self.change("register", definition=definition, secrets=list(secrets), **given)

    async def connectors(self):
        data = (await self.post(_CONNECTORS))["data"]
        return {one["name"]: one for one in data["connectors"]}, [
            one["code"] for one in data["channels"]
        ]


@pytest.fixture
def settings(tmp_path, postgres):
    database = migrated(postgres, f"registering_{tmp_path.name}")
    return settings_for(tmp_path, ESTATE, database_url=SecretStr(database))


@pytest.fixture
async def admin(settings):
    async with opened(settings, Role.ADMIN) as client:
        yield Caller(client)


async def test_a_registered_connector_is_in_force_when_it_is_answered(admin):
    answer = await admin.register()
    assert (answer["name"], answer["version"], answer["state"]) == ("east", 1, "IN_FORCE")
    assert (answer["author"], answer["reason"]) == ("demo-admin", "a test")
    assert answer["definition"] == EAST
    connectors, channels = await admin.connectors()
    assert connectors["east"] == {
        "name": "east",
        "health": "UNTRIED",
        "state": "IN_FORCE",
        "origin": "REGISTERED",
        "refused": None,
        "author": "demo-admin",
        "lastError": None,
    }
    assert channels == ["jd", "shop", "east"]


async def test_it_is_changed_paused_resumed_and_removed(admin):
    await admin.register()
    changed = await admin.change("update", name="east", definition=EAST + "limits: {max_batch: 5}")
    assert (changed["version"], changed["action"]) == (2, "UPDATE")
    paused = await admin.change("pause", name="east")
    assert paused["state"] == "PAUSED"
    connectors, _ = await admin.connectors()
    assert (connectors["east"]["health"], connectors["east"]["state"]) == ("PAUSED", "PAUSED")
    assert (await admin.change("update", name="east", secrets=[SECRET]))["state"] == "PAUSED"
    assert (await admin.change("resume", name="east"))["state"] == "IN_FORCE"
    assert (await admin.connectors())[0]["east"]["health"] == "UNTRIED"
    assert (await admin.change("remove", name="east"))["state"] == "REMOVED"
    connectors, channels = await admin.connectors()
    assert list(connectors) == ["pos"]
    assert channels == ["jd", "shop"]
    assert (await admin.register())["version"] == 7


async def test_a_list_says_that_a_source_is_paused(admin):
    await admin.register()
    await admin.change("pause", name="east")
    answer = await admin.post("{ orders { sources { name status code } } }")
    sources = {one["name"]: one for one in answer["data"]["orders"]["sources"]}
    assert sources["east"] == {"name": "east", "status": "ERROR", "code": "CONNECTOR_PAUSED"}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("name: east", "name: pos"), "ESTATE_INVALID", "'pos' stands in the estate file"),
        (("checkout: east", "checkout: jd"), "ESTATE_INVALID", "'pos' already answers order"),
        (("checkout: east", "checkout: west"), "ESTATE_INVALID", "channels are east, jd, shop"),
        (("code: east", "code: shop"), "ESTATE_INVALID", "channel 'shop' exists already"),
        (("system: woocommerce", "system: woocommerc"), "MANIFEST_NOT_FOUND", "did you mean"),
        (("username: reader", ""), "SETTING_MISSING", "no setting 'username'"),
        (("https://east.example", "gopher://east.example"), "BASE_ADDRESS_INVALID", "https://"),
        (("name: east", "name: ["), "ESTATE_INVALID", "no YAML"),
    ],
)
async def test_what_cannot_be_in_force_is_refused_with_its_faults(admin, change, code, words):
    answer = await admin.register(EAST.replace(*change, 1))
    assert (answer["__typename"], answer["code"]) == ("ConnectorInvalid", "CONNECTOR_INVALID")
    (fault,) = answer["faults"]
    assert fault["code"] == code
    assert words in fault["message"]
    assert list((await admin.connectors())[0]) == ["pos"]


async def test_a_fault_has_line_column_and_key(admin):
    answer = await admin.register(EAST.replace("checkout: east", "checkout: west"))
    (fault,) = answer["faults"]
    assert (fault["line"], fault["column"], fault["key"]) == (7, 34, "channels.order")


async def test_a_route_to_what_a_system_cannot_answer_is_refused(admin):
    definition = EAST.replace("system: woocommerce", MANIFEST)
    answer = await admin.register(definition)
    assert answer["faults"][0]["key"] == "channels.member"
    assert "it answers order" in answer["faults"][0]["message"]
    good = definition.replace("member: east, ", "")
    assert (await admin.register(good))["name"] == "east"


MANIFEST = """
manifest:
  system: east_shop
  title: East
  version: "1"
  protocol: rest
  address: "{base_url}"
  paging: { limit: limit, offset: skip, sort: sort, direction: dir }
  orders:
    resource: orders
    channel: { from: origin }
    record: { number: id, placed_at: { from: created, as: instant, zone: UTC } }
    order: { ties: complete, by: created, before: until, after: since }
    by_key: { param: ids, keys: "[0-9]{1,12}" }
""".strip()


async def test_a_broken_update_leaves_what_is_in_force(admin):
    await admin.register()
    broken = EAST.replace("system: woocommerce", "system: nothing")
    answer = await admin.change("update", name="east", definition=broken)
    assert answer["code"] == "CONNECTOR_INVALID"
    connectors, _ = await admin.connectors()
    assert (connectors["east"]["state"], connectors["east"]["refused"]) == ("IN_FORCE", None)


@pytest.mark.parametrize(
    ("name", "code"), [("nobody", "CONNECTOR_UNKNOWN"), ("pos", "CONNECTOR_NOT_REGISTERED")]
)
async def test_only_what_is_registered_can_be_changed(admin, name, code):
    await admin.register()
    for action in ("update", "pause", "resume", "remove"):
        answer = await admin.change(action, name=name)
        assert (answer["code"], answer["valid"]) == (code, ["east"])


async def test_a_name_is_registered_once(admin):
    await admin.register()
    assert (await admin.register())["code"] == "CONNECTOR_EXISTS"


async def test_a_channel_that_others_need_stays(admin):
    await admin.register()
    west = "{name: west, system: ospos, settings: {url: 'postgresql://u@h/d'}, "
    west += "channels: {promotion: east}}"
    assert (await admin.register(west, ()))["name"] == "west"
    answer = await admin.change("remove", name="east")
    assert (answer["code"], answer["valid"]) == ("CONNECTOR_NEEDED", ["west"])


async def test_the_same_wish_again_answers_what_it_did(admin):
    first = await admin.register(key="one")
    assert await admin.register(key="one") == first
    assert (await admin.register(EAST + "\n", key="one"))["code"] == "IDEMPOTENCY_KEY_REUSED"
    other = [SECRET | {"value": "another"}]
    assert (await admin.register(secrets=other, key="one"))["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
@pytest.mark.parametrize("action", ["register", "update", "pause", "resume", "remove"])
async def test_nobody_else_does(settings, role, action):
    given = 'definition: "x", ' if action == "register" else 'name: "x", '
    wish = f'{{{given} reason: "r", idempotencyKey: "k"}}'
    async with opened(settings, role) as client:
        answer = await Caller(client).post(
            f"mutation {{ {action}Connector(input: {wish}) {{ __typename }} }}"
        )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "reference",
    ["env:SANTONG_SECRET_KEY", "env:HOME", "file:/etc/passwd", "file:../../etc/passwd"],
)
async def test_a_reference_over_the_network_reads_nothing_of_this_machine(admin, reference):
    definition = EAST + f'secrets: {{ password: "{reference}" }}\n'
    answer = await admin.register(definition, ())
    assert answer["faults"][0]["code"] == "SECRET_REFERENCE_INVALID"


async def test_a_reference_that_may_be_is_taken(admin, monkeypatch):
    monkeypatch.setenv("CONNECTOR_SECRET_EAST", "hunter2")
    definition = EAST + 'secrets: { password: "env:CONNECTOR_SECRET_EAST" }\n'
    assert (await admin.register(definition, ()))["name"] == "east"


@pytest.fixture
async def strict(settings):
    """An administrator of a gateway as it comes: nothing is allowed but the public network."""
    fresh = settings.model_copy(
        update={"connector_hosts": Settings.model_fields["connector_hosts"].default}
    )
    async with opened(fresh, Role.ADMIN) as client:
        yield Caller(client)


async def test_no_hostile_address_is_registered(strict):
    for url in HOSTILE:
        definition = EAST.replace('"https://east.example/wp-json/wc/v3"', json.dumps(url))
        answer = await strict.register(definition)
        code = answer["faults"][0]["code"]
        assert code in ("ADDRESS_REFUSED", "BASE_ADDRESS_INVALID"), (url, answer)


async def test_a_name_that_leads_to_this_machine_is_not_registered(strict, monkeypatch):
    async def look(host, port):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses, "_system", look)
    answer = await strict.register()
    assert answer["faults"][0]["code"] == "ADDRESS_REFUSED"
    assert "loopback" in answer["faults"][0]["message"]


async def test_what_a_gateway_is_not_allowed_is_broken_and_says_so(tmp_path):
    settings = settings_for(tmp_path, ESTATE.replace("u@h", "u@127.0.0.1"), connector_hosts=())
    async with opened(settings, Role.ADMIN) as client:
        connectors, _ = await Caller(client).connectors()
    assert connectors["pos"]["health"] == "BROKEN"
    assert connectors["pos"]["lastError"].startswith("ADDRESS_REFUSED")
    assert "SANTONG_CONNECTOR_HOSTS" in connectors["pos"]["lastError"]


async def test_every_process_follows_within_two_seconds(settings):
    async with opened(settings, Role.ADMIN) as one, opened(settings, Role.ADMIN) as two:
        here, there = Caller(one), Caller(two)
        await here.register()
        began = time.monotonic()
        async with asyncio.timeout(5):
            while "east" not in (await there.connectors())[0]:  # noqa: ASYNC110 - polling is the thing
                await asyncio.sleep(0.01)
        assert time.monotonic() - began < 2
        await here.change("remove", name="east")
        began = time.monotonic()
        async with asyncio.timeout(5):
            while "east" in (await there.connectors())[0]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        assert time.monotonic() - began < 2


async def test_it_is_there_after_a_restart_also_when_a_row_says_nothing_any_more(settings):
    async with opened(settings, Role.ADMIN) as client:
        await Caller(client).register()
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(
            "INSERT INTO connector_versions VALUES ('baiwei', 'odd', 1, 'REGISTER', 'name: [', "
            "false, 'x', now(), '', 'x', '')"
        )
        connection.execute("UPDATE state_versions SET version = version + 1")
    async with opened(settings, Role.ADMIN) as client:
        connectors, _ = await Caller(client).connectors()
    assert connectors["east"]["health"] == "UNTRIED"
    assert connectors["odd"]["state"] == "REFUSED"


async def test_without_a_store_the_files_serve_and_changes_are_refused(tmp_path):
    async with opened(settings_for(tmp_path, ESTATE), Role.ADMIN) as client:
        caller = Caller(client)
        assert list((await caller.connectors())[0]) == ["pos"]
        answer = await caller.post(
            'mutation { pauseConnector(input: {name: "x", reason: "r", idempotencyKey: "k"}) '
            "{ __typename } }"
        )
    assert answer["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"


async def test_a_planted_secret_is_found_nowhere(settings, caplog, capsys):
    planted = "PLANTED-9d41c0"
    caplog.set_level(logging.DEBUG)
    told = []
    async with opened(settings, Role.ADMIN) as client:
        caller = Caller(client)
        secret = {"name": "password", "value": planted}
        told.append(await caller.register(secrets=[secret]))
        told.append(await caller.change("update", name="east", secrets=[secret]))
        told.append(await caller.register(EAST + "colour: red", [secret]))
        told.append(await caller.register(EAST.replace("name: east", "name: pos"), [secret]))
        told.append(await caller.register("name: [", [secret]))
        told.append(await caller.connectors())
        told.append(await caller.post("{ connectors { lastError refused } }"))
        told.append(await caller.post("{ orders { nodes { number } sources { message } } }"))
        page = await client.get("/metrics")
        told.append(page.text)
    database = settings.database_url.get_secret_value()
    with psycopg.connect(database) as connection:
        for table in ("connector_versions", "connector_secrets", "state_versions"):
            told += connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own
    written = f"{told!r}{caplog.text}{capsys.readouterr()}"
    assert "east" in written
    assert planted not in written
    assert planted.encode().hex() not in written


async def test_a_secret_that_comes_with_a_wrong_input_is_not_said_back(admin):
    text = """mutation Q($input: RegisterConnectorInput!) {
      registerConnector(input: $input) { __typename }
    }"""
    answer = await admin.post(text, input={"secrets": [{"name": "p", "value": "PLANTED-1"}]})
    assert answer["errors"]
    assert "PLANTED-1" not in str(answer)


async def test_a_secret_that_its_system_needs_is_asked_for(admin):
    assert (await admin.register(secrets=()))["faults"][0]["code"] == "SECRET_MISSING"
    assert (await admin.register())["name"] == "east"
