"""Who gets in, what each address says to whom, and what every answer carries."""

import gzip
from pathlib import Path

import pytest

from capabilities.caller import Role
from gateway.auth.tokens import mint
from gateway.http.explorer import DIST
from tests.gateway.serving import bearer

QUERY = {"query": "{ __typename }"}
GRAPHQL = "application/graphql-response+json"
ORIGIN = "https://shop.example"


def code(answer) -> str:
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/explorer/tokens"])
def test_a_stranger_may_ask(stranger, path):
    assert stranger.get(path).status_code == 200
    head = stranger.head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_ready_made_tokens_are_for_no_page_of_another_name(stranger):
    """A name that leads here for a while would hand them to whoever owns it."""
    answer = stranger.get("/explorer/tokens", headers={"host": "evil.example:8000"})
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
    assert "eyJ" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/graphql", 401, "UNAUTHENTICATED"),
        ("/graphql?query={__typename}", 401, "UNAUTHENTICATED"),
        ("/metrics", 401, "UNAUTHENTICATED"),
        ("/admin", 404, "NOT_FOUND"),
        ("/graphql/", 404, "NOT_FOUND"),
        ("/openapi.json", 404, "NOT_FOUND"),
        ("/assets/", 404, "NOT_FOUND"),
        ("/assets/nothing.js", 404, "NOT_FOUND"),
        ("/assets/%2e%2e/index.html", 404, "NOT_FOUND"),
        ("/assets/..%2findex.html", 404, "NOT_FOUND"),
        ("/assets/..%2f..%2f..%2fpyproject.toml", 404, "NOT_FOUND"),
        ("/assets/..%5c..%5cpyproject.toml", 404, "NOT_FOUND"),
        ("/assets/%2fetc%2fpasswd", 404, "NOT_FOUND"),
        ("/assets/index.html%00.js", 404, "NOT_FOUND"),
    ],
)
def test_a_stranger_may_not_ask(stranger, path, status, told):
    answer = stranger.get(path)
    assert (answer.status_code, code(answer)) == (status, told)
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]


def test_a_refusal_challenges(stranger):
    answer = stranger.post("/graphql", json=QUERY)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_another_brand_opens_nothing(stranger, front_settings):
    foreign = mint(front_settings, role=Role.OPERATIONS, brand="another")
    answer = stranger.post("/graphql", json=QUERY, headers={"authorization": f"Bearer {foreign}"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")
    answer = stranger.get("/metrics", headers={"authorization": f"Bearer {foreign}"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OPERATIONS, 200), (Role.ADMIN, 200), (Role.GUIDE, 403), (Role.CONSUMER, 403)],
)
def test_metrics_are_for_operators(stranger, front_settings, role, status):
    answer = stranger.get("/metrics", headers=bearer(front_settings, role))
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "private, no-store"
    if status == 200:
        assert b"# HELP santong_connector_calls_total" in answer.content


def test_the_document_cache_tells_its_share(ask):
    for _ in range(3):
        ask.post("/graphql", json={"query": "{ __typename } # once"})
    lines = ask.get("/metrics").text.splitlines()
    (share,) = [one for one in lines if one.startswith("santong_document_cache_hit_ratio")]
    assert 0 < float(share.split()[1]) < 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/graphql", {"GET", "POST"}),
        ("HEAD", "/graphql", {"GET", "POST"}),
        ("OPTIONS", "/graphql", {"GET", "POST"}),
        ("POST", "/health/live", {"GET", "HEAD"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("PUT", "/metrics", {"GET", "HEAD"}),
    ],
)
def test_other_methods_are_named(ask, method, path, allowed):
    answer = ask.request(method, path)
    assert answer.status_code == 405
    assert allowed <= {one.strip() for one in answer.headers["allow"].split(",")}
    assert method == "HEAD" or code(answer) == "METHOD_NOT_ALLOWED"


def test_every_answer_is_private_and_guarded(ask, stranger):
    for answer in (
        ask.post("/graphql", json=QUERY),
        ask.post("/graphql", content=b"{"),
        ask.get("/nothing"),
        stranger.post("/graphql", json=QUERY),
        stranger.get("/health/ready"),
    ):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-type"].endswith("json; charset=utf-8")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "query", "status", "kind"),
    [
        (GRAPHQL, "{ __typename }", 200, GRAPHQL),
        (GRAPHQL, "{ nothing }", 400, GRAPHQL),
        (GRAPHQL, "{", 400, GRAPHQL),
        (GRAPHQL, "query Q($a: Int!) { orders(first: $a) { __typename } }", 400, GRAPHQL),
        ("application/json", "{ nothing }", 200, "application/json"),
        ("*/*", "{ __typename }", 200, "application/json"),
        (f"application/json;q=0.5, {GRAPHQL}", "{ nothing }", 400, GRAPHQL),
        ("text/html", "{ __typename }", 406, "application/json"),
    ],
)
def test_the_status_follows_the_media_type(ask, accept, query, status, kind):
    answer = ask.post("/graphql", json={"query": query}, headers={"accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert ("data" in answer.json()) == ("__typename }" in query and status == 200)


def test_a_query_may_be_got_and_a_mutation_not(ask):
    assert ask.get("/graphql", params={"query": "{ __typename }"}).json()["data"]
    refused = ask.get("/graphql", params={"query": "mutation { __typename }"})
    # The graph has no mutation: it is refused for that, or for the method, but never run.
    assert "data" not in refused.json()


def test_a_request_keeps_the_id_of_the_proxy_before_us(ask):
    answer = ask.post("/graphql", json=QUERY, headers={"x-request-id": "proxy-0001.a"})
    assert answer.headers["x-request-id"] == "proxy-0001.a"
    assert answer.json()["extensions"]["requestId"] == "proxy-0001.a"


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "no spaces here", "13912345678", "<b>12345"]
)
def test_what_is_no_id_is_replaced(ask, given):
    answer = ask.post("/graphql", json=QUERY, headers={"x-request-id": given})
    assert answer.headers["x-request-id"] not in {given, ""}
    assert answer.json()["extensions"]["requestId"] == answer.headers["x-request-id"]


def test_every_request_has_an_id_of_its_own(ask):
    ids = {ask.get("/health/live").headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20


def preflight(client, origin, method="POST", headers="authorization,content-type"):
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return client.options("/graphql", headers={k: v for k, v in asked.items() if v})


@pytest.mark.parametrize(
    ("origin", "method", "headers", "status"),
    [
        (ORIGIN, "POST", "authorization,content-type,x-santong-deadline-ms", 200),
        (ORIGIN, "GET", "authorization", 200),
        (ORIGIN, "DELETE", "authorization", 400),
        (ORIGIN, "POST", "x-evil", 400),
        ("https://evil.example", "POST", "authorization", 400),
        ("http://shop.example", "POST", "authorization", 400),
        ("https://shop.example.evil.example", "POST", "authorization", 400),
        ("https://SHOP.example:444", "POST", "authorization", 400),
        ("null", "POST", "authorization", 400),
    ],
)
def test_preflight_answers_the_allow_list(stranger, origin, method, headers, status):
    answer = preflight(stranger, origin, method, headers)
    assert answer.status_code == status
    allowed = answer.headers.get("access-control-allow-origin")
    assert allowed == (ORIGIN if origin == ORIGIN else None)
    assert "access-control-allow-credentials" not in answer.headers


def test_another_origin_reads_no_answer(ask):
    mine = ask.post("/graphql", json=QUERY, headers={"origin": ORIGIN})
    assert mine.headers["access-control-allow-origin"] == ORIGIN
    other = ask.post("/graphql", json=QUERY, headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    refused = ask.post("/graphql", content=b"{", headers={"origin": ORIGIN})
    assert refused.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_a_browser_sends_without_asking_runs_nothing(ask, kind):
    answer = ask.post(
        "/graphql", content=b'{"query":"{__typename}"}', headers={"content-type": kind}
    )
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.fixture
def page(stranger):
    if not (DIST / "index.html").exists():
        pytest.fail("the explorer is not built; `make test` builds it")
    return stranger.get("/", headers={"accept-encoding": "gzip"})


def test_the_page_lets_nothing_in(page):
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-encoding"] == "gzip"
    assert b"://" not in page.content.replace(b"http://www.w3.org", b"")


def test_assets_are_kept_for_ever_and_compressed(stranger):
    built = max((DIST / "assets").glob("*.js"), key=lambda path: path.stat().st_size)
    plain = stranger.get(f"/assets/{built.name}", headers={"accept-encoding": "identity"})
    packed = stranger.get(f"/assets/{built.name}", headers={"accept-encoding": "gzip"})
    assert plain.content == packed.content == built.read_bytes()
    assert "immutable" in plain.headers["cache-control"]
    assert "accept-encoding" in plain.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert plain.headers["content-type"].startswith("text/javascript")
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_an_asset_of_another_folder_is_not_one_of_ours(stranger):
    assert Path(DIST, "index.html").exists()
    assert stranger.get("/assets/../index.html").status_code == 404


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9999999", "", "1e3"])
def test_a_deadline_is_whole_milliseconds(ask, value):
    answer = ask.post("/graphql", json=QUERY, headers={"x-santong-deadline-ms": value})
    assert (answer.status_code, code(answer)) == (400, "BAD_DEADLINE")
