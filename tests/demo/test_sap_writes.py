"""What the simulated SAP does with writes: its preconditions, its units, and its bad days."""

import asyncio
import json

import pytest

SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
ORDERS = f"{SERVICE}/A_SalesOrder"
V4 = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"
DRAFT = {
    "SalesOrderType": "ZOS",
    "DistributionChannel": "30",
    "SoldToParty": "1000100",
    "PurchaseOrderByCustomer": "ref-1",
}


class Session:
    """A client with its token; httpx keeps the cookies."""

    def __init__(self, sap):
        self.sap, self.token = sap, {}

    async def send(self, method, path, body=None, **headers):
        if not self.token:
            got = await self.sap.get(f"{SERVICE}/", headers={"x-csrf-token": "Fetch"})
            self.token = {"x-csrf-token": got.headers["x-csrf-token"]}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        return await self.sap.request(method, path, content=content, headers=self.token | named)


@pytest.fixture
def session(sap):
    return Session(sap)


@pytest.fixture
async def material(sap):
    got = await sap.get(f"{ORDERS}('4000043')/to_Item")
    return got.json()["d"]["results"][0]["Material"]


@pytest.fixture
def draft(material):
    price = [{"ConditionType": "VKP0", "ConditionRateValue": "22.60", "ConditionCurrency": "CNY"}]
    item = {"Material": material, "RequestedQuantity": "3", "to_PricingElement": price}
    return {**DRAFT, "to_Item": [item]}


async def fault(sap, mode, times=1):
    answer = await sap.post("/__control/write_fault", json={"mode": mode, "times": times})
    assert answer.status_code == 200, answer.text


async def count(sap, reference="ref-1"):
    asked = {"$filter": f"PurchaseOrderByCustomer eq '{reference}'"}
    return int((await sap.get(f"{ORDERS}/$count", params=asked)).text)


async def order(sap, number):
    expand = "to_Item,to_PricingElement,to_Text"
    return (await sap.get(f"{ORDERS}('{number}')", params={"$expand": expand})).json()["d"]


async def test_a_deep_insert_stands_as_a_whole(sap, session, draft):
    text = {"Language": "ZH", "LongTextID": "TX01", "LongText": "放一张贺卡"}
    made = await session.send("POST", ORDERS, {**draft, "to_Text": [text]})
    assert made.status_code == 201, made.text
    entity = made.json()["d"]
    assert made.headers["etag"] == entity["__metadata"]["etag"]
    found = await order(sap, entity["SalesOrder"])
    (item,) = found["to_Item"]["results"]
    (tax,) = found["to_PricingElement"]["results"]
    (kept,) = found["to_Text"]["results"]
    assert found["TotalNetAmount"] == item["NetAmount"] == "60.00"
    assert (tax["ConditionAmount"], kept["LongText"]) == ("7.80", "放一张贺卡")
    assert await count(sap) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"SalesOrderType": "XX"}, "V1/311"),
        ({"SoldToParty": "77"}, "V1/201"),
        ({"to_Item": []}, "V1/320"),
        ({"to_Item": [{"Material": "nothing", "RequestedQuantity": "1"}]}, "V1/382"),
        ({"Nope": "1"}, "/IWBEP/CM_MGW_RT/021"),
        ({"PurchaseOrderByCustomer": "x" * 36}, "/IWBEP/CM_MGW_RT/021"),
        ({"SalesOrderType": "ZRE", "ReferenceSDDocument": "1"}, "V1/302"),
    ],
)
async def test_what_is_refused_leaves_nothing(sap, session, draft, wrong, code):
    before = await sap.get(f"{ORDERS}/$count")
    answer = await session.send("POST", ORDERS, {**draft, **wrong})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert (await sap.get(f"{ORDERS}/$count")).text == before.text


async def test_numbers_are_text_in_v2_and_numbers_in_v4(sap, session, draft, material):
    item = {"Material": material, "RequestedQuantity": 3}
    assert (await session.send("POST", ORDERS, {**draft, "to_Item": [item]})).status_code == 400
    own = {"Product": material, "RequestedQuantity": 3}
    made = await session.send("POST", f"{V4}/SalesOrder", {**DRAFT, "_Item": [own]})
    assert made.status_code == 201, made.text
    number = made.json()["SalesOrder"]
    assert (await order(sap, number))["to_Item"]["results"][0]["Material"] == material
    own["RequestedQuantity"] = "3"
    made = await session.send("POST", f"{V4}/SalesOrder", {**DRAFT, "_Item": [own]})
    assert made.status_code == 400


async def test_a_change_needs_the_tag_of_the_order_as_it_stands(sap, session, draft):
    made = (await session.send("POST", ORDERS, draft)).json()["d"]
    place, tag = f"{ORDERS}('{made['SalesOrder']}')", made["__metadata"]["etag"]
    change = {"DeliveryBlockReason": "01"}
    assert (await session.send("PATCH", place, change)).status_code == 428
    assert (await session.send("PATCH", place, change, If_Match=tag)).status_code == 204
    assert (await session.send("PATCH", place, change, If_Match=tag)).status_code == 412
    merged = {"If_Match": "*", "X_HTTP_Method": "MERGE"}
    assert (await session.send("POST", place, change, **merged)).status_code == 204
    assert (await order(sap, made["SalesOrder"]))["DeliveryBlockReason"] == "01"


async def test_a_text_is_added_once_and_then_changed(sap, session, draft):
    made = (await session.send("POST", ORDERS, draft)).json()["d"]
    number, tag = made["SalesOrder"], made["__metadata"]["etag"]
    text = {"Language": "ZH", "LongTextID": "TX01", "LongText": "一"}
    place = f"{ORDERS}('{number}')/to_Text"
    assert (await session.send("POST", place, text, If_Match=tag)).status_code == 201
    tag = (await order(sap, number))["__metadata"]["etag"]
    again = await session.send("POST", place, text, If_Match=tag)
    assert (again.status_code, again.json()["error"]["code"]) == (400, "TD/601")
    key = f"SalesOrder='{number}',Language='ZH',LongTextID='TX01'"
    own = f"{SERVICE}/A_SalesOrderText({key})"
    changed = await session.send("PATCH", own, {"LongText": "二"}, If_Match=tag)
    assert changed.status_code == 204
    (kept,) = (await order(sap, number))["to_Text"]["results"]
    assert kept["LongText"] == "二"


def change_set(number, tag, *items, reason="03"):
    parts = "".join(
        "--cs\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {place}\r\n\r\n"
        f"PATCH A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='{item}') HTTP/1.1\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nIf-Match: {tag}\r\n\r\n"
        + json.dumps({"SalesDocumentRjcnReason": reason})
        + "\r\n"
        for place, item in enumerate(items)
    )
    head = "--b\r\nContent-Type: multipart/mixed; boundary=cs\r\n\r\n"
    return f"{head}{parts}--cs--\r\n--b--\r\n".encode()


async def rejected(session, number, tag, *items):
    kind = {"Content_Type": "multipart/mixed; boundary=b"}
    return await session.send("POST", f"{SERVICE}/$batch", change_set(number, tag, *items), **kind)


async def test_a_change_set_rejects_all_items_or_none(sap, session, draft):
    draft["to_Item"] *= 2
    number = (await session.send("POST", ORDERS, draft)).json()["d"]["SalesOrder"]
    answer = await rejected(session, number, "*", "10", "30")
    assert answer.status_code == 202
    assert b"HTTP/1.1 404" in answer.content
    assert b"HTTP/1.1 204" not in answer.content
    found = await order(sap, number)
    assert {one["SalesDocumentRjcnReason"] for one in found["to_Item"]["results"]} == {""}
    assert found["OverallSDDocumentRejectionSts"] == "A"
    answer = await rejected(session, number, "*", "10", "20")
    assert answer.content.count(b"HTTP/1.1 204") == 2
    assert b"Content-ID: 1" in answer.content
    assert (await order(sap, number))["OverallSDDocumentRejectionSts"] == "C"


async def test_what_is_delivered_is_not_rejected(sap, session):
    asked = {"$filter": "OverallTotalDeliveryStatus eq 'C'", "$top": "1"}
    (one,) = (await sap.get(ORDERS, params=asked)).json()["d"]["results"]
    answer = await rejected(session, one["SalesOrder"], "*", "10")
    assert b"V1/384" in answer.content


async def test_a_return_is_a_document_of_its_own(sap, session, draft, material):
    sold = (await session.send("POST", ORDERS, draft)).json()["d"]["SalesOrder"]
    item = {
        "Material": material,
        "RequestedQuantity": "1",
        "ReferenceSDDocument": sold,
        "ReferenceSDDocumentItem": "10",
    }
    back = {**DRAFT, "SalesOrderType": "ZRE", "ReferenceSDDocument": sold, "to_Item": [item]}
    made = await session.send("POST", ORDERS, {**back, "PurchaseOrderByCustomer": "ref-back"})
    assert made.status_code == 201, made.text
    found = await order(sap, made.json()["d"]["SalesOrder"])
    assert (found["SalesOrderType"], found["ReferenceSDDocument"]) == ("ZRE", sold)


async def test_a_lost_token_and_a_lost_session_are_asked_for_anew(sap, session, draft):
    await session.send("POST", ORDERS, draft)
    for loss in ("expire_tokens", "end_sessions"):
        await sap.post(f"/__control/{loss}")
        answer = await session.send("POST", ORDERS, draft)
        assert (answer.status_code, answer.headers["x-csrf-token"]) == (403, "Required")
        session.token = {}
        assert (await session.send("POST", ORDERS, draft)).status_code == 201


@pytest.mark.parametrize(
    ("mode", "status", "stands"),
    [
        ("error_before", 500, 0),
        ("locked", 423, 0),
        ("error_after", 503, 1),
        ("number_lost", 201, 1),
    ],
)
async def test_bad_days(sap, session, draft, mode, status, stands):
    await fault(sap, mode)
    answer = await session.send("POST", ORDERS, draft)
    assert (answer.status_code, await count(sap)) == (status, stands)
    assert mode != "number_lost" or not answer.content
    assert (await session.send("POST", ORDERS, draft)).status_code == 201


async def test_an_order_that_somebody_else_changes_meanwhile(sap, session, draft):
    made = (await session.send("POST", ORDERS, draft)).json()["d"]
    await fault(sap, "raced")
    place, tag = f"{ORDERS}('{made['SalesOrder']}')", made["__metadata"]["etag"]
    answer = await session.send("PATCH", place, {"DeliveryBlockReason": "01"}, If_Match=tag)
    assert answer.status_code == 412


async def test_an_answer_that_never_comes_leaves_the_order_behind(sap, session, draft):
    await fault(sap, "lost_after")
    gone = asyncio.create_task(session.send("POST", ORDERS, draft))
    while not await count(sap):  # noqa: ASYNC110 - the effect is seen from outside only
        await asyncio.sleep(0)
    assert not gone.done()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)


async def test_a_fault_that_is_none_is_named_with_the_valid_ones(sap):
    answer = await sap.post("/__control/write_fault", json={"mode": "sulks"})
    assert answer.status_code == 400
    assert "lost_after" in answer.text


async def test_v4_sees_what_v2_wrote(session, sap, draft):
    number = (await session.send("POST", ORDERS, draft)).json()["d"]["SalesOrder"]
    found = await sap.get(f"{V4}/SalesOrder('{number}')", params={"$expand": "_Item"})
    assert found.json()["_Item"][0]["NetAmount"] == 60.0
    tag = found.json()["@odata.etag"]
    place = f"{V4}/SalesOrderItem(SalesOrder='{number}',SalesOrderItem='10')"
    wish = {"SalesDocumentRjcnReason": "03"}
    assert (await session.send("PATCH", place, wish, If_Match=tag)).status_code == 204
    assert (await order(sap, number))["OverallSDDocumentRejectionSts"] == "C"
