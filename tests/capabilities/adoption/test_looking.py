"""What lags is looked at again; who fails is a class of its own; nothing else comes out."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject
from capabilities.adoption.difference import DiffClass
from capabilities.adoption.looking import (
    MOST_LOOKS,
    Unanswered,
    Underway,
    answered,
    failed,
    looked,
)
from capabilities.estate import Capability
from capabilities.member.records import Points
from tests.capabilities.adoption.pairs import NOON, PLATFORM, chance_of, record

SUBJECT = Subject("shop", Capability.MEMBER, "v1")


def sides():
    legacy = record(chance_of(1), Capability.MEMBER)
    return legacy, replace(legacy, source=PLATFORM)


async def look(legacy, platform, before=(), underway=Underway()):  # noqa: B008 - frozen
    seen = {one.pair.key: one for one in before}
    return await looked(SUBJECT, {"7": legacy}, {"7": platform}, NOON, seen, underway)


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


async def until_settled(look_at):
    """Looks again until it is settled: at how many looks, and the pair."""
    looks, found = 1, await look_at(1, ())
    while found.again:
        looks += 1
        found = await look_at(looks, found.again)
    (pair,) = found.settled
    return looks, pair


def renamed(record, turn):
    return replace(record, contact=replace(record.contact, name=f"林{turn}"))


async def test_a_record_that_moves_at_every_look_lagged():
    legacy, platform = sides()
    looks, pair = await until_settled(
        lambda turn, before: look(renamed(legacy, turn), platform, before)
    )
    assert (looks, pair.klass, pair.critical) == (MOST_LOOKS, DiffClass.LAG, False)


async def test_what_stands_still_is_found_whatever_moves_beside_it():
    legacy, platform = sides()
    wrong = with_points(legacy, 5)
    looks, pair = await until_settled(
        lambda turn, before: look(renamed(wrong, turn), platform, before)
    )
    assert (looks, pair.klass, pair.critical) == (2, DiffClass.MISMATCH, True)
    classes = {one.field: one.klass for one in pair.fields}
    assert classes["points.available"] is DiffClass.MISMATCH
    assert classes["contact.name"] is DiffClass.LAG


async def test_another_spelling_of_what_differs_is_no_move():
    legacy, platform = sides()

    def spelt(turn):
        return replace(legacy, contact=replace(legacy.contact, name="林" + " " * turn))

    looks, pair = await until_settled(lambda turn, before: look(spelt(turn), platform, before))
    assert (looks, pair.klass) == (2, DiffClass.MISMATCH)


async def test_while_a_write_is_carried_out_nothing_is_different():
    legacy, platform = sides()
    legacy = with_points(legacy, 5)
    written = Underway(written=frozenset({"7"}))
    looks, pair = await until_settled(
        lambda turn, before: look(legacy, platform, before, written if turn < 4 else Underway())
    )
    assert (looks, pair.klass) == (4, DiffClass.MISMATCH)
    looks, pair = await until_settled(lambda _, before: look(legacy, platform, before, written))
    assert (looks, pair.klass) == (MOST_LOOKS, DiffClass.LAG)


async def test_a_feed_that_never_comes_hides_nothing():
    legacy, platform = sides()
    behind = Underway(read_at=NOON - timedelta(seconds=1))
    looks, pair = await until_settled(
        lambda _, before: look(with_points(legacy, 5), platform, before, behind)
    )
    assert (looks, pair.klass) == (MOST_LOOKS, DiffClass.MISMATCH)


class Fed:
    """A system that people change, and a copy that a feed brings up to date, turn by turn."""

    def __init__(self, defect):
        self.legacy, _ = sides()
        self.names, self.defect = count(1), defect
        self.at, self.read_at, self.passing = NOON, None, None
        self.copy = self._copied()

    def _copied(self):
        copied = replace(self.legacy, source=PLATFORM)
        return with_points(copied, 77) if self.defect else copied

    def write(self):
        self.legacy = renamed(self.legacy, next(self.names))

    def tick(self, passes):
        """A second goes by, in which a pass ends and the next one begins."""
        self.at += timedelta(seconds=1)
        if passes and self.passing is not None:
            self.read_at, self.copy = self.passing
            self.passing = None
        if self.passing is None:
            self.passing = self.at, self._copied()
        self.at += timedelta(seconds=1)

    async def look(self, before, between):
        underway = Underway(self.read_at or NOON)
        legacy = self.legacy
        if between:
            self.write()
        seen = {one.pair.key: one for one in before}
        return await looked(SUBJECT, {"7": legacy}, {"7": self.copy}, self.at, seen, underway)


TURN = st.tuples(st.booleans(), st.booleans(), st.booleans())


@given(st.lists(TURN, min_size=MOST_LOOKS, max_size=MOST_LOOKS), st.booleans())
async def test_whoever_writes_when_only_what_is_wrong_is_different(turns, defect):
    """A feed that comes at every other look at the latest, and writers at any moment."""
    fed = Fed(defect)
    fed.write()
    fed.tick(passes=False)
    before, slow = (), False
    for writes, between, passes in turns:
        if writes:
            fed.write()
        fed.tick(passes=passes or slow)
        slow = not (passes or slow)
        found = await fed.look(before, between)
        before = found.again
        if found.settled:
            break
    (pair,) = found.settled
    wrong = {one.field for one in pair.fields if one.klass is DiffClass.MISMATCH}
    if defect:
        assert pair.critical
        assert {"points.available"} <= wrong <= {"points.available", "points.pending"}
    else:
        assert (pair.klass in {DiffClass.EQUAL, DiffClass.LAG}, wrong) == (True, set())


async def test_an_answer_that_is_no_record_is_an_error_of_the_candidate():
    legacy, platform = sides()
    found = await looked(SUBJECT, {"7": legacy, "8": legacy}, {"7": object(), "8": platform}, NOON)
    assert [pair.klass for pair in found.settled] == [DiffClass.CANDIDATE_ERROR, DiffClass.EQUAL]


async def test_what_a_system_gives_that_is_no_record_says_nothing_of_the_platform():
    legacy, platform = sides()
    answers = {"6": object(), "7": b" ", "8": legacy}
    found = await looked(SUBJECT, answers, {"6": platform, "7": None, "8": platform}, NOON)
    assert ([pair.klass for pair in found.settled], found.unknown) == ([DiffClass.EQUAL], 2)


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
