"""A request becomes variables by their types, and nothing that was sent is ignored."""

import pytest

from capabilities.errors import BadInput
from gateway.http.bad_request import BadRequest
from gateway.rest.asking import faults_of, idempotency_key, variables_of
from tests.gateway.rest.contract_resources import BOX, box_resources, documents, published

LISTED = """query Many($channels: [String!], $count: Int!, $ratio: Float, $deep: Boolean = true,
    $kinds: [OrderKind!]) {
  orders(filter: {channels: $channels, kinds: $kinds}, first: $count) {
    nodes { number @include(if: $deep) }
    pageInfo { hasNextPage endCursor } }
  mergeCandidates(minScore: $ratio) { count } }"""
MANY = """
resources:
  - path: /many
    operation: Many
    variables: {channels: query.channel, count: query.count, ratio: query.ratio, deep: query.deep,
      kinds: query.kind}
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    file = tmp_path_factory.mktemp("asking") / "resources.yaml"
    file.write_text(MANY)
    return published(file, LISTED).resources[0]


@pytest.fixture(scope="module")
def profile():
    return next(one for one in box_resources().resources if one.writes)


def asked(resource, query="", values=(), key=None, body=None):
    return variables_of(resource, values, query.encode(), key, body)


def test_texts_become_what_the_operation_needs(many):
    query = "channel=jd&channel=%E5%BA%97&count=7&ratio=0.5&deep=false&kind=SALE"
    assert asked(many, query) == {
        "channels": ["jd", "店"],
        "count": 7,
        "ratio": 0.5,
        "deep": False,
        "kinds": ["SALE"],
    }
    assert asked(many, "count=1") == {"count": 1}


@pytest.mark.parametrize(
    "query",
    [
        *("", "count=", "count=x", "count=1.5", "count=1&count=2", "count=%EF%BC%97", "count=1e3"),
        *("count=1&deep=yes", "count=1&ratio=nan", "count=1&odd=1", "count=1&channel=%00"),
        *("count=1&channel=%ff", "count=1&channel=" + "a" * 5_000, "count=" + "9" * 30),
        "count=1" + "&channel=a" * 150,
        "count=1" + "&channel=a" * 500,
    ],
)
def test_what_does_not_fit_is_refused_without_its_value(many, query):
    with pytest.raises(BadInput) as caught:
        asked(many, query)
    assert "yes" not in caught.value.message
    assert "aaaa" not in caught.value.message


def test_a_body_is_the_input_and_its_address_completes_it(profile):
    body = {"familyName": "林", "attributes": [{"key": "a", "value": "b"}]}
    found = asked(profile, values=("M1",), key='"k 1"'.replace(" ", "-"), body=body)
    assert found == {"input": {**body, "member": "M1", "idempotencyKey": "k-1"}}
    assert set(body) == {"familyName", "attributes"}


@pytest.mark.parametrize("body", [None, [], 3, "x", {"member": "M2"}, {"idempotencyKey": "k"}])
def test_a_body_that_is_none_or_says_it_twice_is_refused(profile, body):
    with pytest.raises(BadInput):
        asked(profile, values=("M1",), key="k", body=body)


@pytest.mark.parametrize("key", [None, "", '""', "  ", "a b", "键", "a" * 256, "a\tb"])
def test_a_write_needs_a_key_that_can_be_kept(key):
    with pytest.raises(BadRequest) as caught:
        idempotency_key(key)
    assert caught.value.code == "IDEMPOTENCY_KEY_MISSING"


def test_what_does_not_fit_a_type_is_told_by_where_it_stood(profile, many):
    def told(resource, variables):
        prepared = documents().prepare(_TEXTS[resource.name])
        operation = prepared.operation(resource.operation_name)
        found = faults_of(resource, operation, documents().schema, variables)
        return [one["at"] for one in found]

    wrong = {
        "member": "M1",
        "idempotencyKey": "k",
        "phone": 7,
        "attributes": [{"key": "a"}],
        "x": 1,
    }
    places = told(profile, {"input": wrong})
    assert {"body.phone", "body.attributes.0"} <= set(places)
    assert told(many, {"count": 1, "kinds": ["SALE", "ODD"]}) == ["query.kind.1"]
    assert told(many, {"count": 2**40}) == ["query.count"]


_TEXTS = {"UpdateProfile": (BOX / "update-profile.graphql").read_text("utf-8"), "Many": LISTED}
