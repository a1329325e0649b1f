"""A file of resources is refused whole, each fault with its line, its path and its code."""

import pytest

from gateway.rest.faults import ResourcesFault
from tests.gateway.rest.contract_resources import (
    CHANNELS,
    MEMBER,
    PROFILE,
    STORES,
    box_resources,
    fault_codes,
    published,
)

_MEMBER = """
resources:
  - path: /members/{phone}
    operation: Member
    variables: { phone: path.phone }
    answer: member
"""
_PROFILE = """
resources:
  - path: /members/{member}
    method: PATCH
    operation: Profile
    variables:
      input: body
      input.member: path.member
      input.idempotencyKey: header.idempotency-key
    answer: updateProfile
"""
_STORES = """
resources:
  - path: /stores
    operation: Stores
    variables: { first: query.first, after: query.after }
    answer: stores.nodes
"""
SYNTAX, SHAPE, PATH = "RESOURCE_SYNTAX", "RESOURCE_SHAPE", "RESOURCE_PATH"
VARIABLE, ANSWER, PAGES = "RESOURCE_VARIABLE", "RESOURCE_ANSWER", "RESOURCE_PAGES"
OPERATION, METHOD, DUPLICATE = "RESOURCE_OPERATION", "RESOURCE_METHOD", "RESOURCE_DUPLICATE"
_KEY = "      input.idempotencyKey: header.idempotency-key\n"
_BODY = "input: body\n      input.member: path.member"
_ROW = _STORES.partition("resources:")[2].rstrip()


def faults(tmp_path, text, *operations):
    file = tmp_path / "resources.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ResourcesFault) as caught:
        published(file, *(operations or (MEMBER, PROFILE, STORES, CHANNELS)))
    assert caught.value.code == "RESOURCES_INVALID"
    return fault_codes(caught.value)


@pytest.mark.parametrize("text", [_MEMBER, _PROFILE, _STORES])
def test_what_fits_is_in_force(tmp_path, text):
    file = tmp_path / "resources.yaml"
    file.write_text(text, "utf-8")
    assert len(published(file, MEMBER, PROFILE, STORES).resources) == 1


def test_what_the_demo_publishes_is_in_force():
    named = {one.name: one for one in box_resources().resources}
    assert set(named) == {
        *("MemberByPhone", "OrdersOfMember", "UpdateProfile", "Orders", "OrderByNumber", "Stores"),
    }
    assert [name for name, one in named.items() if not one.personal] == ["Stores"]
    assert named["OrdersOfMember"].pages.turns_back
    assert named["UpdateProfile"].refusals == {"MemberChangeDeclined", "IdempotencyKeyReused"}


# What is written, what it is replaced by, and the line, path and code of the fault.
_WRITTEN = [
    (_MEMBER, "resources:", "resources: [", 3, "$", SYNTAX),
    (_MEMBER, "answer: member\n", "answer: member\nresources: []\n", 7, "$", SYNTAX),
    (_MEMBER, "resources:", "other:", 2, "$", SHAPE),
    (_MEMBER, "answer: member", "odd: 1", 3, "resources[0]", SHAPE),
    (_MEMBER, "path: /", "method: DELETE\n    path: /", 3, "resources[0].method", SHAPE),
    (_MEMBER, "answer", "absent: 500\n    answer", 6, "resources[0].absent", SHAPE),
    (_MEMBER, "answer", "name: 会员 1\n    answer", 6, "resources[0].name", SHAPE),
    (_MEMBER, "/members/", "members/", 3, "resources[0].path", PATH),
    (_MEMBER, "path.phone", "cookie.phone", 5, "resources[0].variables.phone", VARIABLE),
    (_MEMBER, "phone: path", "fon: path", 5, "resources[0].variables.fon", VARIABLE),
    (_MEMBER, "/{phone}", "", 3, "resources[0].path", VARIABLE),
    (_MEMBER, "path.phone", "query.phone", 3, "resources[0].path", VARIABLE),
    (_MEMBER, "answer: member", "answer: person", 6, "resources[0].answer", ANSWER),
    (_MEMBER, "answer: member", "answer: member.id.x", 6, "resources[0].answer", ANSWER),
    (_MEMBER, ": Member", ": Nobody", 4, "resources[0].operation", OPERATION),
    (_MEMBER, "operation", "method: POST\n    operation", 4, "resources[0].method", METHOD),
    (_PROFILE, "PATCH", "GET", 4, "resources[0].method", METHOD),
    (_PROFILE, _KEY, "", 6, "resources[0].variables", VARIABLE),
    (_PROFILE, "input: body", "input.phone: query.phone", 6, "resources[0].variables", VARIABLE),
    (_PROFILE, "t.member: p", "t.odd: p", 8, "resources[0].variables.input.odd", VARIABLE),
    (_PROFILE, _BODY, "input.phone: path.member", 6, "resources[0].variables", VARIABLE),
    (_PROFILE, "answer: updateProfile", "answer: ''", 10, "resources[0].answer", ANSWER),
    (_STORES, ", after: query.after", "", 5, "resources[0].variables", PAGES),
    (_STORES, "resources:", f"resources:{_ROW}", 7, "resources[1].path", DUPLICATE),
    (_STORES, "/stores", "/openapi.json", 3, "resources[0].path", DUPLICATE),
]


@pytest.mark.parametrize(("text", "old", "new", "line", "path", "code"), _WRITTEN)
def test_a_fault_has_its_line_its_path_and_its_code(tmp_path, text, old, new, line, path, code):
    assert faults(tmp_path, text.replace(old, new, 1)) == [(str(line), path, code)]


def test_two_of_one_name_are_told(tmp_path):
    text = _STORES.replace("resources:", f"resources:{_ROW.replace('/stores', '/shops')}")
    assert faults(tmp_path, text) == [("7", "resources[1].name", DUPLICATE)]


def test_every_fault_is_told_at_once(tmp_path):
    wrong = _STORES.replace(", after: query.after", "").partition("resources:")[2]
    text = _MEMBER.replace("answer: member", "answer: person").rstrip() + wrong
    assert [code for _, _, code in faults(tmp_path, text)] == [ANSWER, PAGES]


_BY_PHONE = "query Member($phone: String!) { member(by: {phone: $phone}) { %s } }"
_OPERATIONS = [
    (PROFILE.replace("__typename ", ""), _PROFILE, "RESOURCE_REFUSALS"),
    (PROFILE.replace("code message", "code"), _PROFILE, "RESOURCE_REFUSALS"),
    (STORES.replace("hasNextPage", "__typename"), _STORES, PAGES),
    (STORES.replace("nodes { code name }", ""), _STORES.replace(".nodes", ""), PAGES),
    (_BY_PHONE % "nothing", _MEMBER, OPERATION),
    (_BY_PHONE.replace(": String!", ": Int!") % "id", _MEMBER, OPERATION),
    (_BY_PHONE.replace("($", "($d: Boolean!, $") % "id @skip(if: $d)", _MEMBER, VARIABLE),
    ("query Member($phone: MemberKey!) { member(by: $phone) { id } }", _MEMBER, VARIABLE),
]


@pytest.mark.parametrize(("operation", "text", "code"), _OPERATIONS)
def test_an_operation_that_cannot_be_published_is_told(tmp_path, operation, text, code):
    assert [found for _, _, found in faults(tmp_path, text, operation)] == [code]


def test_a_name_of_two_texts_is_no_name(tmp_path):
    assert faults(tmp_path, _MEMBER, MEMBER, MEMBER + "\n")[0][2] == "RESOURCE_OPERATION"


def test_an_operation_that_nobody_knows_yet_is_waited_for(tmp_path):
    file = tmp_path / "resources.yaml"
    file.write_text(_MEMBER.replace("operation: Member", f"operation: sha256:{'a' * 64}"), "utf-8")
    found = published(file, MEMBER)
    assert (found.resources, found.waiting) == ((), ("GET /members/{phone}",))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ResourcesFault, match=r"nothing\.yaml:1: \$: it cannot be read"):
        published(tmp_path / "nothing.yaml", MEMBER)
