"""What lags is looked at again; who fails is a class of its own; nothing else comes out."""

import asyncio

import pytest
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject
from capabilities.adoption.difference import DiffClass
from capabilities.adoption.looking import MOST_LOOKS, Unanswered, answered, failed, looked
from capabilities.estate import Capability
from capabilities.member.records import Points
from tests.capabilities.adoption.pairs import NOON, PLATFORM, chance_of, record

SUBJECT = Subject("shop", Capability.MEMBER, "v1")


def sides():
    legacy = record(chance_of(1), Capability.MEMBER)
    return legacy, replace(legacy, source=PLATFORM)


async def look(legacy, platform, before=()):
    seen = {one.pair.key: one for one in before}
    return await looked(SUBJECT, {"7": legacy}, {"7": platform}, NOON, seen)


def with_points(record, available):
    return replace(record, points=Points(available=available))


async def test_what_differs_is_not_settled_before_it_was_looked_at_again():
    legacy, platform = sides()
    first = await look(with_points(legacy, 5), platform)
    assert (first.settled, len(first.again)) == ((), 1)
    still = await look(with_points(legacy, 5), platform, first.again)
    assert [pair.klass for pair in still.settled] == [DiffClass.MISMATCH]


async def test_what_is_equal_by_then_only_lagged_in_the_fields_that_differed():
    legacy, platform = sides()
    first = await look(with_points(legacy, 5), platform)
    (pair,) = (await look(with_points(legacy, 5), with_points(platform, 5), first.again)).settled
    assert pair.klass is DiffClass.LAG
    assert {one.field: one.klass for one in pair.fields} == {
        "points.available": DiffClass.LAG,
        "points.pending": DiffClass.LAG,
    }


@pytest.mark.parametrize(("legacy", "platform"), [(None, None), ("both", "both")])
async def test_what_was_missing_and_is_there_or_gone_on_both_sides_lagged(legacy, platform):
    one, other = sides()
    first = await look(one, None)
    assert first.again[0].pair.klass is DiffClass.MISSING
    now = await look(legacy and one, platform and other, first.again)
    assert [pair.klass for pair in now.settled] == [DiffClass.LAG]


async def test_a_record_that_moves_is_looked_at_again_and_given_up_in_the_end():
    legacy, platform = sides()
    found = await look(with_points(legacy, 1), platform)
    looks = 1
    while found.again:
        looks += 1
        found = await look(with_points(legacy, looks), platform, found.again)
    assert looks == MOST_LOOKS
    assert [pair.klass for pair in found.settled] == [DiffClass.MISMATCH]


async def test_an_answer_that_is_no_record_is_an_error_of_the_candidate():
    legacy, platform = sides()
    found = await looked(SUBJECT, {"7": legacy, "8": legacy}, {"7": object(), "8": platform}, NOON)
    assert [pair.klass for pair in found.settled] == [DiffClass.CANDIDATE_ERROR, DiffClass.EQUAL]


def test_a_candidate_that_failed_is_counted_for_every_key():
    found = failed(SUBJECT, ("1", "2"), NOON)
    assert [pair.klass for pair in found.settled] == [DiffClass.CANDIDATE_ERROR] * 2


async def crashing(_keys):
    raise ZeroDivisionError


async def cancelling(_keys):
    raise asyncio.CancelledError


async def hanging(_keys):
    await asyncio.Event().wait()


async def too_few(keys):
    return keys[1:]


async def nothing(_keys):
    return None


@pytest.mark.parametrize("ask", [crashing, cancelling, hanging, too_few, nothing])
async def test_whatever_a_side_does_is_one_refusal(ask):
    with pytest.raises(Unanswered):
        await answered(ask, ["1", "2"], 0.02)


async def test_who_is_cancelled_is_cancelled():
    task = asyncio.create_task(answered(hanging, ["1"], 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
