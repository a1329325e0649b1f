"""The simulated JD has the traps of the real one."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from connectors._kit.signatures import top_md5
from demo.jd import create_jd
from demo.jd.app import TOKEN
from demo.jd.orders import STATES

SECRET = "jd-secret"
BEIJING = timezone(timedelta(hours=8))
SEARCH = {
    "start_date": "2026-10-01 00:00:00",
    "end_date": "2026-10-28 00:00:00",
    "order_state": ",".join(sorted(set(STATES.values()))),
    "optional_fields": "orderStartTime,modified,consigneeInfo",
    "page": "1",
    "page_size": "20",
}


@pytest.fixture
async def jd() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_jd())
    async with httpx.AsyncClient(transport=transport, base_url="http://jd") as client:
        yield client


async def _ask(jd, method, question, *, minutes=0, secret=SECRET, token=TOKEN):
    now = datetime.now(UTC).astimezone(BEIJING) + timedelta(minutes=minutes)
    form = {
        "method": f"jingdong.pop.order.{method}",
        "app_key": "JD0001",
        "access_token": token,
        "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
        "v": "2.0",
        "360buy_param_json": json.dumps(question),
    }
    form["sign"] = top_md5(form.items(), secret)
    answer = await jd.post("/routerjson", data=form)
    assert answer.status_code == 200  # whatever happens
    return answer.json()


async def _search(jd, **change):
    found = await _ask(jd, "search", {**SEARCH, **change})
    return found["jingdong_pop_order_search_responce"]["searchorderinfo_result"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "other"}, "12"),
        ({"token": "stolen"}, "19"),
        ({"minutes": 7}, "15"),
        ({"minutes": -7}, "15"),
    ],
)
async def test_what_is_signed_wrong_is_refused_with_200(jd, change, code):
    assert (await _ask(jd, "search", SEARCH, **change))["error_response"]["code"] == code


async def test_more_than_a_month_and_no_fields_are_refused(jd):
    long = await _search(jd, start_date="2026-09-20 00:00:00")
    assert long["apiResult"] == {
        "success": False,
        "englishErrCode": "TIME_SPAN_TOO_LONG",
        "chineseErrCode": "失败",
    }
    found = await _ask(jd, "search", {**SEARCH, "optional_fields": ""})
    assert found["error_response"]["code"] == "41"


async def test_a_list_is_by_change_unless_creation_is_asked_for(jd):
    by_change = (await _search(jd))["orderInfoList"]
    assert [one["modified"] for one in by_change] == sorted(one["modified"] for one in by_change)
    newest = (await _search(jd, dateType="1", sortType="1"))["orderInfoList"]
    times = [one["orderStartTime"] for one in newest]
    assert times == sorted(times, reverse=True)
    assert all("*" in one["consigneeInfo"]["mobile"] for one in newest)


async def test_an_order_that_is_not_there(jd):
    found = await _ask(jd, "get", {"order_id": "1", "optional_fields": "orderId"})
    detail = found["jingdong_pop_order_get_responce"]["orderDetailInfo"]
    assert detail["apiResult"]["englishErrCode"] == "ORDER_NOT_EXIST"
