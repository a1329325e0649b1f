"""Tmall's 會員通 at the door, over real HTTP: in time, once, dated back, and never half."""

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from capabilities.caller import Role
from connectors._kit.signatures import top_hmac_sha256
from demo.top.members import ACTIVATE, BIND, QUERY, REGISTER, Buyer, MemberCenter, Waiting
from gateway.app import create_app
from store.engine import Store
from tests.gateway.serving import bearer, served, settings_for
from tests.migrated import migrated

ESTATE = """
brand: baiwei
time_zone: Asia/Shanghai
channels:
  - {{code: tmall, name: 天猫, kind: MARKETPLACE}}
  - {{code: shop, name: 商城, kind: OTHER}}
connectors:
  - name: woo
    system: woocommerce
    settings: {{ base_url: "{url}/wp-json/wc/v3", username: ck_demo }}
    secrets: {{ password: "env:DEMO_WOO_SECRET" }}
    limits: {{ deadline_ms: 5000 }}
    channels: {{ member: shop }}
"""
DOORS = """
doors:
  - name: flagship
    channel: tmall
    app_key: "12345678"
    secrets: ["env:TMALL_TEST_NEXT", "env:TMALL_TEST_SECRET"]
    seller: 百味旗舰店
    levels: { gold: 3 }
  - name: outlet
    channel: shop
    app_key: "12345678"
    secrets: ["env:TMALL_TEST_SECRET"]
"""
BEIJING = timezone(timedelta(hours=8))
SECRET, SELLER = "helloworld", "百味旗舰店"
_BORN = iter(range(1, 10_000))


@pytest.fixture(scope="module")
def shop():
    command = [sys.executable, "-m", "demo.shop", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        words = (word for line in process.stdout for word in line.split())
        yield next(word for word in words if word.startswith("http://"))
        process.terminate()


@pytest.fixture(scope="module")
def gateway(shop, postgres, valkey, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tmall")
    database = migrated(postgres, "tmall_door")
    (folder / "doors.yaml").write_text(DOORS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_WOO_SECRET", "cs_demo")
        patch.setenv("TMALL_TEST_SECRET", SECRET)
        patch.setenv("TMALL_TEST_NEXT", "the next secret")
        settings = settings_for(
            folder,
            ESTATE.format(url=shop),
            database_url=SecretStr(database),
            redis_url=SecretStr(valkey.url),
            tmall_doors=folder / "doors.yaml",
        )
        with served(create_app(settings)) as (host, port):
            yield Gateway(settings, f"http://{host}:{port}", shop)


class Gateway:
    def __init__(self, settings, url, shop):
        self.settings, self.url, self.shop = settings, url, shop

    def center(self, client, door="flagship", **given):
        told = {"app_key": "12345678", "secret": SECRET, "seller": SELLER, "waits": 60, **given}
        return MemberCenter(client, f"{self.url}/tmall/{door}", **told)

    def run(self, story, **given):
        """What a story of the platform's, told as `story(center)`, gives."""

        async def told():
            async with httpx.AsyncClient() as client:
                return await story(self.center(client, **given))

        return asyncio.run(told())

    def ask(self, method, buyer, **given):
        told = {"ouid": buyer.ouid, "omid": buyer.omid, "nick": buyer.nick, "mobile": buyer.mobile}
        return self.run(lambda center: center.ask(method, {**told, **given}))

    def rows(self, statement, **named):
        async def asked():
            store = Store.open(self.settings.database_url.get_secret_value())
            try:
                return await store.rows(text(statement), named)
            finally:
                await store.aclose()

        return asyncio.run(asked())

    def member(self, phone):
        query = """query M($p: String!) { member(by: {phone: $p}) {
          id memberships { channel { code } number joinedAt } } }"""
        body = {"query": query, "variables": {"p": phone}}
        headers = bearer(self.settings, Role.SERVICE)
        return httpx.post(f"{self.url}/graphql", json=body, headers=headers).json()["data"][
            "member"
        ]

    def erase(self, phone):
        wish = {"member": self.member(phone)["id"], "reason": "T-1", "idempotencyKey": phone[-4:]}
        query = "mutation E($i: EraseMemberInput!) { eraseMember(input: $i) { __typename } }"
        body = {"query": query, "variables": {"i": wish}}
        headers = bearer(self.settings, Role.ADMIN)
        answer = httpx.post(f"{self.url}/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer

    def joined(self, buyer):
        (row,) = self.rows(
            "SELECT joined_at FROM membership_records WHERE channel = 'tmall' AND number = :n",
            n=buyer.ouid,
        )
        return row.joined_at

    def slow(self, mode):
        httpx.post(f"{self.shop}/__control/fault", json={"mode": mode}).raise_for_status()


def buyer(**given):
    turn = next(_BORN)
    told = {
        "ouid": f"AAH{turn:06d}o",
        "omid": f"OM{turn:06d}",
        "nick": f"nick{turn}",
        "mobile": f"1390002{turn:04d}",
    }
    return Buyer(**{**told, **given})


def test_nobody_joins_and_is_shown_whole(gateway):
    one = buyer()
    assert gateway.ask(QUERY, one) == {"query_code": "E01"}
    assert gateway.ask(REGISTER, one) == {"register_code": "SUC"}
    shown = {"point": 0, "level": 1, "nick": one.nick, "extend": "", "mobile": one.mobile}
    assert gateway.ask(QUERY, one) == {"query_code": "SUC", "member": shown}
    (membership,) = gateway.member(one.mobile)["memberships"]
    assert (membership["channel"]["code"], membership["number"]) == ("tmall", one.ouid)


def test_a_member_of_another_channel_is_bound_to_the_same_person(gateway):
    known = httpx.get(
        f"{gateway.shop}/wp-json/wc/v3/customers/101", auth=("ck_demo", "cs_demo")
    ).json()
    one = buyer(mobile=known["username"])
    assert gateway.ask(QUERY, one) == {"query_code": "E02"}
    assert gateway.ask(BIND, one) == {"bind_code": "SUC"}
    assert gateway.ask(QUERY, one)["query_code"] == "SUC"
    person = gateway.member(one.mobile)
    assert {each["channel"]["code"] for each in person["memberships"]} == {"shop", "tmall"}
    assert gateway.ask(BIND, buyer()) == {"bind_code": "E01"}


def test_another_shop_of_the_brand_is_the_same_person_by_her_omid(gateway):
    one = buyer()
    other = buyer(omid=one.omid, mobile="18877771111-123")  # a number that the platform gave out
    assert gateway.ask(REGISTER, one)["register_code"] == "SUC"
    assert gateway.ask(REGISTER, other)["register_code"] == "SUC"
    numbers = {each["number"] for each in gateway.member(one.mobile)["memberships"]}
    assert numbers == {one.ouid, other.ouid}


def test_an_old_member_of_the_shop_is_activated(gateway):
    one = buyer()
    answer = gateway.ask(ACTIVATE, one)
    assert (answer["flag"], answer["code"]) == ("success", "0")
    assert gateway.ask(QUERY, one)["query_code"] == "SUC"


def test_flight_mode_brings_everybody_once_and_dates_her_back(gateway):
    people = [buyer() for _ in range(5)]
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    moment = [began]

    async def story(center):
        center.flight = True
        assert {await center.join(one) for one in people} == {"FLIGHT"}
        moment[0] = datetime.now(UTC)
        again = [Waiting(buyer=one, joined=began) for one in people]
        assert await center.backfill() == 0
        center.waiting = again  # as if no answer had come
        assert await center.backfill() == 0
        return center.given_up

    assert gateway.run(story, clock=lambda: moment[0]) == []
    assert {gateway.joined(one) for one in people} == {began}
    assert {len(gateway.member(one.mobile)["memberships"]) for one in people} == {1}


def test_the_earliest_date_stands_whatever_comes_first(gateway):
    one, now = buyer(), datetime.now(UTC).replace(microsecond=0)
    for hours in (2, 5, 1):
        told = (now - timedelta(hours=hours)).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        assert gateway.ask(REGISTER, one, register_time=told)["register_code"] == "SUC"
    assert gateway.joined(one) == now - timedelta(hours=5)


def test_doubled_registrations_at_once_are_one(gateway):
    one = buyer()
    told = {"ouid": one.ouid, "omid": one.omid, "nick": one.nick, "mobile": one.mobile}

    async def story(center):
        return await asyncio.gather(*(center.ask(REGISTER, told) for _ in range(12)))

    assert {answer["register_code"] for answer in gateway.run(story)} == {"SUC"}
    assert len(gateway.member(one.mobile)["memberships"]) == 1


def test_a_phone_is_in_no_row_in_the_clear(gateway):
    one = buyer()
    gateway.ask(REGISTER, one)
    for table in ("membership_records", "identity_claims", "audit_entries", "members"):
        rows = gateway.rows(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 - our own
        assert one.mobile not in "".join(each.row for each in rows)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret": "another"}, 401),
        ({"app_key": "87654321"}, 401),
        ({"seller": "别人的店"}, 403),
        ({"clock": lambda: datetime.now(UTC) - timedelta(minutes=11)}, 401),
        ({"clock": lambda: datetime.now(UTC) + timedelta(minutes=11)}, 401),
    ],
)
def test_who_is_not_the_platform_is_refused_and_leaves_nothing(gateway, change, status):
    one = buyer()

    async def story(center):
        query, headers, body = center.written(REGISTER, {"ouid": one.ouid, "mobile": one.mobile})
        async with httpx.AsyncClient() as client:
            url = f"{gateway.url}/tmall/flagship"
            return await client.post(url, params=query, headers=headers, content=body)

    answer = gateway.run(story, **change)
    assert answer.status_code == status
    assert gateway.member(one.mobile) is None


def test_what_was_signed_is_what_counts(gateway):
    one = buyer()

    async def story(center):
        query, headers, body = center.written(REGISTER, {"ouid": one.ouid, "mobile": one.mobile})
        async with httpx.AsyncClient() as client:

            async def post(query=query, headers=headers, body=body, door="flagship"):
                url = f"{gateway.url}/tmall/{door}"
                sent = await client.post(url, params=query, headers=headers, content=body)
                return sent.status_code

            twice = [*query.items(), ("method", QUERY)]
            return [
                await post(body=body.replace(b"139", b"138")),
                await post(query={**query, "method": QUERY}),
                await post(headers={**headers, "x-trace": "other"}),
                await post(query=twice),
                await post(door="nowhere"),
                await post(),
            ]

    assert gateway.run(story) == [401, 401, 401, 401, 401, 200]


def test_the_next_secret_and_a_signed_form_are_taken(gateway):
    one = buyer()
    assert gateway.run(lambda center: center.query(one), secret="the next secret") == {
        "query_code": "E01"
    }
    now = datetime.now(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    form = {
        "method": QUERY,
        "app_key": "12345678",
        "timestamp": now,
        "sign_method": "hmac-sha256",
        "seller_name": SELLER,
        "mobile": one.mobile,
    }
    form["sign"] = top_hmac_sha256(form.items(), SECRET)
    answer = httpx.post(f"{gateway.url}/tmall/flagship", data=form)
    assert (answer.status_code, answer.json()) == (200, {"query_code": "E01"})


def test_a_system_that_is_slow_is_never_waited_for(gateway):
    known = buyer()
    gateway.ask(REGISTER, known)
    gateway.slow("timeout")
    try:
        stranger, began = gateway.ask(QUERY, buyer()), time.monotonic()
        bound = gateway.ask(QUERY, known)
        joined = gateway.ask(REGISTER, buyer())
        took = time.monotonic() - began
    finally:
        gateway.slow("none")
    assert stranger == {"query_code": "E04"}
    assert (bound["query_code"], joined["register_code"]) == ("SUC", "SUC")
    assert took < 30


def test_points_of_the_channels_own_system_are_whole_or_not_told(gateway):
    shop = httpx.get(
        f"{gateway.shop}/wp-json/wc/v3/customers/103", auth=("ck_demo", "cs_demo")
    ).json()
    one = buyer(mobile=shop["username"])

    def ask(method):
        told = {"ouid": one.ouid, "omid": one.omid, "nick": one.nick, "mobile": one.mobile}
        return gateway.run(lambda center: center.ask(method, told), door="outlet")

    assert ask(BIND) == {"bind_code": "SUC"}
    whole = ask(QUERY)
    assert whole["query_code"] == "SUC"
    gateway.slow("timeout")
    try:
        assert ask(QUERY) == whole  # as the platform knows it
    finally:
        gateway.slow("none")


def test_who_was_erased_comes_back_only_by_joining_after_it(gateway):
    one = buyer()
    joined = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)

    def told(at):
        return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")

    assert gateway.ask(REGISTER, one, register_time=told(joined))["register_code"] == "SUC"
    gateway.erase(one.mobile)
    again = gateway.ask(REGISTER, one, register_time=told(joined))
    assert again == {"register_code": "E05"}
    assert (
        gateway.rows(
            "SELECT FROM membership_records WHERE channel = 'tmall' AND number = :n", n=one.ouid
        )
        == []
    )
    later = told(datetime.now(UTC) + timedelta(seconds=2))
    assert gateway.ask(REGISTER, one, register_time=later) == {"register_code": "SUC"}
    while gateway.ask(QUERY, one)["query_code"] != "SUC":
        pass  # every process follows the tombstones within a second


def test_figures_know_methods_and_codes_and_nobody(gateway):
    one = buyer()
    gateway.ask(QUERY, one)
    figures = httpx.get(f"{gateway.url}/metrics", headers=bearer(gateway.settings, Role.ADMIN)).text
    assert f'santong_tmall_calls_total{{door="flagship",method="{QUERY}",outcome="E01"}}' in figures
    assert one.mobile not in figures
