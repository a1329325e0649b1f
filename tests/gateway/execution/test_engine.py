"""One operation run: whose mistake an error is, and how long an answer may take."""

import asyncio
import logging

import pytest
from graphql import build_schema

from capabilities.errors import Unavailable
from gateway.execution.documents import Documents
from gateway.execution.engine import Engine
from gateway.execution.limits import DocumentLimits
from gateway.trace import Trace
from schema.context import Context

SCHEMA = build_schema(
    """
    type Query {
      fine: Int!
      numbered(at: Int! = 1): Int
      lost: Int!
      broken: Int
      away: Int
      slow: Int
    }
    """
)


async def _away(*_):
    raise Unavailable("not reached", source="erp")


def _broken(*_):
    raise KeyError("13912345678")


def _resolve(name, resolver):
    SCHEMA.query_type.fields[name].resolve = resolver


_resolve("fine", lambda *_: 1)
_resolve("numbered", lambda *_, at: at)
_resolve("lost", lambda *_: None)
_resolve("broken", _broken)
_resolve("away", _away)


@pytest.fixture
def slow():
    """Hangs the field `slow`; whether that has begun, and whether it was cancelled."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(*_):
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    _resolve("slow", hang)
    return begun, cancelled


async def run(text, variables=None, seconds=5.0, trace=None):
    limits = DocumentLimits(depth=5, fields=50, aliases=5, directives=5)
    documents = Documents(SCHEMA, limits, max_tokens=500, max_count=9, max_bytes=100_000)
    context = Context(reader=None, caller=None, request_id="r-1", max_rows=5)
    return await Engine(documents).run(
        documents.prepare(text),
        context,
        variables,
        None,
        notices=lambda: (),
        deadline_seconds=seconds,
        trace=trace,
    )


async def error_of(text, variables=None):
    (error,) = (await run(text, variables)).body["errors"]
    return error


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query($n: Int = 2) { fine numbered(at: $n) }", {"n": None}),
        ("query($n: Int!) { numbered(at: $n) }", {"n": "x"}),
    ],
)
async def test_what_only_a_variable_gets_wrong_is_the_clients_mistake(text, variables, caplog):
    caplog.set_level(logging.ERROR)
    error = await error_of(text, variables)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "r-1"}
    assert caplog.records == []


async def test_a_mistake_found_while_it_runs_leaves_the_rest():
    body = (await run("query($n: Int = 2) { fine numbered(at: $n) }", {"n": None})).body
    assert body["data"] == {"fine": 1, "numbered": None}
    assert body["errors"][0]["path"] == ["numbered"]


@pytest.mark.parametrize("text", ["{ lost }", "{ broken }"])
async def test_what_of_ours_fails_is_masked_and_written_down(text, caplog):
    error = await error_of(text)
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "1391234" not in str(error)
    assert [record.message for record in caplog.records] == ["resolver failed"]


async def test_an_error_of_a_source_names_it():
    error = await error_of("{ away }")
    assert error["extensions"] == {
        "code": "UPSTREAM_UNAVAILABLE",
        "source": "erp",
        "retryable": True,
        "requestId": "r-1",
    }


async def test_an_answer_that_is_late_is_given_up(slow):
    answer = await run("{ fine slow }", seconds=0.03)
    assert answer.executed
    assert answer.body["data"] is None
    (error,) = answer.body["errors"]
    assert error["message"] == "the answer was not whole within 30 ms"
    assert error["extensions"] == {
        "code": "REQUEST_TIMEOUT",
        "retryable": True,
        "requestId": "r-1",
    }
    assert all(one.is_set() for one in slow)


async def test_an_answer_that_is_late_tells_its_plan(slow):
    plan = (await run("{ slow }", seconds=0.03, trace=Trace())).body["extensions"]["plan"]
    assert list(plan["stepsMs"]) == ["plan", "run"]
    assert plan["stepsMs"]["run"] >= 25


async def test_who_calls_it_off_is_no_deadline(slow):
    begun, cancelled = slow
    running = asyncio.create_task(run("{ slow }"))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert cancelled.is_set()
