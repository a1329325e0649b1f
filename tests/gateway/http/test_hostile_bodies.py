"""Whatever arrives as an HTTP request is answered: 4xx JSON, or 200 with errors; never a 5xx."""

import http.client
import json
from collections import Counter
from typing import NamedTuple

import strawberry
from strawberry.asgi import GraphQL

from tests.gateway.http.corpus_bodies import Hostile, corpus
from tests.gateway.serving import bearer, plain_schema, served

_DROPPED = 0
_HEALTHY = b'{"query":"{ __typename channels { code } }"}'


class Seen(NamedTuple):
    """What came back; status 0 for a connection that was dropped."""

    name: str
    status: int
    body: bytes = b""


def send(address, request: Hostile, token: dict[str, str]) -> Seen:
    connection = http.client.HTTPConnection(*address, timeout=20)
    names = {name for name, _ in request.headers}
    try:
        connection.putrequest(
            request.method, request.target, skip_host="host" in names, skip_accept_encoding=True
        )
        for name, value in request.headers:
            connection.putheader(name, value)
        for name, value in token.items():
            if name not in names:
                connection.putheader(name, value)
        if request.body:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        return Seen(request.name, answer.status, answer.read())
    except (OSError, http.client.HTTPException):
        return Seen(request.name, _DROPPED)
    finally:
        connection.close()


def clean(seen: Seen) -> bool:
    """Whether this is an answer that a client can work with."""
    if not (seen.status == 200 or 400 <= seen.status < 500):
        return False
    try:
        answer = json.loads(seen.body)
    except ValueError:
        return False
    if not isinstance(answer, dict) or "errors" not in answer:
        return seen.status == 200 and "data" in answer
    return all(one.get("extensions", {}).get("code") for one in answer["errors"])


def healthy(address, token) -> bool:
    seen = send(address, Hostile("health", _HEALTHY), token)
    return seen.status == 200 and json.loads(seen.body)["data"]["channels"][0]["code"] == "jd"


def test_every_hostile_request_has_a_clean_answer(front, front_settings):
    token = bearer(front_settings)
    assert healthy(front, token)
    requests = corpus()
    seen = [send(front, one, token) for one in requests]
    assert [one for one in seen if not clean(one)] == []
    assert len(seen) >= 500
    # The corpus is hostile indeed: nearly all of it is refused.
    assert Counter(one.status for one in seen)[400] > len(seen) // 2
    assert healthy(front, token)


def test_a_stranger_learns_nothing_from_them(front):
    told = {
        (one.status, json.loads(one.body)["errors"][0]["extensions"]["code"])
        for one in _asked(front)
    }
    assert told == {(401, "UNAUTHENTICATED")}


def _asked(front):
    posts = [one for one in corpus() if one.method == "POST" and one.target == "/graphql"]
    sane = [
        one for one in posts if not {"accept", "authorization"} & {name for name, _ in one.headers}
    ]
    return [send(front, one, {}) for one in sane[::5]]


def test_a_nul_in_a_variable_is_refused(front, front_settings):
    query = "query Q($t: String) { products(filter: {text: $t}) { nodes { id } } }"
    body = json.dumps({"query": query, "variables": {"t": "a\0b"}}).encode()
    seen = send(front, Hostile("NUL", body), bearer(front_settings))
    assert seen.status == 400
    assert "NUL" in json.loads(seen.body)["errors"][0]["message"]


def test_the_corpus_is_not_blind(caplog):
    # What an ordinary server falls over, it writes down at length.
    caplog.set_level("CRITICAL", logger="uvicorn.error")
    caplog.set_level("CRITICAL", logger="strawberry.execution")

    @strawberry.type
    class Query:
        hello: str = "hello"

    plain = GraphQL(plain_schema(Query))
    with served(plain) as address:
        seen = [
            send(address, one._replace(target=one.target.replace("/graphql", "/")), {})
            for one in corpus()
        ]
    assert sum(one.status >= 500 for one in seen) > 50
    assert sum(not clean(one) for one in seen) > 100
