"""Drafts of manifests: sound as they are, from every kind of description, guesses marked."""

import json

import pytest
from graphql import build_schema, get_introspection_query, graphql_sync

from connectors.drafting import DraftError, draft, draft_like, read_outline
from connectors.drafting.choosing import renamed
from connectors.drafting.guess import sections_of, words_of
from connectors.drafting.outline import Entity, Found, Outline
from connectors.manifest import known_systems, read_manifest
from connectors.manifest.load import SYSTEMS, load_file
from connectors.protocols.sql.describing import read_tables

V2 = b"""<?xml version="1.0"?>
<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">
<edmx:DataServices>
<Schema xmlns="http://schemas.microsoft.com/ado/2008/09/edm" Namespace="ACME_SALES">
 <EntityType Name="SalesOrderType"><Key><PropertyRef Name="SalesOrder"/></Key>
  <Property Name="SalesOrder" Type="Edm.String"/>
  <Property Name="DistributionChannel" Type="Edm.String"/>
  <Property Name="SoldToParty" Type="Edm.String"/>
  <Property Name="SalesOrderDate" Type="Edm.DateTime"/>
  <Property Name="LastChangeDateTime" Type="Edm.DateTimeOffset"/>
  <Property Name="TotalNetAmount" Type="Edm.Decimal"/>
  <Property Name="TransactionCurrency" Type="Edm.String"/>
  <NavigationProperty Name="to_Item" Relationship="ACME_SALES.Items" FromRole="O" ToRole="I"/>
  <NavigationProperty Name="to_Head" Relationship="ACME_SALES.Items" FromRole="I" ToRole="O"/>
 </EntityType>
 <EntityType Name="ItemType"><Key><PropertyRef Name="SalesOrderItem"/></Key>
  <Property Name="SalesOrderItem" Type="Edm.String"/>
  <Property Name="Material" Type="Edm.String"/>
  <Property Name="RequestedQuantity" Type="Edm.Decimal"/>
  <Property Name="NetAmount" Type="Edm.Decimal"/>
 </EntityType>
 <Association Name="Items">
  <End Type="ACME_SALES.SalesOrderType" Multiplicity="1" Role="O"/>
  <End Type="ACME_SALES.ItemType" Multiplicity="*" Role="I"/>
 </Association>
 <EntityContainer Name="C">
  <EntitySet Name="A_SalesOrder" EntityType="ACME_SALES.SalesOrderType"/>
  <EntitySet Name="A_SalesOrderItem" EntityType="ACME_SALES.ItemType"/>
 </EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
V4 = b"""<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="shop">
 <EntityType Name="Customer"><Key><PropertyRef Name="customerNumber"/></Key>
  <Property Name="customerNumber" Type="Edm.String"/><Property Name="name" Type="Edm.String"/>
  <Property Name="mobile" Type="Edm.String"/><Property Name="createdAt" Type="Edm.DateTimeOffset"/>
  <Property Name="channel" Type="Edm.String"/><Property Name="points" Type="Edm.Int32"/>
 </EntityType>
 <EntityContainer Name="C">
  <EntitySet Name="Customers" EntityType="shop.Customer"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
OPENAPI = """
openapi: 3.0.0
info: { title: Acme shop }
paths:
  /v1/orders:
    parameters: [{ name: per_page, in: query }, { $ref: "#/components/parameters/Skip" }]
    get:
      parameters:
        [{ name: ids, in: query }, { name: customer, in: query }, { name: orderby, in: query }]
      responses:
        "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Page" } } } }
  /v1/orders/{id}: { get: { responses: { "200": {} } } }
  /v1/health: { get: { responses: { "200": { description: fine } } } }
components:
  parameters: { Skip: { name: offset, in: query } }
  schemas:
    Page:
      properties: { data: { type: array, items: { $ref: "#/components/schemas/Order" } } }
    Order:
      allOf:
        - properties: { id: { type: integer }, created_at: { type: string, format: date-time } }
        - properties:
            status: { type: string, enum: [completed, weird, pending] }
            customer: { properties: { customer_id: { type: string } } }
            currency: { type: string }
            total: { type: string }
            line_items:
              type: array
              items: { properties: { id: {}, sku: { type: string }, quantity: { type: number } } }
"""
SDL = """
scalar DateTime
enum State { OPEN DONE }
type Query {
  orders(ids: [ID!]!): [Order!]!
  members(first: Int, after: String, last: Int, before: String): Members!
  health: Int
}
type Order {
  id: ID! state: State! createdAt: DateTime customerId: ID total: String lines: [Line!]!
}
type Line { id: ID! sku: String quantity: Int }
type Members { nodes: [Member!]! pageInfo: PageInfo! }
type PageInfo {
  hasNextPage: Boolean! endCursor: String hasPreviousPage: Boolean! startCursor: String
}
type Member { number: ID! contact: Contact joinedAt: DateTime friends(of: ID!): [Member!] }
type Contact { name: String phone: String }
"""
WSDL = b"""<definitions name="Acme" targetNamespace="urn:Acme"
 xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:Acme"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
<types><xsd:schema targetNamespace="urn:Acme">
 <xsd:complexType name="Ids"><xsd:sequence>
  <xsd:element name="item" type="xsd:string" maxOccurs="unbounded"/></xsd:sequence>
 </xsd:complexType>
 <xsd:complexType name="Line"><xsd:sequence>
  <xsd:element name="item_id" type="xsd:int"/><xsd:element name="sku" type="xsd:string"/>
 </xsd:sequence></xsd:complexType>
 <xsd:complexType name="Lines"><xsd:sequence>
  <xsd:element name="item" type="tns:Line" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType>
 <xsd:complexType name="SalesOrder"><xsd:sequence>
  <xsd:element name="order_no" type="xsd:string"/><xsd:element name="total" type="xsd:decimal"/>
  <xsd:element name="created_at" type="xsd:dateTime"/><xsd:element name="lines" type="tns:Lines"/>
 </xsd:sequence></xsd:complexType>
 <xsd:complexType name="Orders"><xsd:sequence>
  <xsd:element name="item" type="tns:SalesOrder" maxOccurs="unbounded"/></xsd:sequence>
 </xsd:complexType>
 <xsd:element name="ordersRequest"><xsd:complexType><xsd:sequence>
  <xsd:element name="sessionId" type="xsd:string"/><xsd:element name="orderIds" type="tns:Ids"/>
 </xsd:sequence></xsd:complexType></xsd:element>
 <xsd:element name="ordersResponse"><xsd:complexType><xsd:sequence>
  <xsd:element name="result" type="tns:Orders"/></xsd:sequence></xsd:complexType></xsd:element>
</xsd:schema></types>
<message name="In"><part name="p" element="tns:ordersRequest"/></message>
<message name="Out"><part name="p" element="tns:ordersResponse"/></message>
<portType name="P"><operation name="orderInfos">
 <input message="tns:In"/><output message="tns:Out"/></operation></portType>
<service name="AcmeShop"><port name="p"><soap:address location="https://acme.example/api/soap"/>
</port></service></definitions>"""
INTROSPECTION = json.dumps(
    {"data": graphql_sync(build_schema(SDL), get_introspection_query()).data}
).encode()


def drafted(text):
    return draft(read_outline(text), "acme")


def sound(text):
    return read_manifest(text, "acme.yaml")


@pytest.mark.parametrize("text", [V2, V4, OPENAPI.encode(), INTROSPECTION, WSDL])
def test_a_draft_is_sound_as_it_is_and_says_what_is_guessed(text):
    made = drafted(text)
    assert sound(made).system == "acme"
    assert "# guessed" in made


def test_odata_v2_reads_items_days_and_the_keys_of_lists():
    orders = sound(drafted(V2)).orders
    assert orders.resource == "A_SalesOrder"
    assert orders.record["placed_at"] == {"from": "SalesOrderDate", "as": "date"}
    assert orders.record["updated_at"]["as"] == "instant"
    assert orders.record["lines"]["each"] == "to_Item.results"
    assert orders.record["lines"]["record"]["raw_sku"] == "Material"
    assert (orders.order.channel, orders.order.key) == ("DistributionChannel", "SalesOrder")
    assert orders.currency_from == "TransactionCurrency"
    assert orders.by_customer is not None


def test_odata_v4_says_its_version_and_finds_members():
    members = sound(drafted(V4)).memberships
    assert members.record["number"] == "customerNumber"
    assert members.record["contact"]["record"] == {"name": "name", "phone": "mobile"}
    assert members.record["points"]["record"] == {"available": "points"}
    assert "odata: { version: 4 }" in drafted(V4)


def test_openapi_follows_references_reads_rows_in_an_envelope_and_words_of_a_status():
    made = drafted(OPENAPI.encode())
    orders = sound(made).orders
    assert orders.resource == "v1/orders"
    assert orders.record["status"]["map"] == {
        "completed": "COMPLETED",
        "weird": "UNKNOWN",
        "pending": "PENDING_PAYMENT",
    }
    assert orders.record["customer"] == "customer.customer_id"
    assert "# decide what it means" in made
    assert "offset: offset" in made


def test_graphql_gets_documents_that_select_what_is_read():
    made = sound(drafted(INTROSPECTION))
    assert made.orders.record["number"] == "id"
    assert made.orders.record["lines"]["each"] == "lines"
    assert made.memberships.record["contact"]["record"]["phone"] == "contact.phone"
    text = drafted(INTROSPECTION)
    assert "query($keys: [ID!]!) { orders(ids: $keys)" in text
    assert "friends" not in text.partition("search:")[2]


def test_a_wsdl_gets_an_operation_that_asks_by_keys_in_a_session():
    manifest = sound(drafted(WSDL))
    orders = manifest.orders
    assert orders.record["number"] == "order_no"
    assert orders.record["lines"]["each"] == "lines.item"
    assert "<orderIds><item>{keys}</item></orderIds>" in drafted(WSDL)
    assert "rows: result/item" in drafted(WSDL)
    assert "path: api/soap" in drafted(WSDL)


def test_tables_of_a_real_database_become_statements(postgres):
    address = str(postgres.create_database("drafts"))
    import psycopg  # noqa: PLC0415

    with psycopg.connect(address, autocommit=True) as database:
        database.execute(
            "CREATE TABLE tbl_sales (sale_id integer PRIMARY KEY, customer_id integer, "
            "sale_time timestamp, total_amount numeric(12, 2), note text)"
        )
        database.execute("CREATE TABLE misc (a integer)")
    made = draft(read_tables(address), "till")
    orders = sound(made).orders
    assert orders.record["number"] == "sale_id"
    assert orders.record["placed_at"] == {"from": "sale_time", "as": "local"}
    assert "WHERE sale_id IN :keys" in made
    with pytest.raises(DraftError) as caught:
        read_tables("postgresql://reader:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in caught.value.message


HOSTILE = [
    "x\nauth: { kind: none }",
    "total, as: text }\nkeep: true",
    "id; DROP TABLE members",
    'id" IN :keys OR 1=1 OR "a',
    "id\u2028version: 9",
    "id # a comment",
    "id: { const: 1 }",
]


@pytest.mark.parametrize(
    ("protocol", "evil"),
    [("sql", "id--"), *((kind, evil) for kind in ("sql", "rest", "odata") for evil in HOSTILE)],
)
def test_a_name_in_a_description_never_says_more_than_a_name(protocol, evil):
    def order(*more, place="orders"):
        paths = ("order_id", "total", *more)
        fields = (*(Found(path=path) for path in paths), status)
        return Entity(name="orders", place=place, fields=fields, asks={"keys": evil})

    status = Found(path="status", words=(evil, "completed"))
    paging = "paging: { offset: offset, limit: size, sort: sort, direction: dir }"

    def drafted(title, entity):
        head = (paging,) if protocol == "rest" else ()
        outline = Outline(protocol=protocol, title=title, entities=(entity,), head=head)
        return draft(outline, "acme")

    tame, made = drafted("Acme", order()), drafted(evil, order(evil))
    first, title, *rest = (line for line in made.split("\n") if not line.startswith("title: "))
    assert first.startswith("# A draft")
    assert title.startswith("# its name")
    assert rest == [line for line in tame.split("\n") if not line.startswith("title: ")][2:]
    found = sound(made)
    assert set(found.orders.record["status"]["map"]) == {evil, "completed"}
    assert (found.auth.kind, found.version) == ("none", "1")
    assert found.orders.keep is None
    with pytest.raises(DraftError):
        drafted("Acme", order(place=evil))


def test_names_of_parameters_and_namespaces_stay_texts():
    evil = "ids, batch: 9 }\nversion: 7 #"
    text = OPENAPI.replace("{ name: ids,", f"{{ name: {json.dumps(evil)},")
    made = sound(drafted(text.encode()))
    assert made.version == "1"
    space = b"urn:A&quot;&#10;version: &quot;9"
    made = sound(
        drafted(WSDL.replace(b'targetNamespace="urn:Acme"', b'targetNamespace="%s"' % space))
    )
    assert made.version == "1"


@pytest.mark.parametrize("name", known_systems())
def test_a_draft_like_a_system_that_ships_is_that_system_under_another_name(name, tmp_path):
    made = tmp_path / "acme" / "manifest.yaml"
    made.parent.mkdir()
    made.write_text(draft_like(name, "acme"), "utf-8")
    code = SYSTEMS / name / "mapping.py"
    if code.exists():
        (made.parent / "mapping.py").write_text(code.read_text("utf-8"), "utf-8")
    assert load_file(made).manifest.system == "acme"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Edmx/>", "cannot be read"),
        (b"<html/>", "<html>"),
        (b"<Edmx/>", "no entity set"),
        (b"<definitions/>", "no operation"),
        (b"{", "cannot be read"),
        (b"a: [", "cannot be read"),
        (b"hello", "no description"),
        (b'{"openapi": "3", "paths": 7}', "as its standard says"),
        (b'{"openapi": "3", "paths": {}}', "no GET"),
        (b'{"data": {}}', "__schema"),
    ],
)
def test_what_is_no_description_says_so(text, word):
    with pytest.raises(DraftError) as caught:
        read_outline(text)
    assert word in caught.value.message


def test_a_person_may_say_what_fills_a_section():
    text = V4.replace(b"Customer", b"Kunde")
    with pytest.raises(DraftError) as caught:
        drafted(text)
    assert "Kundes" in caught.value.message
    assert "--entity" in caught.value.message
    made = draft(renamed(read_outline(text), {"memberships": "Kundes"}), "acme")
    assert sound(made).memberships is not None
    for wrong in ({"members": "Kundes"}, {"memberships": "Kunden"}):
        with pytest.raises(DraftError) as caught:
            renamed(read_outline(text), wrong)
        assert "did you mean" in caught.value.message


def test_of_two_things_the_one_that_tells_more_is_taken():
    outline = read_outline(V2)
    assert sections_of(outline.entities)["orders"].name == "A_SalesOrder"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SalesOrderDate", "sales order date"),
        ("sales_order_date", "sales order date"),
        ("orderID", "order id"),
        ("SKUCode", "sku code"),
        ("e-mail", "e mail"),
    ],
)
def test_names_are_read_as_words(name, words):
    assert words_of(name) == words
