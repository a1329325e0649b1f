"""Signatures of platforms against the vectors that their documents and clients show."""

import hashlib
import hmac

import pytest
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

from connectors._kit import Outgoing, Secret, signatures, webhooks
from connectors._kit.signed import DoudianSigned, MeituanSigned, OAuth1Signed, TopSigned

_TOP = {
    "app_key": "12345678",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "format": "json",
    "v": "2.0",
    "method": "taobao.item.seller.get",
    "fields": "num_iid,title,nick,price,num",
    "num_iid": "11223344",
}
_MEITUAN = "https://waimaiopen.meituan.com/api/v1/order/getOrderDetail"
_NOON = 1451620800.0  # 2016-01-01 12:00:00 in Beijing


def asked(url="https://gw.example/router/rest", *, form=None, params=()):
    return Outgoing(
        method="GET" if form is None else "POST",
        url=url,
        path="router/rest",
        params=tuple(params),
        headers={},
        form=form,
    )


@pytest.mark.parametrize(
    ("digest", "sign"),
    [
        ("md5", "66987CB115214E59E6EC978214934FB8"),
        ("hmac", "D56D7858309C31B6251083A874D48273"),
    ],
)
def test_taobao_signs_as_its_vector(digest, sign):
    params = {**_TOP, "sign_method": digest}
    assert signatures.TOP[digest](params.items(), "helloworld") == sign


def test_a_request_of_taobao_is_the_vector_too():
    signer = TopSigned(
        clock=lambda: _NOON, key="12345678", secret=Secret("helloworld"), session=Secret("test")
    )
    own = tuple((name, _TOP[name]) for name in ("method", "fields", "num_iid"))
    for request in (asked(form=own), asked(params=own)):
        sent = dict(signer.signed(request).asked)
        assert sent == {
            **_TOP,
            "sign_method": "md5",
            "sign": "66987CB115214E59E6EC978214934FB8",
        }
    assert signer.signed(asked(form=own)).params == ()


def test_what_is_empty_is_not_signed_and_names_sort_by_bytes():
    params = [("b", "2"), ("empty", ""), ("B", "1"), ("a", "3")]
    assert signatures.strung(params) == "B1a3b2"


def test_jd_signs_its_parameters_under_its_own_name_of_the_session():
    signer = TopSigned(
        clock=lambda: _NOON,
        key="k",
        secret=Secret("s"),
        session=Secret("t"),
        session_param="access_token",
    )
    sent = dict(signer.signed(asked(form=(("360buy_param_json", "{}"),))).asked)
    sign = sent.pop("sign")
    assert sent["access_token"] == "t"
    assert sign == signatures.top_md5(sent.items(), "s")


def test_meituan_signs_as_its_vector():
    params = {"app_id": "1", "order_id": "2", "timestamp": "1700000000"}
    sign = "df5526bb01711b42f9697e4f2ee7e28c"
    assert signatures.meituan(_MEITUAN, params.items(), "sec") == sign
    signer = MeituanSigned(clock=lambda: 1700000000.9, key="1", secret=Secret("sec"))
    for request in (
        asked(_MEITUAN, form=(("order_id", "2"),)),
        asked(_MEITUAN, params=[("order_id", "2")]),
    ):
        assert dict(signer.signed(request).asked)["sig"] == sign


def test_douyin_covers_five_parameters_and_shows_its_token_beside_them():
    signer = DoudianSigned(
        clock=lambda: _NOON, key="7", secret=Secret("s"), session=Secret("token")
    )
    sent = dict(
        signer.signed(asked(form=(("method", "order.searchList"), ("param_json", "{}")))).asked
    )
    covered = "sapp_key7methodorder.searchListparam_json{}timestamp2016-01-01 12:00:00v2s"
    assert sent["sign"] == _hmac_sha256(covered)
    assert (sent["access_token"], sent["sign_method"]) == ("token", "hmac-sha256")


def _hmac_sha256(text):
    return hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_an_oauth1_server_takes_the_signature(digest):
    """A server of the same standard, asked whether it is right."""
    signer = OAuth1Signed(key="ck", secret=Secret("cs"), digest=digest, in_query=True)
    request = asked("https://shop.example/orders", params=[("page", "2"), ("search", "王 &=+")])
    sent = signer.signed(request).params
    assert dict(sent)["search"] == "王 &=+"
    server = Request("https://shop.example/orders", "GET")
    server.signature = dict(sent)["oauth_signature"]
    server.params = [pair for pair in sent if pair[0] != "oauth_signature"]
    verify = getattr(signature, f"verify_hmac_{digest}")
    assert verify(server, client_secret="cs")
    assert not verify(server, client_secret="other")


def test_oauth1_in_a_header_leaves_the_parameters_alone():
    signer = OAuth1Signed(key="ck", secret=Secret("cs"))
    signed = signer.signed(asked(form=(("a", "b c"),)))
    assert (signed.form, signed.params) == ((("a", "b c"),), ())
    shown = signed.headers["Authorization"]
    assert shown.startswith("OAuth ")
    assert 'oauth_consumer_key="ck"' in shown
    assert "b c" not in repr(signed)


def test_a_shop_knows_its_own_webhooks():
    body, secret = b'{"id":727,"status":"completed"}', Secret("s3cr3t")
    right = "+3x6XbnyiWNtw2b0K5AXbvTrCTmuZ5MKXevkxTemqaE="
    assert webhooks.woocommerce(body, secret, right)
    assert not webhooks.woocommerce(body + b" ", secret, right)
    assert not webhooks.woocommerce(body, Secret("other"), right)
    assert not webhooks.woocommerce(body, secret, "")
    assert not webhooks.woocommerce(body, secret, "字")


def test_a_push_of_douyin_and_of_meituan_is_checked():
    assert not webhooks.douyin(b"{}", Secret("s"), "8e3e9b6a3ef4ad8a1d0a5ad4ae08d1a8d5ac14c1")
    assert webhooks.douyin(b"{}", Secret("s"), hashlib.sha1(b"s{}").hexdigest())  # noqa: S324 - theirs
    params = [("order_id", "2"), ("timestamp", "1700000000"), ("app_id", "1"), ("sig", "x")]
    sign = "df5526bb01711b42f9697e4f2ee7e28c"
    assert webhooks.meituan(_MEITUAN, params, Secret("sec"), sign)
    assert not webhooks.meituan(_MEITUAN + "/", params, Secret("sec"), sign)
