"""What a request is told of itself: waves of questions, and calls that it shared."""

import asyncio
from types import SimpleNamespace

import strawberry
from graphql import parse
from msgspec import Struct
from strawberry import Parent

from capabilities.caller import Role, Visibility
from capabilities.errors import Unavailable
from capabilities.estate import ConnectorSpec
from connectors.connector import Turn
from gateway.execution.plan import Planner
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.trace import FieldTrace, Trace
from schema.view import asked, view
from tests.gateway.serving import plain_schema


class Row(Struct, frozen=True):
    pass


@view(Row)
class Thing:
    """A thing."""

    @asked(str | None)
    @staticmethod
    async def late(_row: Parent[Row]) -> str | None:
        """Waits."""
        await asyncio.sleep(0)
        return "late"


@strawberry.type
class Query:
    @asked(list[Thing])
    @staticmethod
    async def things() -> list[Row]:
        """Many."""
        return [Row(), Row()]

    @asked(Thing | None)
    @staticmethod
    async def away() -> Row | None:
        """Fails."""
        raise Unavailable("away", source="erp")


SCHEMA = plain_schema(Query)._schema


async def told(text):
    trace = Trace()
    result = await Planner(SCHEMA).plan(parse(text), None, None).run(None, None, trace)
    return result, trace.shown()


async def test_what_hangs_on_an_answer_is_of_the_next_wave():
    result, shown = await told("{ things { late } more: things { __typename } }")
    assert result.errors is None
    assert (shown["engine"], shown["fallback"], shown["waves"]) == ("plan", None, 2)
    assert [(one["path"], one["wave"], one["times"]) for one in shown["questions"]] == [
        (["things"], 1, 1),
        (["more"], 1, 1),
        (["things", "late"], 2, 2),
    ]
    assert all(0 <= one["ms"] <= shown["ms"] for one in shown["questions"])


async def test_who_answered_is_said():
    assert (await told("{ away { late } }"))[1]["engine"] == "replay"
    shown = (await told("{ __schema { queryType { name } } }"))[1]
    assert (shown["engine"], shown["fallback"]) == ("graphql-core", "introspection")


async def test_a_call_says_how_many_keys_of_how_many_requests_it_carried():
    release = asyncio.Event()

    async def ask(keys):
        await release.wait()
        return list(keys)

    spec = ConnectorSpec(name="erp", system="any")
    connector = SimpleNamespace(turn=lambda _: Turn(10, 10, shared=True), one_credential=True)
    connection = Connection(spec, connector)
    sees = Visibility(role=Role.OPERATIONS, brand="b")
    traced = Request(None, sees, trace=Trace())
    other = Request(None, sees)
    waits = [traced.load(connection, "orders", ask, key) for key in "ab"]
    waits += [other.load(connection, "orders", ask, key) for key in "bcd"]
    waits.append(traced.load(connection, "orders", ask, "a"))
    waits.append(traced.load_with(("one_ids", False), ask, "x"))
    release.set()
    await asyncio.gather(*waits)
    await asyncio.sleep(0)
    calls = {one["source"]: one for one in traced.trace.shown()["calls"]}
    erp = calls["erp"]
    assert (erp["port"], erp["keys"], erp["batch"], erp["requests"]) == ("orders", 2, 4, 2)
    assert erp["ms"] is not None
    assert (calls["platform"]["port"], calls["platform"]["keys"]) == ("one_ids", 1)


def test_steps_add_up():
    trace = Trace()
    trace.step("plan")
    trace.step("run")
    steps = trace.shown()["stepsMs"]
    assert list(steps) == ["plan", "run"]
    assert sum(steps.values()) <= trace.now()


def test_a_question_runs_from_its_first_row_to_its_last():
    trace = Trace()
    for row, (started_ms, ms) in enumerate([(2.0, 9.0), (3.5, 1.25), (1.5, 0.5)]):
        trace.questions.append(FieldTrace(path=[row, "a"], wave=1, started_ms=started_ms, ms=ms))
    (whole,) = trace.shown()["questions"]
    assert whole == {"path": ["a"], "wave": 1, "times": 3, "startedMs": 1.5, "ms": 9.5}
    trace.questions.append(FieldTrace(path=[3, "a"], wave=1, started_ms=4.0))
    (cut,) = trace.shown()["questions"]
    assert (cut["times"], cut["ms"]) == (4, None)
