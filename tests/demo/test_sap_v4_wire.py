"""What the simulated SAP says over OData V4, and in a `$batch` of either version."""

import re
from email import message_from_bytes

import httpx
import pytest

V4 = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"
ORDERS = f"{V4}/SalesOrder"
V2 = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"


async def _body(sap, path=ORDERS, **options):
    answer = await sap.get(path, params={f"${name}": value for name, value in options.items()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["odata-version"] == "4.0"
    return answer.json()


async def test_values_as_v4_writes_them(sap):
    (order,) = (await _body(sap, filter="DistributionChannel eq '30'", top="1"))["value"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", order["SalesOrderDate"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", order["LastChangeDateTime"])
    assert isinstance(order["TotalNetAmount"], int | float)
    assert order["ServicesRenderedDate"] is None
    assert "_Item" not in order


async def test_options_stand_in_the_parentheses_of_navigation(sap):
    expand = "_Item($select=Product;$expand=_ItemPricingElement($select=ConditionType)),_Partner"
    (order,) = (await _body(sap, select="SalesOrder", expand=expand, top="1"))["value"]
    assert set(order) == {"@odata.etag", "SalesOrder", "_Item", "_Partner"}
    assert set(order["_Item"][0]) == {"Product", "_ItemPricingElement"}
    assert order["_Item"][0]["_ItemPricingElement"][0] == {"ConditionType": "PPR0"}


async def test_both_versions_have_the_same_orders(sap):
    numbers = [str(4_000_001 + place) for place in range(5)]
    listed = ",".join(f"'{one}'" for one in numbers)
    new = await _body(sap, filter=f"SalesOrder in ({listed})", orderby="SalesOrder", expand="_Item")
    chain = " or ".join(f"SalesOrder eq '{one}'" for one in numbers)
    asked = {"$filter": chain, "$orderby": "SalesOrder", "$expand": "to_Item"}
    old = (await sap.get(f"{V2}/A_SalesOrder", params=asked)).json()["d"]["results"]
    told = [[(i["Product"], str(i["RequestedQuantity"])) for i in o["_Item"]] for o in new["value"]]
    assert told == [
        [(i["Material"], i["RequestedQuantity"]) for i in o["to_Item"]["results"]] for o in old
    ]


async def test_pages_go_on_by_links_without_a_host(sap):
    total = (await _body(sap, count="true", top="1"))["@odata.count"]
    body, rows = await _body(sap, orderby="SalesOrder"), []
    while True:
        rows += body["value"]
        link = body.get("@odata.nextLink")
        if link is None:
            break
        assert not link.startswith(("http", "/"))
        body = (await sap.get(httpx.URL(f"{V4}/{link}").path, params=httpx.URL(link).params)).json()
    assert len({row["SalesOrder"] for row in rows}) == len(rows) == total


async def test_single_entities_and_their_navigation(sap):
    order = await _body(sap, f"{ORDERS}('0004000043')")
    assert order["SalesOrder"] == "4000043"
    item = await _body(sap, f"{V4}/SalesOrderItem(SalesOrder='4000043',SalesOrderItem='10')")
    assert item["RequestedQuantityISOUnit"] in {"PCE", "KGM"}
    assert len((await _body(sap, f"{ORDERS}('4000043')/_Partner"))["value"]) == 3


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        (ORDERS, {"$filter": "SalesOrderDate eq datetime'2026-01-01T00:00:00'"}, 400),
        (ORDERS, {"$filter": "SalesOrderDate eq '2026-01-01'"}, 400),
        (ORDERS, {"$filter": "substringof('4',SalesOrder)"}, 400),
        (ORDERS, {"$inlinecount": "allpages"}, 400),
        (ORDERS, {"$expand": "_Item($top=1)"}, 400),
        (ORDERS, {"$expand": "_Item($select=Product"}, 400),
        (ORDERS, {"$select": "Material"}, 400),
        (ORDERS, {"$expand": "to_Item"}, 404),
        (f"{ORDERS}('1')", {}, 404),
        (ORDERS.replace("/salesorder/", "/nothing/"), {}, 404),
    ],
)
async def test_errors(sap, path, options, status):
    answer = await sap.get(path, params=options)
    assert answer.status_code == status
    assert isinstance(answer.json()["error"]["message"], str)


def _batch(*paths: str) -> dict[str, object]:
    parts = "".join(
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for path in paths
    )
    return {
        "content": f"{parts}--b--\r\n".encode(),
        "headers": {"content-type": "multipart/mixed; boundary=b"},
    }


async def _token(sap, service: str) -> dict[str, str]:
    answer = await sap.get(f"{service}/", headers={"x-csrf-token": "Fetch"})
    return {"x-csrf-token": answer.headers["x-csrf-token"]}


@pytest.mark.parametrize(
    ("service", "entity"), [(V2, "A_SalesOrder"), (V4, "SalesOrder")], ids=["v2", "v4"]
)
async def test_parts_of_a_batch_answer_for_themselves(sap, service, entity):
    asked = _batch(f"{entity}?$filter=SalesOrder%20eq%20'4000043'", f"{entity}?$filter=Nope")
    refused = await sap.post(f"{service}/$batch", **asked)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    asked["headers"] |= await _token(sap, service)
    answer = await sap.post(f"{service}/$batch", **asked)
    assert answer.status_code == 202
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    whole = message_from_bytes(head + answer.content)
    assert not whole.defects
    good, bad = (one.get_payload(decode=True) for one in whole.get_payload())
    assert good.startswith(b"HTTP/1.1 200 ")
    assert b'"4000043"' in good
    assert bad.startswith(b"HTTP/1.1 400 ")


async def test_a_token_is_good_with_its_own_cookies_only(sap):
    token = await _token(sap, V2)
    asked = _batch("A_SalesOrder?$top=1")
    asked["headers"] |= token
    kept = dict(sap.cookies)
    sap.cookies.clear()
    assert (await sap.post(f"{V2}/$batch", **asked)).status_code == 403
    for name, value in kept.items():
        sap.cookies.set(name, value)
    assert (await sap.post(f"{V2}/$batch", **asked)).status_code == 202
    assert (await _token(sap, V2)) == token
    assert (await sap.post("/__control/end_sessions")).json() == {"ended": 1}
    assert (await sap.post(f"{V2}/$batch", **asked)).status_code == 403


async def test_what_is_no_batch_is_refused_whole(sap):
    token = await _token(sap, V2)
    headers = {**token, "content-type": "multipart/mixed; boundary=b"}
    answer = await sap.post(f"{V2}/$batch", content=b"nothing", headers=headers)
    assert answer.status_code == 400
