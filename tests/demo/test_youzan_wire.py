"""The simulated mini-program shop has the traps of the real one."""

from collections.abc import AsyncIterator

import httpx
import pytest

from demo.youzan import create_youzan

LIST = "/api/youzan.trades.sold.get/4.0.4"
LOGON = {
    "client_id": "yz-demo-client",
    "client_secret": "yz-demo-secret",
    "authorize_type": "silent",
    "grant_id": "134529034",
}


@pytest.fixture
async def shop() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_youzan())
    async with httpx.AsyncClient(transport=transport, base_url="http://youzan") as client:
        yield client


async def _token(shop):
    return (await shop.post("/auth/token", json=LOGON)).json()["data"]["access_token"]


async def _asked(shop, **asked):
    answer = await shop.get(LIST, params={"access_token": await _token(shop), **asked})
    assert answer.status_code == 200  # whatever happens
    return answer.json()


async def test_a_wrong_secret_is_told_with_200_and_no_token(shop):
    answer = await shop.post("/auth/token", json={**LOGON, "client_secret": "other"})
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert "data" not in answer.json()


async def test_an_ended_token_is_the_gateways_error(shop):
    token = await _token(shop)
    await shop.post("/__control/expire")
    answer = await shop.get(LIST, params={"access_token": token})
    assert (answer.status_code, answer.json()["gw_err_resp"]["err_code"]) == (200, 4203)


async def test_more_than_a_year_is_refused_with_the_shape_of_an_empty_list(shop):
    day = "2024-01-01 00:00:00"
    found = await _asked(shop, start_created=day, end_created="2025-01-02 00:00:00")
    assert (found["success"], found["code"]) == (False, 106000001)
    assert found["data"] == {"full_order_info_list": []}


async def test_orders_are_nested_newest_first_and_their_people_sealed(shop):
    found = (await _asked(shop, page_size="20"))["data"]
    rows = [row["full_order_info"] for row in found["full_order_info_list"]]
    times = [row["order_info"]["created"] for row in rows]
    assert len(rows) == 20 < found["total_results"]
    assert times == sorted(times, reverse=True)
    for row in rows:
        sealed = (row["address_info"]["receiver_name"], row["buyer_info"]["buyer_phone"])
        assert all(text.startswith("$") and text.endswith("$1$") for text in sealed)


async def test_one_order_is_found_and_one_that_is_not_there_is_an_empty_list(shop):
    rows = (await _asked(shop, page_size="1"))["data"]["full_order_info_list"]
    tid = rows[0]["full_order_info"]["order_info"]["tid"]
    assert (await _asked(shop, tid=tid))["data"]["full_order_info_list"] == rows
    assert (await _asked(shop, tid="E0"))["data"]["total_results"] == 0
