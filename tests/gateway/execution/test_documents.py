import gc
from weakref import ref

import pytest
from graphql import build_schema

from gateway.execution.documents import Documents
from gateway.execution.limits import DocumentLimits
from schema.build import build_schema as contract

SCHEMA = build_schema("type Query { a: Int b(x: Int): Query } type Mutation { c: Int }")


def documents(**changes):
    bounds = {"max_tokens": 200, "max_count": 3, "max_bytes": 100_000} | changes
    limits = DocumentLimits(depth=5, fields=20, aliases=5, directives=5)
    return Documents(SCHEMA, limits, **bounds)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{ a", "GRAPHQL_PARSE_FAILED"),
        ("{ a " + "# " + "}", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + " a" * 300 + "}", "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_what_cannot_run_has_a_code(source, code):
    prepared = documents().prepare(source)
    assert prepared.document is None
    assert {one.extensions["code"] for one in prepared.errors} == {code}


def test_deep_lists_are_refused_and_not_recursed_into():
    deep = "{ b(x: " + "[" * 5000 + "]" * 5000 + ") { a } }"
    prepared = documents(max_tokens=20_000).prepare(deep)
    assert prepared.document is None
    assert prepared.errors


def test_at_most_ten_errors_are_told():
    wrong = "{ " + " ".join(f"n{place}" for place in range(15)) + " }"
    assert len(documents().prepare(wrong).errors) <= 11


def test_a_document_is_prepared_once():
    cache = documents()
    assert cache.prepare("{ a }") is cache.prepare("{ a }")
    assert (cache.hits, cache.misses) == (1, 1)


def test_the_cache_is_bounded_by_count():
    cache = documents()
    for place in range(50):
        cache.prepare(f"query Q{place} {{ a }}")
    assert len(cache._cache) <= 3


def test_the_cache_is_bounded_by_bytes():
    cache = documents(max_count=1000, max_bytes=20_000)
    for place in range(200):
        cache.prepare(f"query Q{place} {{ a }}")
    assert 15_000 < cache._cache.currsize <= 20_000


def test_only_the_operation_that_runs_decides_whether_it_writes():
    prepared = documents().prepare("query Q { a } mutation M { c }")
    assert not prepared.writes("Q")
    assert prepared.writes("M")
    assert not prepared.writes(None)


def test_what_falls_out_of_the_cache_is_free_without_a_collector():
    limits = DocumentLimits(depth=5, fields=20, aliases=5, directives=5)
    schema = contract()._schema
    cache = Documents(schema, limits, max_tokens=200, max_count=1, max_bytes=100_000)
    gc.disable()
    try:
        prepared = cache.prepare("{ connectors { name health } channels { code } }")
        plan = cache.plan(prepared, None, None)
        kept = [ref(one) for one in (prepared, plan, plan._variants[()])]
        token = prepared.document.loc.start_token
        assert token.next is token.prev is None
        del prepared, plan
        assert all(one() is not None for one in kept)
        cache.prepare("{ connectors { name } }")
        assert [one() for one in kept] == [None] * len(kept)
    finally:
        gc.enable()
