"""What strangers and eavesdroppers send in a shop's own wire, before anybody is asked anything."""

import orjson
import pytest

from capabilities.errors import Unauthenticated
from capabilities.member.changing import MemberChangeDeclined
from gateway.compat.consumers import Consumers
from gateway.compat.proof import Proof
from gateway.compat.questions import question_of
from gateway.compat.wire import CompatAsked, CompatRefused
from gateway.compat.writing import CustomerChange

_SIGNED = [("oauth_consumer_key", "ck_1"), ("oauth_signature_method", "HMAC-SHA1")]


def asked(url="http://shop.test/x", *, query=(), body=b"", resource="customers", **headers):
    return CompatAsked(
        channel="shop",
        method="GET",
        resource=resource,
        number="101" if body else None,
        url=url,
        query=list(query),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
    )


@pytest.mark.parametrize(
    "request_",
    [
        asked(authorization="OAuth nonsense"),
        asked(authorization='OAuth oauth_consumer_key="%zz"'),
        asked(query=_SIGNED, authorization="Bearer x"),
        asked("http://[/x", query=_SIGNED),
        asked("http://a:b/x", query=_SIGNED),
        asked("http:///x", query=_SIGNED),
    ],
)
def test_a_proof_that_cannot_be_read_is_none(request_):
    proof = Proof(Consumers(b"k" * 32, "brand", lambda: lambda _: None))
    with pytest.raises(Unauthenticated):
        proof.caller(request_)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("customers", "email[]"),
        ("customers", "search[0]"),
        ("customers", "role[]"),
        ("orders", "customer[]"),
        ("orders", "modified_after[]"),
    ],
)
def test_a_filter_that_would_not_hold_is_refused(resource, name):
    with pytest.raises(CompatRefused) as refused:
        question_of(asked(resource=resource, query=[(name, "x")]))
    assert refused.value.status == 400


@pytest.mark.parametrize("places", ["10", "999999999999", "-1", "x", "", "٢"])
def test_sums_have_no_more_places_than_money_has(places):
    """Beyond what a decimal holds nothing could be written at all."""
    with pytest.raises(CompatRefused) as refused:
        question_of(asked(resource="orders", query=[("dp", places)]))
    assert refused.value.status == 400
    assert question_of(asked(resource="orders", query=[("dp", "9")])).first("dp") == "9"


class _Keys:
    """Notes under which keys something was changed, and changes nothing."""

    def __init__(self):
        self.used = []

    async def update(self, member, person, attributes, idempotency_key):
        del member, person, attributes
        self.used.append(idempotency_key)
        return MemberChangeDeclined(code="MEMBER_UNKNOWN", path=())

    async def member_by_membership(self, channel, number):
        del channel, number


async def _key_of(request):
    keys = _Keys()
    with pytest.raises(CompatRefused):
        await CustomerChange(keys, keys, request).made({"id": 101})
    return keys.used[0]


async def test_a_signed_change_has_the_key_of_its_nonce_whatever_is_put_beside_it():
    body = orjson.dumps({"email": "chen@example.com"})
    in_header = 'OAuth oauth_nonce="n1", oauth_signature="s"'
    assert await _key_of(asked(body=body, authorization=in_header)) == "n1"
    again = asked(body=body, authorization=in_header, idempotency_key="another")
    assert await _key_of(again) == "n1"
    in_query = asked(body=body, query=[("oauth_nonce", "n2")], idempotency_key="another")
    assert await _key_of(in_query) == "n2"


async def test_long_keys_that_begin_alike_are_two():
    body = orjson.dumps({"email": "chen@example.com"})
    plain = {"body": body, "authorization": "Basic Y2s6Y3M="}
    assert await _key_of(asked(**plain, idempotency_key="k1")) == "k1"
    first, second = [
        await _key_of(asked(**plain, idempotency_key="k" * 150 + end)) for end in ("a", "b")
    ]
    assert first != second
    assert len(first) <= 100
    assert await _key_of(asked(**plain)) != await _key_of(asked(**plain))
