"""A real OData server answers the same whichever way it is asked, and sees one bad logon."""

from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.errors import Denied
from capabilities.estate import Capability, Limits
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from connectors._kit import LATCHED
from connectors.connector import connect, open_connector
from connectors.manifest import compile_manifest, read_manifest
from demo.sample import make_retailer
from tests.connectors.conformance.cap import CAP, rows_of
from tests.connectors.conformance.case import Ear

ZONE = ZoneInfo("Asia/Shanghai")
ARTICLES = """
order_mirrors:
  resource: Lines
  channel: { const: shop }
  currency: CNY
  record:
    number: { join: [Order_Number, Article], by: "-" }
    money: { record: { total: Amount } }
  by_key: { fields: [Order_Number, Article] }
"""


async def _opened(subject, form, text=""):
    file = CAP / "systems" / subject.name / "manifest.yaml"
    written = file.read_text("utf-8") + text
    for known in ("json", "multipart"):
        written = written.replace(f"keys: {known} }}", f"keys: {form} }}")
    system = compile_manifest(read_manifest(written, subject.name))
    return await connect(system, subject.spec(Limits(deadline_ms=20_000)), Ear(), zone=ZONE)


@pytest.mark.parametrize(
    ("system", "form"),
    [
        *(("cap_v2", form) for form in ("or", "multipart")),
        *(("cap_v4", form) for form in ("or", "in", "multipart", "json")),
    ],
)
async def test_every_form_has_the_same_answer(systems, system, form):
    subject = systems[system]
    truth, connector = subject.truth(), await _opened(subject, form)
    numbers = [*sorted(truth.orders)[:30], "9", "4999999"]
    orders = await connector.orders(numbers)
    assert [one and one.number for one in orders] == [*numbers[:-2], None, None]
    assert [one.total.minor for one in orders[:-2]] == [truth.orders[n][2] for n in numbers[:-2]]
    customers = [truth.lin, *sorted(truth.members)[1:8], "1"]
    ask = PageAsk(first=50, channels=("jd", "tmall", "waimai"))
    pages = await connector.orders_by_customer(customers, OrderFilter(), ask)
    held = [{row.number for row in page.rows} for page in pages]
    assert held == [
        {number for number, (_, who, _) in truth.orders.items() if who == customer}
        for customer in customers
    ]
    await connector.aclose()


@pytest.mark.parametrize("system", ["cap_v2", "cap_v4"])
async def test_a_wrong_password_is_tried_once(systems, system, monkeypatch):
    monkeypatch.setenv("CAP_PASSWORD", "wrong")
    connector = await _opened(systems[system], "or")
    with pytest.raises(Denied):
        await connector.orders(["4000001"])
    with pytest.raises(Denied) as latched:
        await connector.orders(["4000001"])
    assert latched.value.code == LATCHED
    await connector.aclose()


@pytest.mark.parametrize("system", ["cap_v2", "cap_v4"])
async def test_a_whole_list_is_counted(systems, system):
    subject = systems[system]
    spec = subject.spec(Limits(deadline_ms=20_000))
    spec = replace(spec, channels={Capability.ORDER: {"*": "shop"}})
    connector = await open_connector(spec, Ear(), zone=ZONE, systems=subject.systems)
    page = await connector.search_orders(OrderFilter(), PageAsk(first=2, channels=("shop",)))
    assert page.total == len(subject.truth().orders)
    await connector.aclose()


async def test_a_key_of_two_properties(systems):
    subject = systems["cap_v4"]
    connector = await _opened(subject, "or", ARTICLES)
    rows = rows_of(make_retailer())["Lines"][:5]
    keys = [f"{row['Order_Number']}-{row['Article']}" for row in rows]
    found = await connector.order_mirrors([*keys, "4000001-nothing", "4000001"])
    assert [one and one.number for one in found] == [*keys, None, None]
    assert [one.total.minor for one in found[:5]] == [round(row["Amount"] * 100) for row in rows]
    await connector.aclose()
