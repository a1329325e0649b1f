"""The simulated takeaway platform has the traps of the real one."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

import httpx
import pytest

from connectors._kit.signatures import meituan as signature
from demo.meituan import create_meituan
from demo.meituan.orders import make_orders, privacy_number, view_id_of
from demo.sample import DEFAULT_SEED

SECRET = "mt-demo-secret"
URL = "http://meituan/api/v1/order/getOrderDetail"


@pytest.fixture
async def platform() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_meituan())
    async with httpx.AsyncClient(transport=transport) as client:
        yield client


async def _asked(platform, number, secret=SECRET):
    params = {"app_id": "4321", "timestamp": "1700000000", "order_id": number}
    sig = signature(URL, params.items(), secret)
    answer = await platform.get(URL, params={**params, "sig": sig})
    assert answer.status_code == 200  # whatever happens
    return answer.json()


async def test_what_is_signed_wrong_or_not_there_is_told_with_200(platform):
    wrong = await _asked(platform, "1", secret="other")
    assert (wrong["data"], wrong["error"]["code"]) == ("ng", 703)
    assert (await _asked(platform, "1"))["error"]["code"] == 808


async def test_lines_are_json_inside_a_text_encoded_or_not(platform):
    orders = make_orders(DEFAULT_SEED, 1)
    texts = []
    for order in (next(o for o in orders if o.number % 2 == odd) for odd in (0, 1)):
        found = (await _asked(platform, view_id_of(order)))["data"]
        assert isinstance(found["total"], float)
        texts.append(found["detail"])
    assert texts[0].startswith("[")
    assert texts[1].startswith("%5B")
    assert json.loads(texts[0])[0].keys() == json.loads(unquote_plus(texts[1]))[0].keys()


def test_the_number_of_a_customer_is_another_one_some_hours_later():
    order, now = make_orders(DEFAULT_SEED, 1)[0], datetime(2026, 3, 22, tzinfo=UTC)
    assert privacy_number(order, now) != privacy_number(order, now + timedelta(hours=5))
