"""Small documents that cost an unguarded server much are refused at once."""

import gc
import time
import tracemalloc
from itertools import product

import pytest
import strawberry
from graphql import GraphQLError, parse, validate

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput
from gateway.execution.documents import Documents
from gateway.execution.limits import DocumentLimits
from gateway.execution.overlap import MOST_PAIRS, check_overlap
from schema.build import build_schema
from schema.context import Context
from tests.gateway.execution.corpus_documents import corpus
from tests.gateway.serving import plain_schema

SCHEMA = build_schema()._schema
LIMITS = DocumentLimits(depth=15, fields=1_000, aliases=60, directives=50)
# 50 ms where the machine is quiet; CPU seconds, so that its other work does not count.
GENEROUS = 0.5


def documents(**changes):
    bounds = {"max_tokens": 5_000, "max_count": 1_000, "max_bytes": 16_000_000} | changes
    return Documents(SCHEMA, LIMITS, **bounds)


@pytest.fixture(autouse=True)
def _other_tests_aside():
    """As the gateway does when it starts: what is there already is not looked through again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("scale", [1, 4])
def test_a_hostile_document_costs_little_and_is_told_briefly(scale):
    prepare, slow, long = documents().prepare, {}, {}
    hostile = corpus(scale)
    assert len(hostile) >= 35
    for name, text in hostile.items():
        began = time.thread_time()
        prepared = prepare(text)
        spent = time.thread_time() - began
        if spent > GENEROUS:
            slow[name] = spent
        if len(prepared.errors) > 10:
            long[name] = len(prepared.errors)
    assert (slow, long) == ({}, {})


def test_most_of_them_never_run():
    refused = [name for name, text in corpus().items() if documents().prepare(text).errors]
    assert len(refused) > 80


def test_the_corpus_is_not_blind():
    """Without our limits some of them take long even of a short text."""
    text = corpus()["duplicate composite fields"]
    began = time.thread_time()
    assert validate(SCHEMA, parse(text))
    unguarded = time.thread_time() - began
    began = time.thread_time()
    assert documents().prepare(text).errors
    assert time.thread_time() - began < unguarded / 3


def test_an_unguarded_server_runs_what_we_refuse():
    @strawberry.type
    class Query:
        hello: str = "hello"

    plain = plain_schema(Query)
    bomb = corpus()["fields doubled 14 times"]
    assert plain.execute_sync(bomb).errors is None
    assert documents().prepare(bomb).errors


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("{ " + "a " * 100 + "}", True),
        ("{ " + "a " * 101 + "}", False),
        ("{ " + "a { b } " * 70 + "}", True),
        ("{ " + "a { b } " * 71 + "}", True),
        ("{ " + "a { b } " * 72 + "}", False),
        ("{ " + "".join(f"x{n}: a " for n in range(900)) + "}", True),
        ("{ ...F } fragment F on Query { ...F a }", True),
        ("{ ...F } fragment F on Query { ... { a } ...G } fragment G on Query { a }", True),
    ],
)
def test_pairs_of_one_name_are_counted_over_all_merged_selections(text, allowed):
    document = parse(text)
    if allowed:
        check_overlap(document)
    else:
        with pytest.raises(BadInput, match="too often"):
            check_overlap(document)


def test_the_bound_lets_a_page_of_a_hundred_components_through():
    assert MOST_PAIRS >= 100 * 99 // 2


def test_a_refused_document_is_not_kept():
    cache = documents()
    for text in corpus().values():
        cache.prepare(text)
    assert all(kept.document is not None for kept in cache._cache.values())


def test_a_document_weighs_what_its_tree_takes():
    cache = documents(max_bytes=4_000_000)
    for place in range(100):
        cache.prepare(f"query Q{place} {{ {'__typename ' * 90} }}")
    assert 50 < len(cache._cache) < 100
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [cache.prepare(f"query R{place} {{ {'__typename ' * 90} }}") for place in range(20)]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken / 4 < sum(one.weight for one in kept) < taken * 4


async def test_a_plan_weighs_more_with_each_outcome_of_its_conditions():
    """A short text of many spreads: the plans are what takes the memory."""
    caller = Caller(subject="x", visibility=Visibility(role=Role.ADMIN, brand="b"))
    cache = documents()
    spreads = " ".join(f'f{place}: order(by: {{id: "x"}}) {{ ...O }}' for place in range(25))
    conditions = "x: __typename @include(if: $a) y: __typename @include(if: $b)"
    prepared = cache.prepare(
        f"query($a: Boolean!, $b: Boolean!) {{ {spreads} {conditions} }}"
        "fragment O on Order { id number kind status placedAt lines { ref name unit quantity } }"
    )
    plan = cache.plan(prepared, None, caller)
    weighed = prepared.weight
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for a, b in [*product((False, True), repeat=2), (True, True)]:
        await plan.run(Context(None, caller, "r", 1), {"a": a, "b": b})
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    grown = prepared.weight - weighed
    assert taken > 500_000
    assert taken / 4 < grown < taken * 4
    assert cache._cache.currsize == prepared.weight


def test_a_long_document_is_not_even_read():
    errors = documents(max_document_bytes=1_000).prepare("{ a " + "# " * 1_000 + "}").errors
    assert [one.original_error.code for one in errors] == ["DOCUMENT_TOO_LARGE"]


def closed(text):
    return [one.message for one in documents(open_schema=False).prepare(text).errors]


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ chanels { code } }",
        "{ channels { nothing } }",
        "{ orders(frist: 1) { __typename } }",
        "{ node { id } }",
        "query Q($v: Odrer) { __typename }",
        "{ channels }",
        "{ ...F }",
        "mutation { a }",
    ],
)
def test_a_closed_schema_refuses_with_one_constant(text):
    assert closed(text) == ["the document does not fit the graph"]


def test_a_closed_schema_answers_what_fits():
    assert closed("{ __typename channels { code __typename } }") == []


def test_an_open_schema_helps():
    (error,) = documents().prepare("{ chanels { code } }").errors
    assert isinstance(error, GraphQLError)
    assert "channels" in error.message


@pytest.mark.parametrize("nul", ["\\u0000", "\\u{0}", "\\u{0000}"])
def test_a_nul_never_reaches_a_store(nul):
    text = '{ products(filter: {text: "a%sb"}) { nodes { id } } }'
    (error,) = documents().prepare(text % nul).errors
    assert "NUL" in error.message
    assert not documents().prepare(text % "\\u0001").errors
