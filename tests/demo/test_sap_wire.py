import re

import httpx
import pytest
from lxml import etree

ROOT = "/sap/opu/odata/sap"
ORDERS = f"{ROOT}/API_SALES_ORDER_SRV/A_SalesOrder"
PARTNERS = f"{ROOT}/API_BUSINESS_PARTNER/A_BusinessPartner"


async def _results(sap, path, **options):
    answer = await sap.get(path, params={f"${name}": value for name, value in options.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]["results"]


async def _walk(sap, path, **options):
    """Follow the server's own links, on the host that we know."""
    parameters = {f"${name}": value for name, value in options.items()}
    rows = []
    while True:
        body = (await sap.get(path, params=parameters)).json()["d"]
        rows += body["results"]
        if "__next" not in body:
            return rows
        link = httpx.URL(body["__next"])
        assert link.host == "s4h.internal"
        assert link.path == path
        parameters = dict(link.params)


async def test_values_as_sap_writes_them(sap):
    (order,) = await _results(sap, ORDERS, filter="DistributionChannel eq '30'", top="1")
    assert re.fullmatch(r"/Date\(\d+\)/", order["SalesOrderDate"])
    assert int(order["SalesOrderDate"][6:-2]) % 86_400_000 == 0
    assert re.fullmatch(r"/Date\(\d+\+0000\)/", order["LastChangeDateTime"])
    assert re.fullmatch(r"\d+\.\d\d", order["TotalNetAmount"])
    etag = order["__metadata"]["etag"]
    assert re.fullmatch(r"W/\"datetimeoffset'\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.0000000Z'\"", etag)
    assert order["__metadata"]["uri"].startswith("http://s4h.internal:8000/sap/opu/")
    assert order["to_Item"]["__deferred"]["uri"].endswith("/to_Item")
    assert order["ServicesRenderedDate"] is None
    assert order["OverallOrdReltdBillgStatus"] == ""


async def test_a_single_entity_has_no_results(sap):
    answer = await sap.get(f"{ORDERS}('0004000043')", params={"$expand": "to_Item,to_Partner"})
    entity = answer.json()["d"]
    assert entity["SalesOrder"] == "4000043"
    assert "results" not in entity
    item = entity["to_Item"]["results"][0]
    assert re.fullmatch(r"0{12}\d{6}", item["Material"])
    assert item["SalesOrderItem"] == "10"
    assert {party["PartnerFunction"] for party in entity["to_Partner"]["results"]} == {
        "AG",
        "WE",
        "RE",
    }


async def test_net_amounts_and_the_tax_in_pricing(sap):
    rows = await _results(
        sap, ORDERS, filter="SalesOrderType eq 'ZOS'", expand="to_Item,to_PricingElement", top="50"
    )
    for order in rows:
        items = sum(round(float(i["NetAmount"]) * 100) for i in order["to_Item"]["results"])
        assert items == round(float(order["TotalNetAmount"]) * 100)
        (tax,) = order["to_PricingElement"]["results"]
        assert tax["ConditionType"] == "MWST"
        assert abs(float(tax["ConditionAmount"]) - float(order["TotalNetAmount"]) * 0.13) < 0.03


async def test_expanding_two_levels(sap):
    ways = "to_MobilePhoneNumber", "to_EmailAddress"
    expand = ",".join(f"to_BusinessPartnerAddress/{way}" for way in ways)
    (lin,) = await _results(
        sap, PARTNERS, filter="SearchTerm1 eq '+86 139-1234-5678'", expand=expand
    )
    assert lin["BusinessPartnerFullName"] == "林小满"
    assert re.fullmatch(r"PT\d\dH\d\dM\d\dS", lin["CreationTime"])
    (address,) = lin["to_BusinessPartnerAddress"]["results"]
    (phone,) = address["to_MobilePhoneNumber"]["results"]
    assert phone["PhoneNumber"] == "+86 139-1234-5678"
    assert phone["InternationalPhoneNumber"] == "+8613912345678"
    (mail,) = address["to_EmailAddress"]["results"]
    assert mail["EmailAddress"] == "lin.xiaoman@example.com"
    assert "__deferred" in address["to_PhoneNumber"]


async def test_a_deferred_link_answers(sap):
    items = await _results(sap, f"{ORDERS}('4000043')/to_Item")
    assert {item["SalesOrder"] for item in items} == {"4000043"}


async def test_select(sap):
    (order,) = await _results(
        sap, ORDERS, select="SalesOrder,to_Item/Material", expand="to_Item,to_Partner", top="1"
    )
    assert set(order) == {"__metadata", "SalesOrder", "to_Item"}
    assert set(order["to_Item"]["results"][0]) == {"__metadata", "Material"}


async def test_counts(sap):
    some = {"$filter": "DistributionChannel eq '10'"}
    count = await sap.get(f"{ORDERS}/$count", params=some)
    assert count.headers["content-type"].startswith("text/plain")
    page = await sap.get(ORDERS, params={**some, "$top": "1", "$inlinecount": "allpages"})
    assert page.json()["d"]["__count"] == count.text
    assert int(count.text) > 100


async def test_a_unique_order_pages_without_loss(sap):
    total = int((await sap.get(f"{ORDERS}/$count")).text)
    rows = await _walk(sap, ORDERS, orderby="SalesOrderDate desc,SalesOrder desc")
    keys = [(row["SalesOrderDate"], int(row["SalesOrder"])) for row in rows]
    assert len(set(keys)) == total
    assert keys == sorted(keys, reverse=True)


async def test_a_sloppy_order_pages_with_loss(sap):
    total = int((await sap.get(f"{ORDERS}/$count")).text)
    rows = await _walk(sap, ORDERS, orderby="DistributionChannel")
    assert len(rows) == total
    assert len({row["SalesOrder"] for row in rows}) < total


async def test_top_holds_over_pages_and_skip_before_them(sap):
    rows = await _walk(sap, ORDERS, orderby="SalesOrder", top="150", skip="10")
    assert [int(row["SalesOrder"]) for row in rows] == list(range(4_000_011, 4_000_161))


async def test_numbers_sort_as_numbers(sap):
    rows = await _results(sap, PARTNERS, orderby="BusinessPartner asc", top="2")
    assert [row["BusinessPartner"] for row in rows] == ["99999", "1000100"]


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        (ORDERS, {"$filter": "Nope eq '1'"}, 400),
        (ORDERS, {"$orderby": "Nope"}, 400),
        (ORDERS, {"$orderby": "SalesOrder up"}, 400),
        (ORDERS, {"$select": "Nope"}, 400),
        (ORDERS, {"$top": "-1"}, 400),
        (ORDERS, {"$search": "x"}, 400),
        (ORDERS, {"$inlinecount": "yes"}, 400),
        (ORDERS, {"$expand": "to_Nowhere"}, 404),
        (f"{ORDERS}('999')", {}, 404),
        (f"{ORDERS}(4711)", {}, 400),
        (f"{ORDERS}('4000043')/to_Nowhere", {}, 404),
        (f"{ROOT}/API_SALES_ORDER_SRV/A_Nope", {}, 404),
        (f"{ROOT}/API_NOPE/A_SalesOrder", {}, 403),
    ],
)
async def test_errors(sap, path, options, status):
    answer = await sap.get(path, params=options)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["message"]["value"]
    assert error["innererror"]["errordetails"][0]["severity"] == "error"


async def test_without_json_the_error_is_xml(sap):
    answer = await sap.get(ORDERS, params={"$format": "xml"})
    assert answer.status_code == 415
    assert etree.fromstring(answer.content).tag.endswith("}error")


async def test_without_a_client_a_logon_page_comes_with_200(sap):
    answer = await sap.get(ORDERS, params={"sap-client": "800"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "sap-password" in answer.text


async def test_three_bad_logons_lock_the_user(sap):
    for _ in range(3):
        assert (await sap.get(ORDERS, auth=("SANTONG", "wrong"))).status_code == 401
    assert (await sap.get(ORDERS)).status_code == 401
    assert (await sap.get("/__control/requests")).json()["logons_failed"] == 4
    assert (await sap.post("/__control/unlock")).json() == {"locked": False}
    assert (await sap.get(ORDERS)).status_code == 200


async def test_two_bad_logons_do_not(sap):
    for _ in range(2):
        for _ in range(2):
            assert (await sap.get(ORDERS, auth=("SANTONG", "wrong"))).status_code == 401
        assert (await sap.get(ORDERS)).status_code == 200


async def test_the_token_dance(sap):
    first = await sap.post(ORDERS)
    assert (first.status_code, first.headers["x-csrf-token"]) == (403, "Required")
    fetched = await sap.get(ORDERS, headers={"x-csrf-token": "Fetch"}, params={"$top": "1"})
    token = fetched.headers["x-csrf-token"]
    assert "SAP_SESSIONID_S4H_100" in fetched.headers["set-cookie"]
    assert (await sap.post(ORDERS, headers={"x-csrf-token": token})).status_code == 400


async def test_mirrors_of_shop_orders(sap):
    rows = await _walk(sap, ORDERS, filter="DistributionChannel eq '10'", orderby="SalesOrder")
    assert all(row["PurchaseOrderByCustomer"].isdigit() for row in rows)
    assert len(rows) > 150


async def test_blank_letters_and_unknown_ones(sap):
    rows = await _walk(
        sap,
        ORDERS,
        orderby="SalesOrder",
        select="OverallSDProcessStatus,OverallTotalDeliveryStatus,TotalBlockStatus,SalesOrderType",
    )
    assert {row["OverallTotalDeliveryStatus"] for row in rows} == {"", "A", "B", "C"}
    assert {row["OverallSDProcessStatus"] for row in rows} == {"A", "B", "C", "Z"}
    assert {row["SalesOrderType"] for row in rows} == {"ZOS", "ZRE", "ZKL"}


async def test_scans_are_counted(sap):
    await _results(sap, ORDERS, filter="SoldToParty eq '1000100'")
    assert (await sap.get("/__control/requests")).json()["scans"] == 0
    await _results(sap, ORDERS, filter="TransactionCurrency eq 'CNY'", top="1")
    assert (await sap.get("/__control/requests")).json()["scans"] == 1


@pytest.mark.parametrize("service", ["API_SALES_ORDER_SRV", "API_BUSINESS_PARTNER"])
async def test_metadata_declares_what_is_served(sap, service):
    answer = await sap.get(f"{ROOT}/{service}/$metadata")
    document = etree.fromstring(answer.content)
    sets = document.findall(".//{*}EntitySet")
    assert len(sets) >= 4
    for entity in sets:
        name = entity.get("EntityType").rpartition(".")[2]
        type_ = document.find(f".//{{*}}EntityType[@Name='{name}']")
        declared = {part.get("Name") for part in type_ if "Name" in part.attrib}
        (row,) = await _results(sap, f"{ROOT}/{service}/{entity.get('Name')}", top="1")
        assert set(row) - {"__metadata"} == declared


async def test_a_missing_logon_is_asked_for_and_not_counted(sap):
    sap.auth = None
    for _ in range(4):
        answer = await sap.get(ORDERS)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert (await sap.get("/__control/requests")).json()["logons_failed"] == 0
    assert (await sap.get(ORDERS, auth=("SANTONG", "demo-sap"))).status_code == 200
