"""Hostile HTTP requests: what broken clients, scanners and attackers send to /graphql."""

import gzip
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

_SEED = 20261101
_MUTATIONS = 440
_TYPE = ("content-type", "application/json")
_QUERY = b'{"query":"{ __typename }"}'
VALID = (
    b'{"query":"query Q($n: Int) { orders(first: $n) { nodes { id } } }",'
    b'"variables":{"n":1},"operationName":"Q"}'
)


class Hostile(NamedTuple):
    """One request; header values are bytes so that they may be wrong."""

    name: str
    body: bytes = _QUERY
    method: str = "POST"
    headers: tuple[tuple[str, str | bytes], ...] = (_TYPE,)
    target: str = "/graphql"


def corpus() -> list[Hostile]:
    """All of them, always the same."""
    return [
        *_roots(),
        *_members(),
        *_bytes(),
        *_types(),
        *_methods(),
        *_headers(),
        *_targets(),
        *_mutations(),
    ]


def _roots() -> Iterator[Hostile]:
    for text in ("null", "true", "1", '"{ __typename }"', "[]", "{}", "", " ", "[null]", "[[]]"):
        yield Hostile(f"root {text!r}", text.encode())
    batch = json.dumps([{"query": "{ __typename }"}] * 1000)
    yield Hostile("batch of 1,000", batch.encode())


def _members() -> Iterator[Hostile]:
    wrong: tuple[object, ...] = (None, True, 0, 1.5, [], {}, ["{ a }"], {"a": 1}, "", "\u0000", "x")
    for name in ("query", "variables", "operationName", "extensions", "documentId"):
        for value in wrong:
            body = {"query": "{ __typename }"} | {name: value}
            yield Hostile(f"{name} is {value!r}", json.dumps(body).encode())
    for value in (*wrong, {"version": 1}, {"version": 1, "sha256Hash": "a" * 64}):
        body = {"extensions": {"persistedQuery": value}}
        yield Hostile(f"persistedQuery is {value!r}", json.dumps(body).encode())
    yield Hostile("documentId of 1 MB", _with(b'"documentId":"sha256:' + b"a" * 900_000 + b'"'))
    yield Hostile("operationName of 1 MB", _with(b'"operationName":"' + b"a" * 900_000 + b'"'))
    yield Hostile("100,000 keys", _with(b",".join(b'"k%d":1' % n for n in range(100_000))))


def _with(more: bytes) -> bytes:
    return b'{"query":"{ __typename }",' + more + b"}"


def _variable(value: bytes) -> bytes:
    query = b"query Q($n: Int) { orders(first: $n) { nodes { id } } }"
    return b'{"query":"' + query + b'","variables":{"n":' + value + b"}}"


def _bytes() -> Iterator[Hostile]:
    numbers = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1" * 5_000, b"01", b"1.")
    for number in (*numbers, b"0x10", b"1" * 400, b"1e308", b"-0", b"9223372036854775808"):
        yield Hostile(f"number {number[:12]!r}", _variable(number))
    yield Hostile("the same key twice", b'{"query":"{ a }","query":"{ __typename }"}')
    yield Hostile("the same variable twice", _variable(b'1,"n":2'))
    yield Hostile("a lone surrogate", _variable(b'"\\ud800"'))
    yield Hostile("an escaped NUL", _variable(b'"\\u0000"'))
    for wrong in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x00", b"\x1b"):
        yield Hostile(f"byte {wrong!r} in a text", _variable(b'"' + wrong + b'"'))
        yield Hostile(f"byte {wrong!r} in front", wrong + _QUERY)
        yield Hostile(f"byte {wrong!r} behind", _QUERY + wrong)
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "gb18030"):
        yield Hostile(f"in {encoding}", '{"query":"{ 会员 }"}'.encode(encoding))
    for end in range(1, len(_QUERY)):
        yield Hostile(f"cut after {end}", _QUERY[:end])
    for more in (b"}", b",", b"{}", b"\n{}", b"\x00", b"//", b" trailing"):
        yield Hostile(f"followed by {more!r}", _QUERY + more)
    for opening in (b"[", b'{"a":'):
        yield Hostile(f"100,000 of {opening!r}", opening * 100_000)
        yield Hostile(f"variables of 100,000 {opening!r}", _variable(opening * 100_000))
    yield Hostile("500 nested lists", _variable(b"[" * 500 + b"]" * 500))
    yield Hostile("5 MB", _with(b'"extensions":{"a":"' + b"a" * 5_000_000 + b'"}'))


def _types() -> Iterator[Hostile]:
    kinds = (
        *("", "text/plain", "text/json", "text/html", "application/graphql", "application/xml"),
        *("application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream"),
        *("multipart/form-data; boundary=x", "application/json; charset=utf-16", "json", "*/*"),
        *("application/json; charset=gb18030", "application/json; charset=nothing", ";", "/"),
        *("application/json, text/plain", "application/jsonp", "a" * 4_000, "application/json\\"),
    )
    for kind in kinds:
        yield Hostile(f"content-type {kind[:40]!r}", headers=(("content-type", kind),))
    yield Hostile("no content-type", headers=())
    yield Hostile("form", b"query={__typename}", headers=(("content-type", kinds[6]),))
    for coding, body in (
        ("gzip", gzip.compress(_QUERY)),
        ("gzip", gzip.compress(b"0" * 50_000_000)),
        ("gzip", b"\x1f\x8bno"),
        ("br", b"\x00"),
        ("deflate", b"\x00"),
        ("gzip, gzip", gzip.compress(gzip.compress(_QUERY))),
        ("x", _QUERY),
    ):
        yield Hostile(
            f"{coding} of {len(body)}", body, headers=(_TYPE, ("content-encoding", coding))
        )


def _methods() -> Iterator[Hostile]:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"):
        yield Hostile(f"{method} with a body", method=method)
        yield Hostile(f"{method} without", b"", method, headers=())


def _headers() -> Iterator[Hostile]:
    many = tuple((f"x-many-{place}", "1") for place in range(300))
    yield Hostile("300 headers", headers=(_TYPE, *many))
    yield Hostile("a header of 50 kB", headers=(_TYPE, ("x-large", "a" * 50_000)))
    odd: tuple[str | bytes, ...] = (
        *(
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "bearer x",
            "Bearer a.b.c",
            "Bearer " + "a" * 9_000,
        ),
        *("Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer ..", "Bearer a b", "Digest x", "token"),
        *(b"Bearer \xe4\xbc\x9a\xe5\x91\x98", b"Bearer \xff\xfe", "Bearer \t", "null", "undefined"),
        "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.e30.AA",
    )
    for value in odd:
        yield Hostile(f"authorization {value[:40]!r}", headers=(_TYPE, ("authorization", value)))
    for name, values in {
        "accept": ("text/html", "image/*", "application/json;q=0", ";;;", ",", "a" * 4_000),
        "x-santong-deadline-ms": ("", "-1", "x", "1e3", "99999999999", "²", "0x10", " "),
        "x-request-id": ("", "a", "a" * 5_000, "<script>", "../../etc", "会员", "13912345678"),
        "accept-language": ("", ",;q=", "xx", "zh;q=x", "*" * 4_000, ";;;"),
        "origin": ("null", "https://evil.example", "", "file://", "a" * 4_000),
        "x-forwarded-for": ("127.0.0.1", "' or 1=1", "a" * 4_000),
        "x-forwarded-host": ("evil.example",),
        "x-original-url": ("/metrics",),
        "x-http-method-override": ("DELETE", "GET"),
        "cookie": ("a=b; " * 500,),
        "host": ("evil.example", "localhost:99999"),
    }.items():
        for value in values:
            yield Hostile(f"{name} {value[:30]!r}", headers=(_TYPE, (name, value.encode())))


def _targets() -> Iterator[Hostile]:
    for query in (
        *(
            "",
            "query=",
            "query",
            "query={",
            "query=%00",
            "query=%ff",
            "query=%ed%a0%80",
            "variables={}",
        ),
        *("query={__typename}&query={a}", "query={__typename}&variables=[", "query=mutation{a}"),
        *("query={__typename}&variables=1", "query={__typename}&variables={%22a%22:NaN}"),
        *("query={__typename}&extensions=[]", "query={__typename}&variables={%22a%22:1,%22a%22:2}"),
        *(
            "query={__typename}&operationName=" + "a" * 500,
            "query=" + "a" * 20_000,
            "&&&",
            "%",
            "=",
        ),
        "query={__typename}&variables=" + "[" * 20_000,
    ):
        yield Hostile(f"GET ?{query[:50]}", b"", "GET", (), f"/graphql?{query}")
    for target in (
        "/graphql/",
        "//graphql",
        "/graphql/../metrics",
        "/GRAPHQL",
        "/graphql%00",
        "/%ff",
    ):
        yield Hostile(f"POST {target}", target=target)


def _mutations() -> Iterator[Hostile]:
    chance = random.Random(_SEED)  # noqa: S311 - the same every time
    for place in range(_MUTATIONS):
        body = bytearray(VALID)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            match chance.randrange(4):
                case 0:
                    body[at] = chance.randrange(256)
                case 1:
                    body.insert(at, chance.randrange(256))
                case 2:
                    del body[at]
                case _:
                    body[at : at + 1] = body[at : at + 1] * chance.randint(2, 40)
        yield Hostile(f"mutation {place}", bytes(body))
