"""The simulated live-stream shop has the traps of the real one."""

import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from connectors._kit.signatures import doudian as signature
from demo.douyin import create_douyin

SECRET = "dy-demo-secret"


@pytest.fixture
async def shop() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_douyin())
    async with httpx.AsyncClient(transport=transport, base_url="http://douyin") as client:
        yield client


async def _ask(shop, params, *, method="order.searchList", path="/order/searchList", **change):
    form = {
        "app_key": "7001234567890123456",
        "method": method,
        "param_json": json.dumps(params),
        "timestamp": "2026-03-22 00:00:00",
        "v": "2",
    }
    sign = signature(form.items(), change.pop("secret", SECRET))
    form |= {"sign": sign, "sign_method": "hmac-sha256", "access_token": "dy-demo-token", **change}
    answer = await shop.post(path, data=form)
    assert answer.status_code == 200  # whatever happens
    return answer.json()


@pytest.mark.parametrize(
    ("change", "sub_code"),
    [
        ({"secret": "other"}, "isv.signature-invalid"),
        ({"access_token": "stolen"}, "isv.access-token-no-existed"),
        ({"path": "/order/orderDetail"}, "isv.method-invalid"),
    ],
)
async def test_what_is_signed_wrong_is_refused_with_200(shop, change, sub_code):
    found = await _ask(shop, {"page": "0", "size": "1"}, **change)
    assert (found["code"], found["sub_code"]) == (40003, sub_code)


async def test_numbers_that_are_no_texts_are_refused(shop):
    found = await _ask(shop, {"page": 0})
    assert found["sub_code"] == "isv.parameter-format-invalid"


async def test_pages_begin_at_nought_and_go_both_ways(shop):
    asked = {"size": "20", "page": "0"}
    newest = (await _ask(shop, asked))["data"]
    oldest = (await _ask(shop, {**asked, "order_asc": "true"}))["data"]
    times = [row["create_time"] for row in newest["shop_order_list"]]
    assert times == sorted(times, reverse=True)
    assert oldest["shop_order_list"][0]["create_time"] < times[-1]
    assert all(len(row["order_id"]) == 18 for row in newest["shop_order_list"])


async def test_an_id_that_is_not_there_is_an_empty_answer(shop):
    how = {"method": "order.orderDetail", "path": "/order/orderDetail"}
    assert (await _ask(shop, {"shop_order_id": "1"}, **how))["data"] == {}


async def test_messages_are_lost_and_repeated_and_the_list_has_every_order(shop):
    sent = (await shop.post("/__control/messages")).json()["messages"]
    for one in sent:
        digest = hashlib.sha1(f"{SECRET}{one['body']}".encode(), usedforsecurity=False)
        assert one["headers"]["X-Douyin-Signature"] == digest.hexdigest()
    names = [one["headers"]["Msg-Id"] for one in sent]
    told = {json.loads(one["body"])["data"]["p_id"] for one in sent}
    listed = set()
    for page in range(100):
        rows = (await _ask(shop, {"size": "100", "page": str(page)}))["data"]["shop_order_list"]
        listed |= {row["order_id"] for row in rows}
        if not rows:
            break
    assert len(set(names)) < len(names)
    assert told < listed
