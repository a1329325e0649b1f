"""How one member or one order is named: one key at a time, checked."""

import pytest
from graphql import parse, validate

from capabilities.ids import global_id
from capabilities.member.records import Identity, IdentityKind

MEMBER = "query($by: MemberKey!) { member(by: $by) { oneId } }"
ORDER = "query($by: OrderKey!) { order(by: $by) { number } }"


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        ({"phone": " 139 1234 5678"}, (Identity(IdentityKind.PHONE, "", "139 1234 5678"),)),
        ({"email": "Lin@Example.com "}, (Identity(IdentityKind.EMAIL, "", "lin@example.com"),)),
        ({"cardNumber": "BW88880001"}, (Identity(IdentityKind.CARD_NO, "", "BW88880001"),)),
        ({"membership": {"channel": "store", "number": "8001"}}, ("store", "8001")),
        (
            {"external": {"kind": "SAP_BP", "scope": "tmall", "value": "100"}},
            (Identity(IdentityKind.SAP_BP, "tmall", "100"),),
        ),
    ],
)
async def test_each_key_asks_the_reader_once(ask, by, asked):
    data = await ask.data(MEMBER, by=by)
    assert data["member"]["oneId"] == "abcdefghijklmnopqrstuvwx"
    assert ask.reader.asked == [asked]


async def test_a_member_is_found_by_its_id(ask, records):
    data = await ask.data(MEMBER, by={"id": records["Member"].id})
    assert data["member"]["oneId"] == records["Member"].one_id


async def test_a_member_of_another_brand_is_nobody(ask, records):
    by = {"id": global_id("Member", "another", records["Member"].one_id)}
    assert await ask.data(MEMBER, by=by) == {"member": None}
    assert ask.reader.asked == []


@pytest.mark.parametrize(
    "by",
    [
        {},
        {"phone": "13912345678", "email": "lin@example.com"},
        {"phone": None},
        {"phone": "13912345678", "email": None},
    ],
)
@pytest.mark.parametrize("literal", [True, False])
async def test_exactly_one_key_is_taken(ask, by, literal):
    if literal:
        text = ", ".join(f"{k}: {'null' if v is None else repr(v)}" for k, v in by.items())
        literal_by = "{" + text.replace("'", '"') + "}"
        answer = await ask(f"{{ member(by: {literal_by}) {{ oneId }} }}")
    else:
        answer = await ask(MEMBER, {"by": by})
    assert answer.errors
    assert ask.reader.asked == []


@pytest.mark.parametrize(
    "by",
    [
        {"id": ""},
        {"id": "not base64 !"},
        {"id": global_id("Order", "store", "1")},
        {"phone": ""},
        {"email": "x" * 201},
        {"membership": {"channel": "", "number": "1"}},
    ],
)
async def test_a_key_that_can_name_nobody_is_bad_input(ask, by):
    assert await ask.code(MEMBER, by=by) == "BAD_USER_INPUT"
    assert ask.reader.asked == []


async def test_bad_input_never_repeats_what_was_typed(ask):
    answer = await ask(MEMBER, {"by": {"id": "13912345678"}})
    assert "139" not in answer.errors[0].message


async def test_an_order_is_found_by_its_business_key_and_its_id(ask, records):
    order = records["Order"]
    key = {"business": {"channel": order.channel, "number": order.number}}
    for by in (key, {"id": order.id}):
        assert (await ask.data(ORDER, by=by))["order"]["number"] == order.number
    assert ask.reader.asked == [(order.channel, order.number)] * 2


async def test_an_order_that_is_not_there_is_null_without_an_error(ask):
    by = {"business": {"channel": "store", "number": "none"}}
    assert await ask.data(ORDER, by=by) == {"order": None}


@pytest.mark.parametrize("by", [{}, {"id": None}, {"id": "x", "business": None}])
async def test_exactly_one_order_key_is_taken(ask, by):
    assert (await ask(ORDER, {"by": by})).errors
    assert ask.reader.asked == []


@pytest.mark.parametrize("by", ["{}", '{phone: "1", email: "a@b.c"}', "{phone: null}"])
def test_a_document_with_two_keys_is_no_valid_document(built, by):
    errors = validate(built._schema, parse(f"{{ member(by: {by}) {{ oneId }} }}"))
    assert ["exactly one field" in error.message for error in errors] == [True]


async def test_tools_can_see_which_inputs_take_one_key(ask):
    data = await ask.data("""{ __schema { types { name isOneOf
        fields { type { isOneOf ofType { isOneOf } } args { type { isOneOf } } } } } }""")
    one_of = {kind["name"] for kind in data["__schema"]["types"] if kind["isOneOf"]}
    assert one_of == {
        "MemberKey",
        "OrderChangedOn",
        "OrderKey",
        "PromotionConditionInput",
        "PromotionRewardInput",
        "SegmentCondition",
        "SegmentSelector",
    }
