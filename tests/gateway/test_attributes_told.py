"""Attributes of a person's profile: declared, told by the staff, found by segments, erased."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from capabilities.caller import Role
from capabilities.profile.rules import (
    DEFAULT_RULES,
    AttributeType,
    KeyRule,
    ProfileRules,
    Survivorship,
)
from store.engine import Store
from store.profile.rules import ProfileRulesVersions
from tests.gateway.serving import BRAND
from tests.gateway.test_members_changed import (
    ERASE,
    REGISTER,
    found,
    gateway,
    registered,
    shop,
    someone,
)

__all__ = ["gateway", "shop"]
UPDATE = """
mutation U($i: UpdateProfileInput!) { updateProfile(input: $i) { __typename
  ... on ProfileUpdated { changes { channelCode state } }
  ... on MemberChangeDeclined { code path valid message } } }
"""
ATTRIBUTES = """
query A($by: MemberKey!) { member(by: $by) {
  attributes { key value source confidence personal survivorship } } }
"""
PREVIEW = "query P($w: SegmentCondition!) { previewSegment(where: $w) { count { value } words } }"
RULES = ProfileRules(
    keys={
        **DEFAULT_RULES.keys,
        "shoeSize": KeyRule(type=AttributeType.NUMBER, personal=False),
        "pets": KeyRule(
            values=("CAT", "DOG", "NONE"), survivorship=Survivorship.UNION, personal=False
        ),
        "credit": KeyRule(writable=False),
    }
)


@pytest.fixture(scope="module", autouse=True)
def _declared(gateway):
    async def put():
        store = Store.open(gateway.database)
        rules = ProfileRulesVersions(store, BRAND)
        await rules.put(RULES, author="ops", reason="t", at=datetime.now(UTC))
        await store.aclose()

    asyncio.run(put())


def tell(gateway, member, **attributes):
    given = [{"key": key, "values": values} for key, values in attributes.items()]
    return gateway.change(UPDATE, member=member, attributes=given)


def known(gateway, member):
    answer = gateway.ask(ATTRIBUTES, {"by": {"id": member}})
    assert "errors" not in answer, answer
    told = answer["data"]["member"]["attributes"]
    return [(one["key"], one["value"], one["source"]) for one in told]


def counted(gateway, **condition):
    answer = gateway.ask(PREVIEW, {"w": {"attribute": condition}}, role=Role.OPERATIONS)
    assert "errors" not in answer, answer
    return answer["data"]["previewSegment"]["count"]["value"]


def test_what_is_declared_can_be_asked_for(gateway):
    fields = "{ declaredAttributes { key type values personal writable survivorship } }"
    declared = gateway.ask(fields)["data"]["declaredAttributes"]
    assert [one["key"] for one in declared] == sorted(RULES.keys)
    (pets,) = [one for one in declared if one["key"] == "pets"]
    assert pets == {
        "key": "pets",
        "type": "TEXT",
        "values": ["CAT", "DOG", "NONE"],
        "personal": False,
        "writable": True,
        "survivorship": "UNION",
    }


def test_what_the_staff_tells_is_shown_found_and_gone_with_her(gateway):
    her, _ = registered(gateway, "13900070001")
    done = tell(gateway, her, birthday=["1990-11-02"], shoeSize=["38.50"], pets=["CAT", "DOG"])
    assert done["changes"] == [{"channelCode": "own", "state": "DONE"}]
    assert known(gateway, her) == [
        ("birthday", "****-11-**", "staff"),
        ("pets", "CAT", "staff"),
        ("pets", "DOG", "staff"),
        ("shoeSize", "38.5", "staff"),
    ]
    assert counted(gateway, key="shoeSize", values=["38.5"]) == 1
    assert counted(gateway, key="birthday", months=[11]) == 1
    assert counted(gateway, key="birthday", months=[10, 12]) == 0
    assert tell(gateway, her, pets=["DOG"], shoeSize=[])["__typename"] == "ProfileUpdated"
    assert [one[:2] for one in known(gateway, her)] == [("birthday", "****-11-**"), ("pets", "DOG")]
    rows = gateway.rows("SELECT o::text AS row FROM attribute_observations o")
    assert not any("1990" in one.row for one in rows)
    (row,) = gateway.rows(
        "SELECT facts FROM audit_entries WHERE action = 'member.changed'"
        " ORDER BY number DESC LIMIT 1"
    )
    assert json.loads(row.facts) == {"phone": False, "email": False, "attributes": "pets shoeSize"}
    gone = {"member": her, "reason": "T-1", "idempotencyKey": "erase-told"}
    gateway.ask(ERASE, {"i": gone}, role=Role.ADMIN)
    assert tell(gateway, her, pets=["CAT"])["code"] == "MEMBER_UNKNOWN"
    assert counted(gateway, key="birthday") == 0
    assert gateway.rows("SELECT FROM attribute_observations") == []


def test_one_wish_is_done_once_and_another_under_its_key_is_refused(gateway):
    her, _ = registered(gateway, "13900070002")
    wish = {"member": her, "attributes": [{"key": "pets", "values": ["CAT"]}]}
    done = gateway.change(UPDATE, **wish, idempotencyKey="pets-1")
    assert tell(gateway, her, pets=["DOG"])["__typename"] == "ProfileUpdated"
    assert gateway.change(UPDATE, **wish, idempotencyKey="pets-1") == done
    assert known(gateway, her) == [("pets", "DOG", "staff")]
    other = {"member": her, "attributes": [{"key": "pets", "values": ["NONE"]}]}
    reused = gateway.change(UPDATE, **other, idempotencyKey="pets-1")
    assert reused["__typename"] == "IdempotencyKeyReused"


@pytest.mark.parametrize(
    ("attributes", "code", "place", "valid"),
    [
        ({"shoe": ["38"]}, "ATTRIBUTE_UNKNOWN", "key", sorted(RULES.keys)),
        ({"credit": ["9"]}, "ATTRIBUTE_NOT_WRITABLE", "key", []),
        ({"shoeSize": ["big"]}, "ATTRIBUTE_INVALID", "values", []),
        ({"shoeSize": ["38", "39"]}, "ATTRIBUTE_INVALID", "values", []),
        ({"birthday": ["1990-02-30"]}, "ATTRIBUTE_INVALID", "values", []),
        ({"pets": ["CAT", "cat"]}, "ATTRIBUTE_INVALID", "values", ["CAT", "DOG", "NONE"]),
    ],
)
def test_what_is_not_declared_so_is_refused_whole(gateway, attributes, code, place, valid):
    her, _ = registered(gateway, f"1390008{abs(hash(str(attributes))) % 10_000:04d}")
    declined = tell(gateway, her, language=["zh"], **attributes)
    assert (declined["code"], declined["path"]) == (code, ["input", "attributes", "1", place])
    assert sorted(declined["valid"]) == valid
    assert declined["message"]
    assert known(gateway, her) == []


def test_an_attribute_of_a_shops_person_takes_her_in_and_asks_nothing_of_the_shop(gateway):
    her = someone(gateway)
    queued = len(gateway.rows("SELECT FROM member_commands"))
    done = tell(gateway, her, pets=["NONE"])
    assert [one["state"] for one in done["changes"]] == ["DONE"]
    assert len(gateway.rows("SELECT FROM member_commands")) == queued
    assert known(gateway, found(gateway, id=her)["id"]) == [("pets", "NONE", "staff")]
    nothing = gateway.change(UPDATE, member=her)
    assert nothing == {"__typename": "ProfileUpdated", "changes": []}
    assert len(gateway.rows("SELECT FROM member_commands")) == queued


def test_who_is_on_her_way_to_a_system_has_no_attributes_yet(gateway):
    gateway.change(REGISTER, channel="jd", phone="13900070009", phoneVerified=True)
    her = found(gateway, phone="13900070009")["id"]
    declined = tell(gateway, her, pets=["CAT"])
    assert (declined["code"], declined["path"]) == ("MEMBER_PENDING", ["input", "attributes"])


def test_a_segment_asks_no_more_of_a_personal_attribute_than_is_shown(gateway):
    asked = {"w": {"attribute": {"key": "birthday", "values": ["1990-11-02"]}}}
    answer = gateway.ask(PREVIEW, asked, role=Role.OPERATIONS)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "SEGMENT_INVALID"
    words = gateway.ask(
        PREVIEW, {"w": {"attribute": {"key": "birthday", "monthsAhead": 0}}}, role=Role.OPERATIONS
    )["data"]["previewSegment"]["words"]
    assert words == "属性 birthday 在本月"
