import asyncio

import httpx
import pytest

from demo import box as box_module
from demo.faults import MODES, SECRET, FaultOrder, Faults

pytestmark = pytest.mark.suite

SAP_PATH = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$top=3"
SHOP_PATH = "/wp-json/wc/v3/orders?per_page=3"


@pytest.fixture(params=["sap", "shop"])
def system(request):
    """A client of either system, and a path that answers there."""
    path = {"sap": SAP_PATH, "shop": SHOP_PATH}[request.param]
    return request.getfixturevalue(request.param), path


async def _switch(client, **order):
    answer = await client.post("/__control/fault", json=order)
    assert answer.status_code == 200, answer.text


async def test_error500_leaks_a_secret(system):
    client, path = system
    await _switch(client, mode="error500")
    answer = await client.get(path)
    assert answer.status_code == 500
    assert SECRET in answer.text


async def test_html_with_200(system):
    client, path = system
    await _switch(client, mode="html200")
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_truncated_json(system):
    client, path = system
    whole = await client.get(path)
    await _switch(client, mode="truncated")
    answer = await client.get(path)
    assert answer.status_code == 200
    assert 0 < len(answer.content) < len(whole.content)
    with pytest.raises(ValueError, match=r"."):
        answer.json()


async def test_garbage(system):
    client, path = system
    await _switch(client, mode="garbage")
    answer = await client.get(path)
    with pytest.raises(ValueError, match=r"."):
        answer.json()


async def test_xml_error(sap, shop):
    for client, path, type_ in (
        (sap, SAP_PATH, "application/xml"),
        (shop, SHOP_PATH, "text/plain"),
    ):
        await _switch(client, mode="xml_error")
        answer = await client.get(path)
        assert answer.status_code == 500
        assert answer.headers["content-type"].startswith(type_)


async def test_flap_fails_every_other_request(system):
    client, path = system
    await _switch(client, mode="flap")
    assert [(await client.get(path)).status_code for _ in range(4)] == [500, 200, 500, 200]


async def test_refuse(system):
    client, path = system
    await _switch(client, mode="refuse")
    with pytest.raises(ConnectionRefusedError):
        await client.get(path)
    await _switch(client, mode="none")
    assert (await client.get(path)).status_code == 200


async def test_slow_answers_late_and_right(system, monkeypatch):
    client, path = system
    waited = []
    original = asyncio.sleep

    async def sleep(seconds):
        waited.append(seconds)
        await original(0)

    monkeypatch.setattr(box_module.asyncio, "sleep", sleep)
    await _switch(client, mode="slow")
    assert (await client.get(path)).status_code == 200
    assert 6.0 in waited


async def test_timeout_answers_nothing_until_it_is_lifted(system):
    client, path = system
    await _switch(client, mode="timeout")
    waiting = asyncio.ensure_future(client.get(path))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    await _switch(client, mode="none")
    with pytest.raises(ConnectionResetError):
        await waiting
    assert (await client.get(path)).status_code == 200


async def test_an_unknown_mode_lists_the_valid_ones(system):
    client, _ = system
    answer = await client.post("/__control/fault", json={"mode": "fire"})
    assert answer.status_code == 400
    assert all(mode in answer.json()["error"] for mode in MODES)
    assert (await client.post("/__control/fault", json={"mod": "none"})).status_code == 400
    assert (await client.post("/__control/fault", content=b"[")).status_code == 400
    assert (await client.post("/__control/nothing")).status_code == 404


async def test_requests_are_counted_by_path(system):
    client, path = system
    await client.post("/__control/reset")
    await client.get(path)
    await client.get(path)
    await _switch(client, mode="error500")
    await client.get(path)
    counted = (await client.get("/__control/requests")).json()
    assert counted["total"] == 3
    assert counted["by_path"] == {path.partition("?")[0]: 3}
    await client.post("/__control/reset")
    assert (await client.get("/__control/requests")).json()["total"] == 0
    assert (await client.get("/__control/fault")).json()["mode"] == "error500"


def test_a_fault_ends_by_the_clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("demo.faults.time.monotonic", lambda: now[0])
    faults = Faults()
    faults.switch(FaultOrder("timeout", 5))
    assert faults.mode == "timeout"
    now[0] = 105.0
    assert faults.mode == "none"


def test_processes_speak_the_same_and_can_refuse(spawn):
    for module, auth, path in (
        ("demo.sap", ("SANTONG", "demo-sap"), f"{SAP_PATH}&sap-client=100&$format=json"),
        ("demo.shop", ("ck_demo", "cs_demo"), SHOP_PATH),
    ):
        address = spawn(module, "--port", "0")
        with httpx.Client(base_url=address, auth=auth, timeout=5) as client:
            assert client.get(path).status_code == 200
            client.post("/__control/fault", json={"mode": "refuse"})
            with pytest.raises(httpx.TransportError):
                client.get(path)
            for _ in range(20):
                assert client.get("/__control/fault").json()["mode"] == "refuse"
                assert client.post("/__control/reset", json={}).status_code == 200
            client.post("/__control/fault", json={"mode": "timeout"})
            with pytest.raises(httpx.ReadTimeout):
                client.get(path, timeout=0.5)
            client.post("/__control/fault", json={"mode": "none"})
            assert client.get(path).status_code == 200
