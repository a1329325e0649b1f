"""The simulated marketplace has the traps of the real one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from connectors._kit.signatures import TOP
from demo.top import create_top

SECRET = "helloworld"
BEIJING = timezone(timedelta(hours=8))


@pytest.fixture
async def top() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_top())
    async with httpx.AsyncClient(transport=transport, base_url="http://top") as client:
        yield client


async def _ask(top, method, *, minutes=0, secret=SECRET, digest="md5", **asked):
    now = datetime.now(UTC).astimezone(BEIJING) + timedelta(minutes=minutes)
    form = {
        "method": method,
        "app_key": "12345678",
        "session": "6100demo-session",
        "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
        "format": "json",
        "v": "2.0",
        "sign_method": digest,
        **asked,
    }
    form["sign"] = TOP[digest](form.items(), secret)
    answer = await top.post("/router/rest", data=form)
    assert answer.status_code == 200  # whatever happens
    return answer.json()


async def _sold(top, **asked):
    found = await _ask(top, "taobao.trades.sold.get", fields="tid_str,created,orders", **asked)
    return found["trades_sold_get_response"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "other"}, 25),
        ({"session": "stolen"}, 27),
        ({"app_key": "1"}, 29),
        ({"minutes": 11}, 31),
        ({"minutes": -11}, 31),
    ],
)
async def test_what_is_signed_wrong_is_refused_with_200(top, change, code):
    asked = {"fields": "tid", **change}
    found = await _ask(top, "taobao.trades.sold.get", **asked)
    assert found["error_response"]["code"] == code


@pytest.mark.parametrize("digest", ["md5", "hmac"])
async def test_a_list_is_wrapped_and_newest_first(top, digest):
    found = await _sold(top, page_size="20", digest=digest)
    trades = found["trades"]["trade"]
    times = [trade["created"] for trade in trades]
    assert len(trades) == 20 < found["total_results"]
    assert times == sorted(times, reverse=True)
    assert all(len(trade["tid_str"]) == 18 for trade in trades)
    assert isinstance(trades[0]["orders"]["order"], list)


async def test_an_empty_list_is_not_written(top):
    found = await _sold(top, start_created="2035-01-01 00:00:00")
    assert "trades" not in found
    assert found["total_results"] == 0


async def test_fields_that_are_not_asked_for_do_not_come_and_people_are_masked(top):
    tid = (await _sold(top, page_size="1"))["trades"]["trade"][0]["tid_str"]
    found = await _ask(
        top, "taobao.trade.fullinfo.get", tid=tid, fields="receiver_name,receiver_mobile"
    )
    trade = found["trade_fullinfo_get_response"]["trade"]
    assert set(trade) == {"receiver_name", "receiver_mobile"}
    assert all("*" in value for value in trade.values())


async def test_increments_are_of_one_day(top):
    method, day = "taobao.trades.sold.increment.get", {"start_modified": "2026-10-20 00:00:00"}
    long = await _ask(top, method, fields="tid", end_modified="2026-10-21 00:00:01", **day)
    assert long["error_response"]["sub_code"] == "isv.invalid-parameter"
    short = await _ask(top, method, fields="modified", end_modified="2026-10-21 00:00:00", **day)
    times = [
        one["modified"] for one in short["trades_sold_increment_get_response"]["trades"]["trade"]
    ]
    assert times == sorted(times, reverse=True) != []


async def test_a_trade_that_is_not_there_and_a_call_that_is_unknown(top):
    found = await _ask(top, "taobao.trade.fullinfo.get", tid="1", fields="tid")
    assert found["error_response"]["sub_code"] == "isv.trade-not-exist"
    assert (await _ask(top, "taobao.nothing"))["error_response"]["code"] == 22
