"""The fast path over HTTP: entering, waiting, buying."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import MembershipKey, Role
from capabilities.flash.records import SHARED, FlashSale, SaleState
from capabilities.flash.room import Fairness
from capabilities.flash.tickets import Ticket, TicketKind, Tickets
from gateway.app import create_app
from gateway.auth.tokens import mint
from gateway.keys import derived_key
from store.engine import Store
from store.flash.audit import audit
from store.flash.sales import define
from tests.gateway.serving import BRAND, bearer, served, settings_for
from tests.migrated import migrated

NOW = datetime.now(UTC)


def sale(name, stock=5, **changes):
    return FlashSale(
        **{
            "id": name,
            "sku": "SN-1",
            "price": 990,
            "opens_at": NOW - timedelta(hours=1),
            "closes_at": NOW + timedelta(days=1),
            "pools": {SHARED: stock},
            "state": SaleState.OPEN,
            **changes,
        }
    )


SALES = (
    sale("open"),
    sale("small", 1),
    sale("later", opens_at=NOW + timedelta(hours=1)),
    sale("over", opens_at=NOW - timedelta(days=2), closes_at=NOW - timedelta(days=1)),
    sale("slow", admission_rate=0.001),
    sale("lot", admission_rate=1.0, fairness=Fairness.LOT, opens_at=NOW + timedelta(hours=1)),
)


@pytest.fixture(scope="module")
def front_settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, f"fast_{secrets.token_hex(4)}")

    async def prepare():
        store = Store.open(database, deadline_seconds=30)
        for one in SALES:
            await store.transaction(lambda run, one=one: define(run, BRAND, one))
        await store.aclose()

    asyncio.run(prepare())
    return settings_for(
        tmp_path_factory.mktemp("fast"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
        body_timeout_seconds=1.0,
    )


@pytest.fixture(scope="module")
def client(front_settings):
    with (
        served(create_app(front_settings)) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as opened,
    ):
        yield opened


def buyer(settings, number):
    token = mint(
        settings,
        role=Role.CONSUMER,
        brand=BRAND,
        stores=[],
        member=MembershipKey("jd", str(number)),
    )
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def enter(client, front_settings):
    return lambda where, number: client.post(
        f"/flash/{where}/tickets", headers=buyer(front_settings, number)
    )


def order(client, where, ticket, key="k", **more):
    body = {"idempotencyKey": key, **more}
    return client.post(f"/flash/{where}/orders", json=body, headers={"santong-ticket": ticket})


def test_who_enters_buys(client, enter):
    turn = enter("open", 1).json()
    assert (turn["admitted"], turn["ahead"]) == (True, 0)
    first = order(client, "open", turn["ticket"])
    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-store"
    told = first.json()
    assert told["__typename"] == "Reserved"
    again = order(client, "open", turn["ticket"]).json()
    assert again == {**told, "replay": True}
    other = order(client, "open", turn["ticket"], quantity=2).json()
    assert other == {"__typename": "DuplicateRequest"}
    more = order(client, "open", turn["ticket"], "other").json()
    assert more == {"__typename": "LimitReached", "limit": 1}


def test_a_copied_ticket_never_beats_the_limit(client, enter):
    tickets = {enter("open", 2).json()["ticket"] for _ in range(3)}
    got = [order(client, "open", one, f"k{n}").json() for n, one in enumerate(tickets)]
    assert [one["__typename"] for one in got].count("Reserved") == 1


def test_the_last_piece_goes_once(client, enter):
    tickets = [enter("small", number).json()["ticket"] for number in range(4)]
    got = [order(client, "small", one).json()["__typename"] for one in tickets]
    assert got == ["Reserved", "SoldOut", "SoldOut", "SoldOut"]


def test_before_it_opens_nobody_buys(client, enter):
    turn = enter("later", 1).json()
    told = order(client, "later", turn["ticket"]).json()
    assert told["__typename"] == "NotOpen"
    assert told["state"] == "OPEN"


def test_who_waits_polls_with_a_ticket_and_keeps_her_place(client, enter):
    first, second = enter("slow", 1).json(), enter("slow", 2).json()
    assert not second["admitted"]
    assert second["ahead"] > first["ahead"] >= 0
    assert enter("slow", 2).json()["ahead"] == second["ahead"], "who enters again gains nothing"
    polled = client.get("/flash/slow/tickets", headers={"santong-ticket": second["ticket"]})
    assert polled.json()["ahead"] == second["ahead"]
    assert polled.json()["retryAfterMs"] > 0
    refused = order(client, "slow", second["ticket"])
    assert (refused.status_code, code(refused)) == (401, "TICKET_KIND")


def test_before_the_draw_nobody_has_a_place(enter):
    assert enter("lot", 1).json()["ahead"] is None


def code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


def test_only_members_enter_and_only_known_sales_are_entered(client, enter, front_settings):
    staff = client.post("/flash/open/tickets", headers=bearer(front_settings))
    assert (staff.status_code, code(staff)) == (403, "FORBIDDEN")
    nobody = client.post("/flash/open/tickets")
    assert (nobody.status_code, code(nobody)) == (401, "UNAUTHENTICATED")
    for where, status, told in (
        ("none", 404, "FLASH_SALE_UNKNOWN"),
        ("over", 400, "FLASH_SALE_OVER"),
    ):
        answer = enter(where, 1)
        assert (answer.status_code, code(answer)) == (status, told)


def test_tickets_of_others_are_refused(client, enter, front_settings):
    mine = enter("open", 5).json()["ticket"]
    own = Tickets(derived_key(front_settings, "flash-tickets"), BRAND)
    over = own.signed("open", Ticket(TicketKind.ADMITTED, "m", "jd", 1, int(NOW.timestamp()) - 5))
    foreign = Tickets(b"f" * 32, BRAND).signed(
        "open", Ticket(TicketKind.ADMITTED, "m", "jd", 1, int(NOW.timestamp()) + 500)
    )
    for where, ticket, told in (
        ("small", mine, "TICKET_INVALID"),
        ("open", foreign, "TICKET_INVALID"),
        ("open", "", "TICKET_INVALID"),
        ("open", over, "TICKET_EXPIRED"),
    ):
        answer = order(client, where, ticket)
        assert (answer.status_code, code(answer)) == (401, told)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"quantity":1}', 400),
        (b'{"idempotencyKey":"k","quantity":0}', 400),
        (b'{"idempotencyKey":"k","quantity":-1}', 400),
        (b'{"idempotencyKey":"k","quantity":1e999}', 400),
        (b'{"idempotencyKey":"k","more":1}', 400),
        (b'{"idempotencyKey":"k","idempotencyKey":"l"}', 400),
        (b'{"idempotencyKey":"k","idempotencyKe\\u0079":"l"}', 400),
        (b'{"idempotencyKey":"\\u0000"}', 400),
        (b'{"idempotencyKey":"\xff"}', 400),
        (b'{"idempotencyKey":""}', 400),
        (b'{"idempotencyKey":"' + b"k" * 600 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_order_is_refused(client, enter, body, status):
    ticket = enter("open", 6).json()["ticket"]
    answer = client.post("/flash/open/orders", content=body, headers={"santong-ticket": ticket})
    assert answer.status_code == status
    assert code(answer) in ("BAD_JSON", "BODY_TOO_LARGE")


def test_other_addresses_and_methods_are_refused(client):
    assert client.get("/flash/open/orders").status_code == 405
    assert client.delete("/flash/open/tickets").status_code == 405
    assert client.get("/flash/open/else").status_code == 404
    assert client.get("/flash/").status_code == 404


def test_answers_are_counted(client, enter, front_settings):
    enter("open", 7)
    text = client.get("/metrics", headers=bearer(front_settings)).text
    assert 'santong_flash_orders_total{outcome="LimitReached"}' in text
    assert 'santong_flash_room_answers_total{outcome="entered"}' in text


def test_what_was_sold_agrees(front_settings):
    async def look():
        store = Store.open(front_settings.database_url.get_secret_value(), deadline_seconds=30)
        for one in SALES:
            named = one.id
            found = await store.transaction(lambda run, named=named: audit(run, BRAND, named))
            assert found.faults == ()
        await store.aclose()

    asyncio.run(look())
