"""Tokens of an outside issuer: what counts, what does not, and keys that rotate or are away."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from capabilities.caller import MembershipKey, Role
from capabilities.errors import BadInput, Unauthenticated
from gateway.auth import key_set
from gateway.auth.issued import Issuers
from gateway.auth.issuers_file import Issuer, OwnMembership, read_issuers

KEYS = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
OTHER = rsa.generate_private_key(65537, 2048)


class KeyServer:
    """Serves a set of keys, or fails, and counts."""

    def __init__(self):
        self.keys = {name: (name, key) for name, key in KEYS.items()}
        self.body, self.status, self.asked = None, 200, 0
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                here.asked += 1
                body = here.body or orjson.dumps({"keys": here.rows()})
                self.send_response(here.status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"

    def rows(self):
        rows = []
        for kid, (algorithm, key) in self.keys.items():
            made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
            rows.append({**made, "kid": kid, "use": "sig", "alg": algorithm})
        return rows


@pytest.fixture
def server():
    made = KeyServer()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def issuer(server):
    return Issuer(
        issuer="https://login.example.com/",
        keys=server.url,
        audience="santong",
        algorithms=("RS256", "ES256", "EdDSA"),
        role="access.roles",
        roles={"guide": Role.GUIDE, "hotline": Role.SERVICE, "customer": Role.CONSUMER},
        member=OwnMembership("shop", "customer_no"),
    )


@pytest.fixture
async def issuers(issuer):
    made = Issuers([issuer], "baiwei")
    yield made
    await made.aclose()


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of the sets of keys, set by hand."""

    class Clock:
        ahead = 0.0

    monkeypatch.setattr(
        key_set.KeySet.__init__, "__defaults__", (lambda: 1_000_000.0 + Clock.ahead,)
    )
    return Clock


def claims(**changes):
    now = datetime.now(UTC)
    return {
        "iss": "https://login.example.com/",
        "aud": "santong",
        "sub": "u-1",
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "access": {"roles": ["other", "hotline"]},
    } | changes


def token(algorithm="RS256", key=None, headers=None, **changes):
    head = {"kid": algorithm} | (headers or {})
    told = {name: value for name, value in claims(**changes).items() if value is not None}
    return jwt.encode(told, key or KEYS[algorithm], algorithm=algorithm, headers=head)


async def caller(issuers, text):
    assert issuers.has(text)
    return (await issuers.verified(text))[0]


@pytest.mark.parametrize("algorithm", KEYS)
async def test_each_algorithm_that_is_allowed_counts(issuers, algorithm):
    found = await caller(issuers, token(algorithm))
    assert (found.role, found.subject) == (Role.SERVICE, "https://login.example.com/#u-1")
    assert (found.visibility.brand, found.visibility.channels) == ("baiwei", None)


async def test_claims_become_a_role_and_its_scope(issuers):
    guide = token(access={"roles": ["guide", "hotline"]}, stores=["M1"], channels=["store"])
    found = (await caller(issuers, guide)).visibility
    assert (found.role, found.stores, found.channels) == (Role.GUIDE, {"M1"}, {"store"})
    her = await caller(issuers, token(access={"roles": ["customer"]}, customer_no=101))
    assert her.visibility.member == MembershipKey("shop", "101")
    bound_to_nothing = await caller(issuers, token(channels=[]))
    assert bound_to_nothing.visibility.channels == frozenset()


@pytest.mark.parametrize(
    ("told", "person"),
    [
        ({}, True),
        ({"azp": "console", "client_id": "console"}, True),
        ({"preferred_username": "ann"}, True),
        ({"sub": "batch", "client_id": "batch"}, False),
        ({"sub": "batch@clients", "azp": "batch"}, False),
        ({"gty": "client-credentials"}, False),
        ({"idtyp": "app"}, False),
        ({"preferred_username": "service-account-batch"}, False),
    ],
)
async def test_a_token_that_a_program_had_by_a_secret_is_no_person(issuers, told, person):
    assert ((await caller(issuers, token(**told))).person is not None) is person


def an_hour(sign):
    return datetime.now(UTC) + sign * timedelta(hours=1)


FAULTS = {
    "expired": {"exp": an_hour(-1)},
    "not yet": {"nbf": an_hour(1)},
    "issued later": {"iat": an_hour(1)},
    "without an end": {"exp": None},
    "other audience": {"aud": "another"},
    "no audience": {"aud": None},
    "no subject": {"sub": None},
    "no role": {"access": {}},
    "a role of nobody": {"access": {"roles": ["boss"]}},
    "a guide without stores": {"access": {"roles": ["guide"]}},
    "stores of somebody who would see all": {"stores": ["M1"]},
    "stores that are no list": {"access": {"roles": ["guide"]}, "stores": "M1"},
    "a consumer without her number": {"access": {"roles": ["customer"]}},
    "a number that is none": {"access": {"roles": ["customer"]}, "customer_no": {"a": 1}},
}


@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS)
async def test_a_signed_token_that_says_something_wrong_is_refused(issuers, changes):
    with pytest.raises(Unauthenticated):
        await issuers.verified(token(**changes))


def signed_with_the_public_key():
    pem = KEYS["RS256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body = token().split(".")[:2]
    del head
    swapped = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT","kid":"RS256"}').decode()
    mac = jwt.get_algorithm_by_name("HS256")
    text = f"{swapped}.{body}"
    return f"{text}.{jwt.utils.base64url_encode(mac.sign(text.encode(), pem)).decode()}"


def headless(head):
    body = token().split(".")[1]
    return f"{jwt.utils.base64url_encode(orjson.dumps(head)).decode()}.{body}."


FORGED = {
    "no algorithm": lambda: headless({"alg": "none", "kid": "RS256"}),
    "no algorithm, in capitals": lambda: headless({"alg": "NONE", "kid": "RS256"}),
    "the public key as a secret": signed_with_the_public_key,
    "another key": lambda: token(key=OTHER),
    "another key's id": lambda: token("ES256", headers={"kid": "RS256"}),
    "an unknown id": lambda: token(headers={"kid": "nobody"}),
    "an id that is a path": lambda: token(headers={"kid": "../../../../etc/passwd"}),
    "an id that is a statement": lambda: token(headers={"kid": "x' OR '1'='1"}),
    "an endless id": lambda: token(headers={"kid": "x" * 5000}),
    "an address of keys": lambda: token(key=OTHER, headers={"jku": "http://127.0.0.1:9/"}),
    "a key of its own": lambda: token(
        key=OTHER,
        headers={"jwk": jwt.get_algorithm_by_name("RS256").to_jwk(OTHER.public_key(), True)},  # noqa: FBT003
    ),
    "something critical": lambda: token(headers={"crit": ["x"], "x": 1}),
    "a broken signature": lambda: token()[:-6] + "AAAAAA",
    "a changed body": lambda: ".".join([token().split(".")[0], *token(sub="b").split(".")[1:]])[
        :-4
    ],
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_what_the_issuer_did_not_sign_is_refused(issuers, forge):
    with pytest.raises(Unauthenticated):
        await issuers.verified(forge())


async def test_an_algorithm_that_is_not_allowed_does_not_count(issuer):
    only = Issuers([replace(issuer, algorithms=("ES256",))], "baiwei")
    assert (await only.verified(token("ES256")))[0].role is Role.SERVICE
    with pytest.raises(Unauthenticated):
        await only.verified(token("RS256"))
    await only.aclose()


async def test_clocks_may_differ_a_little(issuers):
    late = datetime.now(UTC) - timedelta(seconds=20)
    assert (await caller(issuers, token(exp=late))).role is Role.SERVICE


async def test_a_token_of_nobody_known_is_not_theirs(issuers):
    assert not issuers.has(token(iss="https://elsewhere/"))
    assert not issuers.has("nonsense")
    with pytest.raises(Unauthenticated):
        await issuers.verified(token(iss="https://elsewhere/"))


async def test_another_brand_of_the_same_issuer_is_refused(issuer):
    shared = Issuers([replace(issuer, brand="brand")], "baiwei")
    assert (await shared.verified(token(brand="baiwei")))[0].visibility.brand == "baiwei"
    for other in ("other", None):
        with pytest.raises(Unauthenticated):
            await shared.verified(token(brand=other))
    await shared.aclose()


async def test_keys_are_fetched_once_and_rotate(clock, server, issuer):
    issuers = Issuers([issuer], "baiwei")
    for _ in range(5):
        await issuers.verified(token())
    assert server.asked == 1
    server.keys = {"new": ("RS256", OTHER)}
    clock.ahead = 11
    assert await issuers.verified(token(key=OTHER, headers={"kid": "new"}))
    assert server.asked == 2
    with pytest.raises(Unauthenticated):  # the old key is gone with the rotation
        await issuers.verified(token())
    await issuers.aclose()


async def test_ids_that_nobody_knows_do_not_hammer_the_issuer(clock, server, issuer):
    issuers = Issuers([issuer], "baiwei")
    for at in range(50):
        with pytest.raises(Unauthenticated):
            await issuers.verified(token(headers={"kid": f"k{at}"}))
    assert server.asked == 1
    await issuers.aclose()


@pytest.mark.parametrize("how", ["status", "body"])
async def test_while_the_issuer_is_away_its_keys_stand_for_ten_minutes(clock, server, issuer, how):
    issuers = Issuers([issuer], "baiwei")
    await issuers.verified(token())
    if how == "status":
        server.status = 503
    else:
        server.body = b'{"keys": "' + b"x" * 300_000
    for clock.ahead in (301, 450, 599):
        await issuers.verified(token())
    clock.ahead = 601
    with pytest.raises(Unauthenticated):
        await issuers.verified(token())
    server.status, server.body, clock.ahead = 200, None, 700
    await issuers.verified(token())
    await issuers.aclose()


GOOD = """issuers:
  - issuer: https://a/
    keys: https://a/keys
    audience: santong
    roles: { hotline: SERVICE }
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a/keys", "http://a.example.com/keys"),
        ("SERVICE", "BOSS"),
        ("SERVICE", "CONSUMER"),
        ("audience: santong", "audience: santong\n    algorithms: [HS256]"),
        ("audience: santong", "audience: santong\n    algorithms: []"),
        ("audience: santong", "audience: santong\n    leeway_seconds: 9000"),
        ("audience: santong", "audience: santong\n    role: '['"),
        ("audience: santong", "audience: santong\n    unheard: of"),
        ("audience: santong\n", ""),
        ("issuers:", "issuers: {"),
        (GOOD, GOOD + GOOD.partition("\n")[2]),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, before, after):
    path = tmp_path / "issuers.yaml"
    path.write_text(GOOD)
    (found,) = read_issuers(path)
    assert found.algorithms == ("RS256",)
    assert read_issuers(None) == ()
    path.write_text(GOOD.replace(before, after))
    with pytest.raises(BadInput) as caught:
        read_issuers(path)
    assert caught.value.code == "ISSUERS_INVALID"
