"""Guessing over a real Redis: five wrong answers in ten minutes, whoever asks in whatever shape."""

import asyncio
import itertools

import pytest

from cache import Near
from cache.attempts import Attempts
from capabilities.attempts import GuessedBy, Guesser
from tests.cache.conftest import KEY, Clock

_BRANDS = itertools.count()
MEMBER = Guesser(GuessedBy.MEMBER, "m1")
ADDRESS = Guesser(GuessedBy.ADDRESS, "203.0.113.7")
# Nobody listens there.
AWAY = "redis://127.0.0.1:1/0"


class Desk:
    """Processes that guard one secret, and how many guesses reached the look-up."""

    def __init__(self, url, processes=1, clock=None):
        self.clock = clock or Clock()
        brand = f"attempts{next(_BRANDS)}"
        # What is proven is what all processes see; a busy machine is not a Redis that is away.
        self.nears = [Near(url, timeout_seconds=30) for _ in range(processes)]
        self.attempts = [Attempts(one, brand, KEY, processes, self.clock) for one in self.nears]
        self.looked_up = []
        self.turn = itertools.cycle(self.attempts)

    async def guess(self, code, who=(MEMBER,), right="right"):
        place = await next(self.turn).enter(who)
        if place is None:
            return "refused"
        self.looked_up.append(code)
        if code == right:
            await place.give_back()
            return "found"
        return "wrong"

    async def aclose(self):
        for near in self.nears:
            await near.aclose()


@pytest.fixture
async def desk_of():
    made = []

    def make(*words, **facts):
        made.append(Desk(*words, **facts))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


def shapes():
    """10,000 codes as they come: a batch of a thousand, batches of a hundred, one by one."""
    codes = iter(range(10_000))
    yield [[next(codes) for _ in range(1_000)] for _ in range(5)]
    yield [[next(codes) for _ in range(100)] for _ in range(30)]
    yield [[next(codes)] for _ in range(2_000)]


async def test_ten_thousand_guesses_in_every_shape_have_five_looks(redis_url, desk_of):
    desk = desk_of(redis_url, processes=4)
    for batches in shapes():
        for batch in batches:
            answers = await asyncio.gather(*(desk.guess(str(code)) for code in batch))
            assert set(answers) <= {"wrong", "refused"}
    # A connection that was lost leaves its process a budget of its own: one more, never more.
    lost = sum(1 for near in desk.nears if near.faults)
    assert 5 <= len(desk.looked_up) <= 5 + lost


async def test_after_ten_minutes_there_are_five_more_and_never_six_in_ten_minutes(
    redis_url, desk_of
):
    desk, tried = desk_of(redis_url, processes=2), []
    for minute in range(40):
        answers = [await desk.guess("x") for _ in range(3)]
        tried += [minute] * answers.count("wrong")
        desk.clock.now += 60
    assert all(sum(start <= one < start + 10 for one in tried) <= 5 for start in range(40))
    assert len(tried) == 20


async def test_whoever_is_right_costs_nothing_and_thirty_at_one_address_are_not_stopped(
    redis_url, desk_of
):
    desk = desk_of(redis_url, processes=2)
    for clerk in range(30):
        who = (Guesser(GuessedBy.MEMBER, f"clerk{clerk}"), ADDRESS)
        assert {await desk.guess("right", who) for _ in range(10)} == {"found"}


async def test_one_budget_that_is_spent_refuses_and_spends_no_other(redis_url, desk_of):
    desk = desk_of(redis_url)
    for number in range(5):
        assert await desk.guess("x", (Guesser(GuessedBy.MEMBER, f"m{number}"), ADDRESS)) == "wrong"
    fresh = Guesser(GuessedBy.MEMBER, "fresh")
    for _ in range(9):
        assert await desk.guess("right", (fresh, ADDRESS)) == "refused"
    assert await desk.guess("right", (fresh,)) == "found"


async def test_no_budget_is_lost_where_redis_goes_away_in_the_middle(valkey, desk_of):
    desk = desk_of(valkey.url)
    assert [await desk.guess("x") for _ in range(2)] == ["wrong"] * 2
    await desk.nears[0].aclose()
    away = Near(AWAY)
    desk.nears[0] = desk.attempts[0]._near = away
    answers = [await desk.guess("x") for _ in range(9)]
    assert answers.count("wrong") == 1


@pytest.mark.parametrize(("processes", "most"), [(1, 3), (2, 2), (8, 8)])
async def test_without_redis_the_budget_is_smaller_and_never_none(desk_of, processes, most):
    desk = desk_of(AWAY, processes=processes)
    for _ in range(300):
        await desk.guess("x")
    assert len(desk.looked_up) == most
    desk.clock.now += 601
    assert await desk.guess("x") == "wrong"


async def test_no_value_stands_in_redis(valkey, desk_of):
    desk = desk_of(valkey.url)
    phone = Guesser(GuessedBy.PHONE, "+8613800138077")
    await desk.guess("x", (phone,))
    near = desk.nears[0]
    keys = await near.command("KEYS", "santong:attempts:*")
    assert keys
    assert not any(b"13800138077" in key for key in keys)
