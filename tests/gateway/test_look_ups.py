"""Look-ups of staff over HTTP: a budget for each person, a reason beyond it, and what it leaves."""

import asyncio
import json
import logging
import secrets
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import MembershipKey, Role
from capabilities.ids import global_id, parse_global_id
from gateway.auth.tokens import mint
from gateway.observe import Metrics
from store.access.api_keys import ApiKeys
from store.access.audit import Audit
from store.engine import Store
from tests.gateway.serving import BRAND, opened, settings_for
from tests.migrated import migrated

ESTATE = """
brand: baiwei
channels:
  - {code: own, name: 会员俱乐部, kind: APP}
connectors: []
"""
LIN, NEIGHBOUR = "13900020001", "13900020002"
REGISTER = """
mutation R($i: RegisterMemberInput!) { registerMember(input: $i) { __typename
  ... on MemberRegistered { memberId } ... on UserError { code } } }
"""

SHAPES = (
    '{ member(by: {cardNumber: "%s"}) { id } }',
    '{ member(by: {membership: {channel: "own", number: "%s"}}) { id } }',
    '{ member(by: {id: "%s"}) { id } }',
    '{ node(id: "%s") { id } }',
    '{ nodes(ids: ["%s"]) { id } }',
    '{ _entities(representations: [{__typename: "Member", id: "%s"}]) { ... on Member { id } } }',
    'mutation { updateProfile(input: {member: "%s", idempotencyKey: "k"}) { __typename } }',
    'mutation { tagMember(input: {member: "%s", tag: "x", idempotencyKey: "k"}) { __typename } }',
)


class Front:
    """A client of a gateway, as whoever is named."""

    def __init__(self, settings, client):
        self.settings = settings
        self._client = client
        self.ada = f"ada {secrets.token_hex(4)}"  # all tests share one Redis

    async def ask(self, query, subject=None, role=Role.SERVICE, reason=None, **facts):
        member = facts.pop("member", None)
        who = {"subject": subject or self.ada, "role": role, "member": member}
        token = facts.pop("token", None) or mint(self.settings, brand=BRAND, stores=["M1"], **who)
        headers = {"authorization": f"Bearer {token}"}
        headers |= {"x-santong-reason": reason} if reason else {}
        body = {"query": query, "variables": facts}
        return (await self._client.post("/graphql", json=body, headers=headers)).json()

    async def register(self, phone, **who):
        wish = {"channel": "own", "phone": phone, "phoneVerified": True, "familyName": "林"}
        wish["idempotencyKey"] = secrets.token_hex(8)
        return (await self.ask(REGISTER, **who, i=wish))["data"]["registerMember"]


@asynccontextmanager
async def front(tmp_path, postgres, valkey, **changes):
    database = migrated(postgres, f"looks_{secrets.token_hex(4)}")
    settings = settings_for(
        tmp_path,
        ESTATE,
        **{
            "database_url": SecretStr(database),
            "redis_url": SecretStr(valkey.url),
            "lookups_per_10_minutes": 4,
            "lookups_per_day": 6,
            **changes,
        },
    )
    async with opened(settings) as client:
        yield Front(settings, client)


@pytest.fixture
async def desk(tmp_path, postgres, valkey):
    async with front(tmp_path, postgres, valkey) as made:
        yield made


def people(count, start=0):
    aliases = (f'p{at}: member(by: {{phone: "1391000{at:04}"}}) {{ id }}' for at in range(count))
    return f"{{ {' '.join(aliases)} }}".replace("1391000", f"139100{start}")


def codes(answer):
    """What was refused; that no system here finds an unknown phone is no matter."""
    found = [one["extensions"]["code"] for one in answer.get("errors", ())]
    return [one for one in found if one != "IDENTITY_UNSUPPORTED"]


def one_id(member):
    return parse_global_id(member).key


async def trail(front):
    store = Store.open(front.settings.database_url.get_secret_value())
    try:
        rows = await Audit(store, BRAND).page(100)
        return [one for one in rows if one.action == "lookup.over_budget"]
    finally:
        await store.aclose()


async def test_beyond_the_budget_each_look_up_is_refused_in_every_shape(desk):
    registered = await desk.register(LIN, subject="eve")
    answer = await desk.ask(people(9))
    assert codes(answer) == ["LOOKUPS_SPENT"] * 5
    known, unknown = registered["memberId"], global_id("Member", BRAND, "x")
    for one in (known, unknown):
        for shape in SHAPES:
            query = shape % one
            assert codes(await desk.ask(query)) == ["LOOKUPS_SPENT"], query
    by_phone = f'{{ member(by: {{phone: "{LIN}"}}) {{ id }} }}'
    assert codes(await desk.ask(by_phone)) == ["LOOKUPS_SPENT"]
    wish = {"channel": "own", "phone": LIN, "idempotencyKey": "r"}
    assert codes(await desk.ask(REGISTER, i=wish)) == ["LOOKUPS_SPENT"]
    assert codes(await desk.ask(people(1), subject="bob")) == []
    (row,) = await trail(desk)
    assert (row.actor, row.role, row.about, row.reason) == (desk.ada, "SERVICE", None, None)


async def test_a_reason_lets_go_on_and_leaves_a_row_for_each(desk, caplog):
    registered = await desk.register(LIN, subject="eve")
    await desk.ask(people(4))
    reason = "%E5%B7%A5%E5%8D%95%20881,%20she%20calls%20from%2013912345678"
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        query = f'{{ member(by: {{phone: "{LIN}"}}) {{ id }} }}'
        answer = await desk.ask(query, reason=reason)
        assert answer["data"]["member"]["id"] == registered["memberId"]
    assert codes(await desk.ask(people(1, start=9), reason="x ")) == ["LOOKUPS_SPENT"]
    assert codes(await desk.ask(people(1, start=9), reason="ticket 9")) == []
    nobody, refused, *two = await trail(desk)
    assert (nobody.about, nobody.reason) == (None, "ticket 9")
    assert refused.reason is None
    assert [(one.about, one.reason) for one in two] == [
        (one_id(registered["memberId"]), "工单 881, she calls from ***")
    ] * 2
    lines = [one for one in caplog.records if one.getMessage() == "look-ups beyond the budget"]
    told = [(one.subject, one.outcome) for one in lines]
    assert told == [(desk.ada, "ANSWERED"), (desk.ada, "REFUSED")]
    assert LIN not in caplog.text


async def test_the_day_has_a_budget_too(tmp_path, postgres, valkey):
    async with front(tmp_path, postgres, valkey, lookups_per_10_minutes=50) as desk:
        assert codes(await desk.ask(people(8))) == ["LOOKUPS_SPENT"] * 2
        assert [one.facts for one in await trail(desk)] == ['{"answered":false,"budget":"DAY"}']


async def test_a_machine_with_a_key_has_a_budget_of_its_own(tmp_path, postgres, valkey):
    secret, kept = new_secret()
    async with front(tmp_path, postgres, valkey, key_lookups_per_10_minutes=7) as desk:
        store = Store.open(desk.settings.database_url.get_secret_value())
        scope = KeyScope(role=Role.SERVICE)
        await ApiKeys(store, BRAND).add("crm", scope, kept, by="test")
        await store.aclose()
        async with asyncio.timeout(60):
            # What is awaited is the process's look at the keys.
            while "data" not in (answer := await desk.ask(people(8), token=secret)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert codes(answer) == ["LOOKUPS_SPENT"]


async def test_who_registers_people_spends_nothing_and_who_asks_for_them_does(desk):
    for at in range(6):
        done = await desk.register(f"1390003000{at}")
        assert done["__typename"] == "MemberRegistered"
    for at in range(4):
        assert (await desk.register(f"1390003000{at}"))["code"] == "MEMBER_EXISTS"
    assert codes(await desk.ask(people(1))) == ["LOOKUPS_SPENT"]


async def test_a_change_of_a_phone_and_its_guide_stand_in_the_trail(desk):
    registered = (await desk.register(LIN, subject="eve"))["memberId"]
    change = (
        'mutation { updateProfile(input: {member: "%s", phone: "13900020009", '
        'idempotencyKey: "k"}) { __typename } }'
    )
    answer = await desk.ask(change % registered)
    assert answer["data"]["updateProfile"]["__typename"] == "ProfileUpdated"
    store = Store.open(desk.settings.database_url.get_secret_value())
    rows = await Audit(store, BRAND).page(9)
    await store.aclose()
    (row,) = [one for one in rows if one.action == "member.changed"]
    assert (row.actor, row.about) == (desk.ada, one_id(registered))
    assert row.facts == '{"email":false,"phone":true}'


async def test_the_same_person_again_is_free(desk):
    await desk.register(LIN, subject="eve")
    for _ in range(9):
        assert codes(await desk.ask(f'{{ member(by: {{phone: "139 {LIN[3:]}"}}) {{ id }} }}')) == []
    assert codes(await desk.ask(people(3))) == []


async def test_without_redis_and_without_postgresql_there_is_a_smaller_budget(
    tmp_path, postgres, valkey
):
    away = {"redis_url": SecretStr("redis://127.0.0.1:1/0")}
    async with front(tmp_path, postgres, valkey, **away) as desk:
        assert codes(await desk.ask(people(5))) == ["LOOKUPS_SPENT"] * 3
    gone = {**away, "database_url": SecretStr("postgresql://127.0.0.1:1/away")}
    async with front(tmp_path, postgres, valkey, **gone) as desk:
        answer = await desk.ask(people(5))
        assert codes(answer).count("LOOKUPS_SPENT") == 3
        assert "LOOKUPS_SPENT" not in codes(await desk.ask(people(1), reason="ticket 1"))
        answer = await desk.ask(people(1, start=9), reason="ticket 1")
        assert codes(answer) == ["STORE_UNAVAILABLE"]


async def test_an_alarm_is_a_figure_without_anybody_in_it(desk, monkeypatch):
    made = []
    monkeypatch.setattr(Metrics, "answered", lambda self, *_: made.append(self))
    await desk.ask(people(6))
    told = made[0].text().decode()
    line = 'santong_lookups_beyond_budget_total{budget="TEN_MINUTES",outcome="REFUSED"'
    assert f'{line},role="SERVICE"}} 2.0' in told
    assert "139100" not in told


async def test_a_consumer_finds_herself_by_any_key_of_hers_and_is_not_counted(desk):
    registered = (await desk.register(LIN))["memberId"]
    store = Store.open(desk.settings.database_url.get_secret_value())
    (row,) = await store.rows(text("SELECT number FROM membership_links"))
    await store.aclose()
    who = {"role": Role.CONSUMER, "member": MembershipKey("own", row.number)}
    for _ in range(9):
        answer = await desk.ask(f'{{ me {{ id }} node(id: "{registered}") {{ id }} }}', **who)
        assert answer["data"] == {"me": {"id": registered}, "node": {"id": registered}}


@pytest.fixture
def statements(monkeypatch):
    """The statements that the store is asked, by their text, without the followers' polls."""
    asked, rows = [], Store.rows

    async def watched(self, statement, *words, **facts):
        if "state_versions" not in str(statement):
            asked.append(str(statement))
        return await rows(self, statement, *words, **facts)

    monkeypatch.setattr(Store, "rows", watched)
    return asked


async def test_for_a_consumer_a_person_who_is_there_takes_the_work_of_one_who_is_not(
    desk, statements
):
    mine = one_id((await desk.register(LIN))["memberId"])
    other = (await desk.register(NEIGHBOUR))["memberId"]
    store = Store.open(desk.settings.database_url.get_secret_value())
    held = await store.rows(text("SELECT number, one_id FROM membership_links"))
    await store.aclose()
    numbers = {one.one_id: one.number for one in held}
    who = {"role": Role.CONSUMER, "member": MembershipKey("own", numbers[mine])}

    await desk.ask("{ me { id } }", **who)  # who asks is remembered
    asked = {}
    for known, ids in (
        (True, [other, global_id("Membership", "own", numbers[one_id(other)])]),
        (
            False,
            [global_id("Member", BRAND, one_id(other)[::-1]), global_id("Membership", "own", "x")],
        ),
    ):
        for at, one in enumerate(ids):
            statements.clear()
            answer = await desk.ask(f'{{ node(id: "{one}") {{ id }} }}', **who)
            assert answer["data"] == {"node": None}
            assert "errors" not in answer
            asked[at, known] = sorted(statements)
    assert asked[0, True] == asked[0, False] != []
    assert asked[1, True] == asked[1, False] != []


PLACE = """
mutation P($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename
  ... on OrderChanged { orderId order { number } } ... on UserError { code path } } }
"""
BUYER = "member { id } }"
OF_ORDERS = (
    '{ order(by: {business: {channel: "own", number: "%(number)s"}}) { number ' + BUYER + " }",
    '{ order(by: {id: "%(id)s"}) { number ' + BUYER + " }",
    '{ node(id: "%(id)s") { ... on Order { number ' + BUYER + " } }",
    '{ nodes(ids: ["%(id)s"]) { ... on Order { number ' + BUYER + " } }",
    '{ _entities(representations: [{__typename: "Order", id: "%(id)s"}]) '
    "{ ... on Order { number " + BUYER + " } }",
    '{ orders(filter: {number: "%(number)s"}) { nodes { number ' + BUYER + " } }",
)


async def placed(desk, phone=None):
    """An order of somebody new, or of nobody: its id and its number."""
    wish = {"channel": "own", "idempotencyKey": secrets.token_hex(8)}
    money = {"amount": "5.00", "currency": "CNY"}
    wish["lines"] = [{"sku": "SN-1", "quantity": "1", "unitPrice": money}]
    wish["total"] = money
    if phone is not None:
        await desk.register(phone, subject="eve")
        asked = f'{{ member(by: {{phone: "{phone}"}}) {{ memberships {{ id }} }} }}'
        found = await desk.ask(asked, subject=f"eve {phone}")
        wish["membership"] = found["data"]["member"]["memberships"][0]["id"]
    done = await desk.ask(PLACE, subject=f"eve {phone}", i=wish)
    order = done["data"]["placeOrder"]
    return {"id": order["orderId"], "number": order["order"]["number"]}


async def test_who_bought_an_order_that_is_named_is_looked_up(desk):
    orders = [await placed(desk, f"1390005000{at}") for at in range(6)]
    nobodys = await placed(desk)
    listed = "{ orders(first: 20) { nodes { number member { id } } } }"
    assert codes(await desk.ask(listed)) == []  # nobody named them
    for at, shape in enumerate(OF_ORDERS):
        for _ in range(2):  # the same person again is free
            assert codes(await desk.ask(shape % orders[min(at, 3)])) == []
    for shape in OF_ORDERS:
        answer = await desk.ask(shape % orders[4])
        assert codes(answer) == ["LOOKUPS_SPENT"], shape
        assert orders[4]["number"] in str(answer["data"])  # the order itself is shown
        assert codes(await desk.ask(shape.replace(BUYER, "status }") % orders[5])) == []
        assert codes(await desk.ask(shape % nobodys)) == []
    assert codes(await desk.ask(listed)) == []
    assert codes(await desk.ask(OF_ORDERS[0] % orders[5], reason="ticket 12")) == []


async def test_a_touch_that_is_recorded_by_hand_stands_in_the_trail(desk):
    await desk.register(LIN)
    store = Store.open(desk.settings.database_url.get_secret_value())
    (row,) = await store.rows(text("SELECT number FROM membership_links"))
    touch = {"channel": "own", "number": row.number, "reference": "t1", "kind": "CALL"}
    touch |= {"source": "desk", "at": "2026-01-01T00:00:00Z", "idempotencyKey": "t"}
    query = "mutation T($i: RecordTouchInput!) { recordTouch(input: $i) { __typename } }"
    answer = await desk.ask(query, i=touch)
    assert answer["data"]["recordTouch"]["__typename"] == "TouchRecorded", answer
    rows = [one for one in await Audit(store, BRAND).page(9) if one.action == "touch.recorded"]
    await store.aclose()
    assert [(one.actor, json.loads(one.facts)["number"]) for one in rows] == [
        (desk.ada, row.number)
    ]
