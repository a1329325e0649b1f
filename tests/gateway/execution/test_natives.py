"""Native types of the running graph: answered by the plan, cut by role, replaced while it runs."""

from collections import Counter
from types import SimpleNamespace

import pytest

from capabilities.caller import Caller, Role, Visibility
from capabilities.native import (
    ExtensionPoint,
    Native,
    NativeCast,
    NativeField,
    NativeType,
    merged_types,
    native_name,
)
from capabilities.order.records import Order
from capabilities.sources import SourceRef
from gateway.execution.configured import documents_maker
from gateway.execution.running import Running
from gateway.settings import Settings
from schema.context import Context

ACME = NativeType(
    "AcmePosOrder",
    "Order",
    "acme_pos",
    (
        NativeField("cashier", NativeCast.TEXT, "staff", "Who sold it."),
        NativeField("due", NativeCast.DECIMAL, "everyone"),
        NativeField("at", NativeCast.INSTANT, "everyone"),
        NativeField("day", NativeCast.DATE, "everyone"),
        NativeField("secret", NativeCast.TEXT),
    ),
)
OLD = NativeType(
    "OldShopOrder", "Order", "old_shop", (NativeField("n", NativeCast.INTEGER, "desk"),)
)
BOTH = merged_types({"till": (ACME,), "shop": (OLD,)})
VALUES = (
    ("cashier", "Li"),
    ("due", "1.50"),
    ("at", "2026-11-01T08:00:00+00:00"),
    ("day", "2026-11-01"),
    ("secret", "s3cr3t"),
)
QUERY = """{ order(by: {id: "%s"}) { number native { __typename system
  ... on AcmePosOrder { who: cashier due at day } ... on OldShopOrder { n } } } }"""


def order(native=None):
    source = SourceRef(connector="till", system="acme_pos", external_id="1")
    return Order(channel="store", number="1", native=native, source=source)


class Graph:
    """A running graph over one order, and who answered."""

    def __init__(self):
        self.ran = Counter()
        settings = Settings(secret_key="a secret key of at least thirty-two characters")
        made = documents_maker(settings, lambda engine, reason: self.ran.update([(engine, reason)]))
        self.running = Running(made)

    async def ask(self, text, native=None, role=Role.SERVICE, engine=None):
        engine = engine or self.running.engine
        record = order(native)

        async def found(*_):
            return record

        prepared = engine.documents.prepare(text % record.id if "%s" in text else text)
        answer = await engine.run(
            prepared,
            Context(
                reader=SimpleNamespace(order=found),
                caller=Caller(subject="t", visibility=Visibility(role=role, brand="b")),
                request_id="r",
                max_rows=10,
                extensions=engine.extensions,
            ),
            None,
            None,
            notices=lambda: (),
            deadline_seconds=5,
        )
        return answer.body


@pytest.fixture(scope="module")
def shared():
    return Graph()


@pytest.fixture
def graph(shared):
    shared.ran.clear()
    shared.running.extend(BOTH)
    return shared


async def test_each_system_has_its_own_type_and_the_plan_answers(graph):
    body = await graph.ask(QUERY, Native("AcmePosOrder", VALUES))
    assert body["data"]["order"]["native"] == {
        "__typename": "AcmePosOrder",
        "system": "acme_pos",
        "who": "Li",
        "due": "1.50",
        "at": "2026-11-01T08:00:00.000Z",
        "day": "2026-11-01",
    }
    body = await graph.ask(QUERY, Native("OldShopOrder", (("n", 7),)))
    assert body["data"]["order"]["native"] == {
        "__typename": "OldShopOrder",
        "system": "old_shop",
        "n": 7,
    }
    assert "errors" not in body
    assert graph.ran == {("plan", ""): 2}


async def test_a_missing_value_and_a_system_without_native_fields_are_null(graph):
    body = await graph.ask(QUERY, Native("AcmePosOrder", ()))
    assert body["data"]["order"]["native"]["who"] is None
    assert (await graph.ask(QUERY, None))["data"]["order"]["native"] is None
    gone = await graph.ask(QUERY, Native("GoneOrder", (("x", 1),)))
    assert gone["data"]["order"]["native"] is None
    assert "errors" not in gone


@pytest.mark.parametrize(
    ("role", "field", "seen"),
    [
        (Role.SERVICE, "cashier", "Li"),
        (Role.CONSUMER, "cashier", None),
        (Role.CONSUMER, "day", "2026-11-01"),
        (Role.ADMIN, "secret", None),
        (Role.SERVICE, "secret", None),
    ],
)
async def test_a_native_field_is_cut_by_its_class_and_none_means_nobody(graph, role, field, seen):
    inside = f"number native {{ ... on AcmePosOrder {{ {field} }} }}"
    text = '{ order(by: {id: "%s"}) { ' + inside + " } }"
    body = await graph.ask(text, Native("AcmePosOrder", VALUES), role=role)
    assert body["data"]["order"] == {"number": "1", "native": {field: seen}}
    codes = [one["extensions"]["code"] for one in body.get("errors", ())]
    assert codes == ([] if seen else ["FORBIDDEN"])
    assert "s3cr3t" not in str(body)


async def test_two_connectors_that_disagree_about_a_field_are_a_coded_error(graph):
    body = await graph.ask(QUERY, Native("AcmePosOrder", (("due", "many"),)))
    assert body["data"]["order"]["native"]["due"] is None
    assert body["errors"][0]["extensions"]["code"] == "UPSTREAM_GARBLED"


async def test_types_come_and_go_while_the_graph_runs(shared):
    shared.running.extend(())
    before = shared.running.engine
    refused = await shared.ask(QUERY, Native("AcmePosOrder", VALUES))
    assert refused["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert shared.running.extend(BOTH) is before.documents
    assert shared.running.extend(BOTH) is None
    assert (await shared.ask(QUERY, Native("AcmePosOrder", VALUES)))["data"]["order"]["native"]
    during = shared.running.engine
    shared.running.extend(merged_types({"shop": (OLD,)}))
    # Who began with the graph before ends with it.
    body = await shared.ask(QUERY, Native("AcmePosOrder", VALUES), engine=during)
    assert body["data"]["order"]["native"]["who"] == "Li"
    assert "errors" in await shared.ask(QUERY, Native("AcmePosOrder", VALUES))


async def test_they_are_seen_by_introspection_and_extension_points_but_not_in_the_contract(graph):
    text = '{ __type(name: "AcmePosOrder") { fields { name } interfaces { name } } }'
    found = (await graph.ask(text))["data"]["__type"]
    assert {"name": "cashier"} in found["fields"]
    assert found["interfaces"] == [{"name": "OrderNative"}]
    points = "{ extensionPoints { name interface connectors fields { name type visibility } } }"
    body = await graph.ask(points, role=Role.ADMIN)
    acme, _ = body["data"]["extensionPoints"]
    assert (acme["name"], acme["interface"], acme["connectors"]) == (
        "AcmePosOrder",
        "OrderNative",
        ["till"],
    )
    assert {"name": "secret", "type": "TEXT", "visibility": None} in acme["fields"]
    sdl = (await graph.ask("{ _service { sdl } }"))["data"]["_service"]["sdl"]
    assert "OrderNative" in sdl
    assert "AcmePosOrder" not in sdl


async def test_a_type_that_is_called_as_one_of_the_contract_is_left_out(shared):
    shared.running.extend(merged_types({"x": (NativeType("Order", "Order", "x", ()),)}))
    body = await shared.ask(
        '{ order(by: {id: "%s"}) { number native { system } } }', Native("Order", ())
    )
    assert body["data"]["order"] == {"number": "1", "native": None}
    assert "errors" not in body
    assert shared.running.engine.extensions == ()


@pytest.mark.parametrize(
    ("cast", "value"),
    [
        (NativeCast.INTEGER, 13912345678),
        (NativeCast.DECIMAL, "NaN"),
        (NativeCast.DECIMAL, True),
        (NativeCast.INSTANT, "2026-11-01"),
        (NativeCast.DATE, "2026-11-01T08:00:00+00:00"),
    ],
)
async def test_a_value_kept_before_its_cast_changed_or_too_large_is_never_another_value(
    shared, cast, value
):
    kind = NativeType("AcmePosOrder", "Order", "acme", (NativeField("x", cast, "everyone"),))
    shared.running.extend(merged_types({"till": (kind,)}))
    text = '{ order(by: {id: "%s"}) { native { ... on AcmePosOrder { x } } } }'
    body = await shared.ask(text, Native("AcmePosOrder", (("x", value),)))
    assert body["data"]["order"]["native"] == {"x": None}
    assert body["errors"][0]["extensions"]["code"] == "UPSTREAM_GARBLED"
    assert str(value) not in str(body["errors"])


def test_no_two_systems_share_a_type_name():
    systems = ["shop2", "shop_2", "shop_2_", "shop__2", "a_b", "ab", "a__b", "a_b_", "a1_b", "a1b"]
    assert len({native_name(one, "Order") for one in systems}) == len(systems)
    assert native_name("acme_pos", "Order") == "AcmePosOrder"


@pytest.mark.parametrize(
    ("one", "other", "all_of_them"),
    [
        ("everyone", "administrators", "administrators"),
        ("desk", "staff", "desk"),
        ("everyone", None, None),
        (None, "staff", None),
    ],
)
def test_of_two_manifests_the_stricter_says_who_may_see_a_field(one, other, all_of_them):
    kinds = [
        NativeType("AcmeOrder", "Order", "acme", (NativeField("cashier", NativeCast.TEXT, word),))
        for word in (one, other)
    ]
    (point,) = merged_types({"a": (kinds[0],), "b": (kinds[1],)})
    assert [field.visibility for field in point.fields] == [all_of_them]


def test_connectors_of_one_system_share_a_type():
    more = NativeType("OldShopOrder", "Order", "old_shop", (NativeField("m", NativeCast.TEXT),))
    field = NativeField("n", NativeCast.TEXT, "desk")
    other = NativeType("OldShopOrder", "Order", "old_shop", (field,))
    (point,) = merged_types({"a": (OLD,), "b": (more,), "c": (other,)})
    assert point.connectors == ("a", "b", "c")
    assert point.fields == (
        NativeField("m", NativeCast.TEXT),
        NativeField("n", NativeCast.INTEGER, "desk"),
    )
    assert isinstance(point, ExtensionPoint)
