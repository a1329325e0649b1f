"""A plan answers as graphql-core does, asks nobody twice, and says when it does not answer."""

import asyncio
from collections import Counter
from inspect import isawaitable

import pytest
import strawberry
from graphql import ExecutionResult, Undefined, execute, parse, validate
from msgspec import Struct
from strawberry import Parent

from capabilities.errors import Unavailable
from gateway.execution.plan import NO_OPERATION, Planner
from schema.view import asked, plain, view
from tests.gateway.serving import plain_schema


class Row(Struct, frozen=True, kw_only=True):
    name: str | None = "n"
    size: object = 1
    below: tuple = ()


@view(Row)
class Thing:
    """A thing."""

    name: str = plain("Never null.")
    size: int | None = plain("A number.")

    @asked(str | None)
    @staticmethod
    async def late(row: Parent[Row], info: strawberry.Info) -> str | None:
        """Waits."""
        return await info.context.say("late", row)

    @asked(str)
    @staticmethod
    def soon(row: Parent[Row], info: strawberry.Info, times: int = 1) -> str:
        """Does not wait."""
        return info.context.say_now("soon", row) * times


@strawberry.type
class Query:
    @asked(Thing | None)
    @staticmethod
    async def thing(info: strawberry.Info) -> Row | None:
        """One."""
        return await info.context.say("thing", None)

    @asked(list[Thing | None])
    @staticmethod
    async def things(info: strawberry.Info) -> object:
        """Many."""
        return await info.context.say("things", None)


@strawberry.type
class Mutation:
    @asked(Thing)
    @staticmethod
    async def make(info: strawberry.Info) -> Row:
        """Makes."""
        return await info.context.say("make", None)


SCHEMA = plain_schema(Query, Mutation)._schema


class Says:
    """Answers by name; an exception is raised; remembers who was asked, and where."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def say_now(self, name, row):
        self.asked.append((name, id(row) if row is not None else None))
        answer = self.answers.get(name, name)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def say(self, name, row):
        await asyncio.sleep(0)
        return self.say_now(name, row)


async def reference(text, context, variables=None):
    answer = execute(SCHEMA, parse(text), context_value=context, variable_values=variables)
    return await answer if isawaitable(answer) else answer


def plan_of(text, **options):
    document = parse(text)
    assert not validate(SCHEMA, document)
    return Planner(SCHEMA, **options).plan(document, None, None)


async def same(text, variables=None, **answers) -> ExecutionResult:
    """The plan's answer, which is graphql-core's; nobody was asked twice for it."""
    theirs, ours = Says(**answers), Says(**answers)
    expected = await reference(text, theirs, variables)
    plan = plan_of(text)
    assert plan.fallback is None
    found = await plan.run(ours, variables)
    assert found.data == expected.data
    assert shown(found) == shown(expected)
    assert Counter(ours.asked) == Counter(theirs.asked)
    return found


def shown(result):
    return [error.formatted for error in result.errors or []]


ROW = Row(name="a")


async def test_a_clean_answer_needs_no_graphql_core():
    text = "{ thing { name size late soon(times: 2) again: soon __typename } }"
    answer = await same(text, thing=ROW)
    assert answer.data["thing"] == {
        "name": "a",
        "size": 1,
        "late": "late",
        "soon": "soonsoon",
        "again": "soon",
        "__typename": "Thing",
    }
    assert list(answer.data["thing"])[:3] == ["name", "size", "late"]


@pytest.mark.parametrize(
    "answers",
    [
        {"thing": Unavailable("away", source="erp")},
        {"thing": ROW, "late": Unavailable("away", source="erp")},
        {"thing": ROW, "soon": KeyError("a")},
        {"thing": Row(name=None)},
        {"thing": Row(size="seven")},
        {"thing": Row(size=2**40)},
        {"thing": Row(size=True)},
        {"thing": Row(size=1.0)},
        {"thing": Row(name=Undefined)},
        {"thing": Row(size=Undefined)},
        {"thing": "no row at all"},
        {"thing": ValueError("an error given back")},
    ],
    ids=repr,
)
async def test_what_is_off_is_told_by_graphql_core_and_asked_once(answers):
    await same("{ thing { name size late soon } }", **answers)


@pytest.mark.parametrize(
    "things",
    [
        [ROW, None, Row(name="b")],
        (ROW, Row(name=None), ROW),
        [],
        None,
        "text",
        5,
        {ROW.name: ROW},
        [[ROW]],
        [ROW, ValueError("one is an error")],
    ],
    ids=repr,
)
async def test_lists_are_what_graphql_core_takes_for_one(things):
    await same("{ things { name late } }", things=things)


async def test_a_one_shot_list_is_not_used_up_before_graphql_core_reads_it():
    ours, theirs = Says(things=iter([ROW])), Says(things=iter([ROW]))
    text = "{ things { name } }"
    found = await plan_of(text).run(ours, None)
    assert found.data == (await reference(text, theirs)).data == {"things": [{"name": "a"}]}


class Later:
    """Something to wait for, handed out where an answer is due."""

    def __await__(self):
        return ROW
        yield


async def test_what_an_awaited_answer_holds_is_not_waited_for(monkeypatch):
    field = SCHEMA.query_type.fields["thing"]
    resolve = field.resolve

    # As the policy does it: the function itself does not say that its answer is to be awaited.
    def guarded(source, info):
        return resolve(source, info)

    monkeypatch.setattr(field, "resolve", guarded)
    answer = await same("{ thing { name } }", thing=Later())
    assert answer.data == {"thing": None}


async def test_a_wrong_variable_is_told_by_graphql_core():
    text = "query($n: Int! = 2) { thing { soon(times: $n) } }"
    assert (await same(text, thing=ROW)).data == {"thing": {"soon": "soonsoon"}}
    assert (await same(text, {"n": "x"}, thing=ROW)).errors
    assert (await same(text, {"n": None}, thing=ROW)).errors


async def test_conditions_have_a_variant_each():
    text = """query($a: Boolean!, $b: Boolean = true) {
      thing { name @skip(if: $a) size @include(if: $b) }
    }"""
    for a in (True, False):
        for b in (True, False, None):
            given = {"a": a} if b is None else {"a": a, "b": b}
            await same(text, given, thing=ROW)
    plan = plan_of(text)
    assert "'name'" in plan.text(a=False, b=True)
    assert "'name'" not in plan.text(a=True, b=True)


async def test_fields_of_a_mutation_run_one_after_the_other():
    text = "mutation { one: make { late name } two: make { name } }"
    answer = await same(text, make=ROW)
    assert list(answer.data) == ["one", "two"]
    ours = Says(make=ROW)
    await plan_of(text).run(ours, None)
    assert [name for name, _ in ours.asked] == ["make", "late", "make"]


async def test_a_failed_mutation_ends_as_graphql_core_ends_it_and_writes_nothing_twice():
    text = "mutation { one: make { name } two: make { name } }"
    ours = Says(make=Row(name=None))
    found = await plan_of(text).run(ours, None)
    assert found.data is None
    assert [name for name, _ in ours.asked] == ["make"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { queryType { name } } }", "introspection"),
        ("query A { thing { name } } query B { thing { name } }", NO_OPERATION),
    ],
)
async def test_what_a_plan_does_not_express_says_why(text, reason):
    plan = plan_of(text)
    assert plan.fallback == reason
    found = await plan.run(Says(thing=ROW), None)
    assert shown(found) == shown(await reference(text, Says(thing=ROW)))


async def test_who_answered_is_counted():
    ran = []
    planner = Planner(SCHEMA, ran=lambda *who: ran.append(who))
    for text, variables in (
        ("{ thing { name } }", None),
        ("{ thing { soon } }", None),
        ("{ __schema { queryType { name } } }", None),
        ("query($n: Int!) { thing { soon(times: $n) } }", {"n": "x"}),
    ):
        answers = {"soon": ValueError("no")} if "soon }" in text else {}
        await planner.plan(parse(text), None, None).run(Says(thing=ROW, **answers), variables)
    assert ran == [
        ("plan", ""),
        ("replay", ""),
        ("graphql-core", "introspection"),
        ("graphql-core", "variables"),
    ]


async def test_questions_that_do_not_hang_on_each_other_run_together():
    begun, both = [], asyncio.Event()

    class Together(Says):
        async def say(self, name, _row):
            begun.append(name)
            if len(begun) == 3:
                both.set()
            if name == "late":
                await both.wait()
            return ROW if name == "thing" else name

    text = "{ a: thing { late } b: thing { late other: late } }"
    async with asyncio.timeout(5):
        answer = await plan_of(text).run(Together(), None)
    assert answer.data["b"] == {"late": "late", "other": "late"}


async def test_a_slow_question_holds_up_only_what_hangs_on_it():
    reached = asyncio.Event()

    class Slow(Says):
        async def say(self, name, _row):
            if name == "things":
                await reached.wait()
                return []
            if name == "late":
                reached.set()
            return ROW if name == "thing" else name

    async with asyncio.timeout(5):
        answer = await plan_of("{ things { name } thing { late } }").run(Slow(), None)
    assert answer.data == {"things": [], "thing": {"late": "late"}}


async def test_what_a_condition_lets_in_is_named_where_it_cannot_be_planned(monkeypatch):
    ran = []
    planner = Planner(SCHEMA, ran=lambda *who: ran.append(who))
    text = (
        "query ($on: Boolean = false) { thing { name } __schema @include(if: $on) { __typename } }"
    )
    plan = planner.plan(parse(text), None, None)
    for variables in ({"on": True}, {"on": False}, {"on": None}):
        await plan.run(Says(thing=ROW), variables)
    # Found out once: to compile it anew at every run would take longer than to run it.
    monkeypatch.setattr(plan, "_compiled", None)
    await plan.run(Says(thing=ROW), {"on": True})
    core = "graphql-core"
    assert ran == [
        (core, "introspection"),
        ("plan", ""),
        (core, "variables"),
        (core, "introspection"),
    ]
