"""Resources over HTTP: the graph's own answers, policy, limits and refusals in another dress."""

import asyncio
import csv
import io
import json
import time
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from capabilities.caller import Role
from capabilities.ids import global_id
from capabilities.operations import operation_hash
from gateway.app import create_app
from gateway.auth.tokens import mint
from gateway.cli.box.published_files import write_published
from gateway.rest.faults import ResourcesFault
from tests.gateway.resource_shop import CHANNELS, CHANNELS_TEXT, MORE, OWN, PHONE, shop_at
from tests.gateway.serving import BRAND, bearer, served, settings_for

# What a file of people is asked for with.
FILE = {"accept": "text/csv", "x_santong_reason": f"ticket 4711, phone {PHONE}"}
TWO_CHANNELS = """
brand: baiwei
channels:
  - {code: jd, name: 京东旗舰店, kind: MARKETPLACE}
  - {code: app, name: 会员App, kind: APP}
connectors: []
"""


@pytest.fixture(scope="module")
def shop(postgres, valkey, tmp_path_factory):
    folder = tmp_path_factory.mktemp("resources")
    with shop_at(folder, postgres, valkey, cors_origins=("https://shop.example",)) as made:
        yield made


@pytest.fixture(scope="module")
def member(shop):
    return shop.register()


@pytest.fixture(scope="module")
def buyer(shop):
    """A member, and the numbers of her three orders."""
    member = shop.register("13900077003")
    asked = "query M($id: ID!) { member(by: {id: $id}) { memberships { id } } }"
    (membership,) = shop.graph(asked, id=member)["member"]["memberships"]
    return member, [shop.place(membership=membership["id"]) for _ in range(3)]


@pytest.fixture(scope="module")
def numbers(shop, buyer):
    """The numbers of all seven orders that there are."""
    return [*buyer[1], *(shop.place() for _ in range(4))]


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == "urn:santong:error:" + body["code"].lower().replace("_", "-")
    assert body["requestId"] == answer.headers["x-request-id"]
    return answer.status_code, body["code"]


def test_a_member_is_found_by_her_phone_and_nobody_else_is(shop, member):
    answer = shop.get(f"/members/by-phone/{PHONE}")
    assert answer.status_code == 200
    assert answer.json()["id"] == member
    assert answer.json()["phoneMasked"] == "139****7001"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    nobody = shop.get("/members/by-phone/13900077999")
    assert problem(nobody) == (400, "IDENTITY_UNSUPPORTED")  # no system here looks phones up


def test_the_answer_is_that_of_the_graph(shop, member):
    text = Path("gateway/cli/box/published/member-by-phone.graphql").read_text("utf-8")
    assert shop.get(f"/members/by-phone/{PHONE}").json() == shop.graph(text, phone=PHONE)["member"]


def test_who_calls_and_what_she_may_see_is_decided_as_in_the_graph(shop, member):
    nobody = shop.client.get(f"/api/members/by-phone/{PHONE}")
    assert problem(nobody) == (401, "UNAUTHENTICATED")
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    assert problem(shop.client.get("/api/nothing")) == (401, "UNAUTHENTICATED")
    token = mint(shop.settings, role=Role.ADMIN, brand="another")
    foreign = {"authorization": f"Bearer {token}"}
    for path in (f"members/by-phone/{PHONE}", "openapi.json", "mcp", "nothing"):
        answer = shop.client.get(f"/api/{path}", headers=foreign)
        assert problem(answer) == (401, "UNAUTHENTICATED")
    assert problem(shop.get(f"/members/by-phone/{PHONE}", Role.CONSUMER))[0] in (403, 404)
    body = {"familyName": "陈"}
    assert problem(shop.write(f"/members/{member}", body, Role.CONNECTOR))[0] == 403


def test_addresses_and_methods_that_are_not_published(shop):
    assert problem(shop.get("/nothing")) == (404, "NOT_FOUND")
    answer = shop.write("/orders", {}, method="POST")
    assert problem(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"
    assert shop.get("/members/by-phone/").status_code == 404
    assert problem(shop.get("/orders", accept="application/xml")) == (406, "NOT_ACCEPTABLE")


def test_refusals_speak_the_callers_language(shop):
    titles = [
        shop.get("/nothing", accept_language=language).json()["title"]
        for language in ("en", "zh-CN", "fr, en;q=0.5", "fr")
    ]
    assert titles == ["There is nothing here", "没有找到", "There is nothing here", "没有找到"]


def test_values_that_do_not_fit_are_told_by_their_place(shop):
    for query, told in (
        ({"first": "x"}, "whole number"),
        ({"odd": "1"}, "unknown"),
        ([("first", "1"), ("first", "2")], "twice"),
    ):
        answer = shop.get("/orders", params=query)
        assert problem(answer) == (400, "BAD_USER_INPUT")
        assert told in answer.json()["detail"]
    answer = shop.get("/orders", params={"from": "13900077001"})
    assert (problem(answer)[0], answer.json()["faults"]) == (400, [{"at": "query.from"}])
    assert PHONE not in answer.text
    assert problem(shop.get("/orders", params={"first": "500"}))[0] == 400


def test_pages_are_turned_by_links(shop, numbers):
    seen, url, pages = [], f"{shop.url}/api/orders?channel=own&first=3", 0
    while url is not None:
        answer = shop.client.get(url, headers=shop.headers())
        seen += [one["node"]["number"] for one in answer.json()["edges"]]
        following = answer.links.get("next")
        url = urljoin(url, following["url"]) if following else None
        pages += 1
    assert sorted(seen) == sorted(numbers)
    assert pages == 3


def test_pages_are_turned_back_by_links_too(shop, member, buyer):
    empty = shop.get(f"/members/{member}/orders", params={"first": "2"})
    assert (empty.json()["edges"], "link" in empty.headers) == ([], False)
    buyer, placed = buyer
    url, pages = f"{shop.url}/api/members/{buyer}/orders?first=2", []
    for turn in ("next", "prev", "next"):
        answer = shop.client.get(url, headers=shop.headers())
        pages.append([one["node"]["number"] for one in answer.json()["edges"]])
        url = urljoin(url, answer.links[turn]["url"])
    assert sorted(pages[0] + pages[1]) == sorted(placed)
    assert pages[2] == pages[0]


def test_who_may_look_up_nobody_learns_nothing_of_anybody(shop, member):
    """Somebody else's phone and nobody's are answered in the same words."""

    def told(phone, role):
        answer = shop.get(f"/members/by-phone/{phone}", role)
        return {key: one for key, one in answer.json().items() if key != "requestId"}

    for role in (Role.CONSUMER, Role.CONNECTOR):
        known, unknown = told(PHONE, role), told("13900077998", role)
        assert known == unknown
        assert known["status"] in (403, 404)


def test_a_missing_source_is_told_in_a_header_and_empties_nothing(shop, numbers):
    answer = shop.get("/orders")
    assert answer.status_code == 200
    assert {one["node"]["number"] for one in answer.json()["edges"]} == set(numbers)
    assert answer.headers["santong-sources"].startswith('"old";code=UPSTREAM_')
    assert answer.json()["sources"][0]["name"]
    assert "santong-sources" not in shop.get("/orders", params=OWN).headers


def test_a_look_up_whose_system_is_away_is_a_problem_and_no_404(shop):
    assert problem(shop.get("/orders/quiet/M0001-20260501-0-1-4711"))[0] in (502, 503, 504)
    assert problem(shop.get("/orders/own/4711")) == (404, "NOT_FOUND")


def test_what_the_client_has_is_not_sent_again(shop, numbers):
    answer = shop.get(f"/orders/own/{numbers[0]}")
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = shop.get(f"/orders/own/{numbers[0]}", if_none_match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-store"
    assert shop.get(f"/orders/own/{numbers[0]}", if_none_match='"x"').status_code == 200
    other = shop.get(f"/orders/own/{numbers[1]}", if_none_match=tag)
    assert other.status_code == 200
    wanted = shop.get(f"/orders/own/{numbers[1]}", if_match=tag)
    assert problem(wanted) == (412, "PRECONDITION_FAILED")


def test_head_is_get_without_its_body(shop, numbers):
    path = f"/orders/own/{numbers[0]}"
    got, head = shop.get(path), shop.get(path, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == got.headers[name]


def test_only_what_nobody_owns_may_be_kept_and_then_asked_about(shop):
    answer = shop.get("/channels")
    assert [one["code"] for one in answer.json()] == ["own", "quiet"]
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in answer.headers["vary"]
    assert shop.get("/channels", if_none_match=answer.headers["etag"]).status_code == 304


def test_a_write_is_done_once_per_key(shop):
    member = shop.register("13900077002")
    body, key = {"familyName": "周"}, "profile-1"
    done = shop.write(f"/members/{member}", body, idempotency_key=key)
    assert done.status_code == 200, done.text
    assert done.json()["memberId"] == member
    again = shop.write(f"/members/{member}", body, idempotency_key=f'"{key}"')
    assert again.json() == done.json()
    other = shop.write(f"/members/{member}", {"familyName": "吴"}, idempotency_key=key)
    assert problem(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    english = shop.write(
        f"/members/{member}", {"familyName": "吴"}, idempotency_key=key, accept_language="en"
    )
    assert english.json()["detail"].isascii()
    assert not other.json()["detail"].isascii()


def test_a_write_that_is_none_is_refused(shop, member):
    path = f"/members/{member}"
    assert problem(shop.write(path, {}, idempotency_key="")) == (400, "IDEMPOTENCY_KEY_MISSING")
    assert problem(shop.write(path, {"member": member})) == (400, "BAD_USER_INPUT")
    odd = shop.write(path, {"odd": 1, "phone": 7})
    assert problem(odd) == (400, "BAD_USER_INPUT")
    assert {"at": "body.phone"} in odd.json()["faults"]
    assert problem(shop.write(path, [])) == (400, "BAD_USER_INPUT")
    guarded = shop.write(path, {"familyName": "周"}, if_match='"x"')
    assert problem(guarded) == (412, "PRECONDITION_UNSUPPORTED")
    twice = b'{"phone": "1", "phone": "2"}'
    for body, kind, told in (
        (twice, "application/json", (400, "BAD_JSON")),
        (b"phone=1", "application/x-www-form-urlencoded", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"x" * 2_000_000, "application/json", (413, "BODY_TOO_LARGE")),
    ):
        headers = shop.headers(**{"content-type": kind, "idempotency-key": "k"})
        answer = shop.client.patch(f"/api{path}", content=body, headers=headers)
        assert problem(answer) == told
    nobody = global_id("Member", BRAND, "a" * 26)
    unknown = shop.write(f"/members/{nobody}", {"familyName": "周"})
    assert problem(unknown)[0] == 404


def test_a_list_is_one_file(shop, numbers):
    answer = shop.get("/orders", params=OWN, **FILE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sorted(one["node.number"] for one in rows) == sorted(numbers)
    assert {one["node.total.amount"] for one in rows} == {"10.00"}
    rest = shop.get("/orders", params={**OWN, "after": rows[2]["cursor"]}, **FILE)
    assert len(rest.content.decode().splitlines()) == len(numbers) - 3 + 1
    (entry,) = shop.trail("resource.exported")[:1]
    assert json.loads(entry.facts) == {"resource": "Orders"}
    assert entry.reason == "ticket 4711, phone ***"


def test_a_file_of_people_says_why(shop, numbers):
    before = len(shop.trail("resource.exported"))
    for why in ({}, {"x_santong_reason": ""}, {"x_santong_reason": "x"}):
        answer = shop.get("/orders", params=OWN, accept="text/csv", **why)
        assert problem(answer) == (400, "REASON_REQUIRED")
    assert len(shop.trail("resource.exported")) == before


def test_a_file_of_people_is_for_some_roles_only(shop):
    assert problem(shop.get("/orders", Role.GUIDE, **FILE)) == (403, "FORBIDDEN")
    assert shop.get("/channels", Role.GUIDE, accept="text/csv").status_code == 200


def test_nothing_of_an_address_is_logged_or_counted(shop, member):
    for path in (f"/members/by-phone/{PHONE}", f"/members/by-phone/+86{PHONE}", f"/odd/{PHONE}"):
        shop.get(path)
        shop.get(f"{path}?phone={PHONE}")
    figures = shop.client.get("/metrics", headers=shop.headers(Role.OPERATIONS)).text
    told = [one for one in shop.log.getvalue().splitlines() if '"logger":"http' not in one]
    assert [one for one in told if PHONE in one] == []
    assert any('"/api/members/by-phone/{phone}"' in one for one in told)
    assert 'santong_resource_requests_total{resource="MemberByPhone",status="200"}' in figures
    assert PHONE not in figures


def test_a_browser_of_an_allowed_origin_may_write(shop):
    asked = {"origin": "https://shop.example", "access-control-request-method": "PATCH"}
    answer = shop.client.options("/api/members/x", headers=asked)
    assert answer.status_code == 200
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    told = shop.get("/channels", origin="https://shop.example").headers
    assert told["access-control-allow-origin"] == "https://shop.example"
    assert {"etag", "link"} <= set(told["access-control-expose-headers"].lower().split(", "))
    assert told["vary"].endswith("Origin")


def test_the_file_is_followed_and_a_broken_one_changes_nothing(shop, member, caplog):
    whole = shop.resources.read_text("utf-8")
    try:
        shop.resources.write_text(whole + MORE, "utf-8")
        becomes(shop, "/channels/false", 200)
        assert shop.get("/channels/false").json() == [{"code": "own"}, {"code": "quiet"}]
        shop.resources.write_text(whole + MORE.replace("deep: path", "odd: path"), "utf-8")
        until(lambda: "resources refused" in caplog.text)
        assert shop.get("/channels/false").status_code == 200
    finally:
        shop.resources.write_text(whole, "utf-8")
    becomes(shop, "/channels/false", 404)


def test_what_an_administrator_registers_is_published_by_its_sha256(shop):
    text = "query Registered { channels { kind } }"
    whole = shop.resources.read_text("utf-8")
    later = (
        f"\n  - {{path: /later, operation: 'sha256:{operation_hash(text)}', answer: channels}}\n"
    )
    try:
        shop.resources.write_text(whole + later, "utf-8")
        register = "mutation R($t: String!) { registerOperation(input: {text: $t, "
        register += 'idempotencyKey: "later"}) { __typename } }'
        body = {"query": register, "variables": {"t": text}}
        told = shop.client.post("/graphql", json=body, headers=shop.headers(Role.ADMIN))
        assert told.json()["data"]["registerOperation"]["__typename"] == "RegisteredOperation"
        becomes(shop, "/later", 200)
        assert [one["kind"] for one in shop.get("/later").json()] == ["APP", "STORE"]
    finally:
        shop.resources.write_text(whole, "utf-8")
    becomes(shop, "/later", 404)


def becomes(shop, path, status):
    until(lambda: shop.get(path).status_code == status)


def until(holds):
    over = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < over
        time.sleep(0.05)  # another thread is awaited


def test_a_deadline_is_read_as_in_the_graph(shop):
    answer = shop.get("/channels", x_santong_deadline_ms="soon")
    assert problem(answer) == (400, "BAD_DEADLINE")
    assert shop.get("/channels", x_santong_deadline_ms="500").status_code == 200


def channels_settings(folder, **changes):
    """Settings of a gateway without a store that publishes its channels beside the demo's."""
    operations, resources = write_published(folder)
    listed = json.loads(operations.read_text("utf-8"))
    listed[operation_hash(CHANNELS_TEXT)] = CHANNELS_TEXT
    operations.write_text(json.dumps(listed), "utf-8")
    resources.write_text(resources.read_text("utf-8") + CHANNELS, "utf-8")
    named = {"operations": operations, "resources": resources, **changes}
    return settings_for(folder, TWO_CHANNELS, **named)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A client of a gateway without a store, which answers registered operations only."""
    folder = tmp_path_factory.mktemp("alone")
    settings = channels_settings(folder, trusted_documents="only", export_rows=1)
    with (
        served(create_app(settings)) as (host, port),
        httpx.Client(
            base_url=f"http://{host}:{port}/api",
            headers=bearer(settings),
            trust_env=False,
            timeout=60,
        ) as client,
    ):
        yield client


def test_without_its_store_it_answers_what_needs_none(alone):
    """Also where nothing but registered operations is answered; people leave in no file then."""
    answer = alone.get("/channels")
    assert (answer.status_code, answer.json()[0]["code"]) == (200, "jd")
    named = {name.replace("_", "-"): one for name, one in FILE.items()}
    told = alone.get("/orders", headers=named)
    assert problem(told) == (503, "STORE_UNAVAILABLE")


def test_a_file_beyond_its_bound_is_cut_so_that_the_client_sees_it(alone):
    with pytest.raises(httpx.RemoteProtocolError):
        alone.get("/channels", headers={"accept": "text/csv"})


def test_tools_are_not_offered_unless_the_operator_says_so(shop):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert problem(shop.write("/mcp", message, method="POST")) == (404, "NOT_FOUND")


async def test_who_leaves_in_the_middle_of_a_file_ends_the_work_for_it(tmp_path):
    settings = channels_settings(tmp_path)
    app, sent, stuck = create_app(settings), [], asyncio.Event()

    async def receive():
        await stuck.wait()  # she leaves while a chunk waits for her
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)
        if message.get("more_body"):
            stuck.set()
            await asyncio.Event().wait()

    token = bearer(settings)["authorization"].encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/channels",
        "raw_path": b"/api/channels",
        "query_string": b"",
        "headers": [(b"authorization", token), (b"accept", b"text/csv")],
        "client": ("127.0.0.1", 1),
    }
    async with app.router.lifespan_context(app), asyncio.timeout(60):
        await app(scope, receive, send)
    assert [one["type"].rpartition(".")[2] for one in sent] == ["start", "body"]


def test_a_gateway_does_not_start_with_a_broken_file(tmp_path):
    operations, resources = write_published(tmp_path)
    resources.write_text("resources: [{path: x, operation: y}]", "utf-8")
    settings = settings_for(tmp_path, operations=operations, resources=resources)

    async def opened():
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            pass

    with pytest.raises(ResourcesFault, match="RESOURCE_OPERATION"):
        asyncio.run(opened())
