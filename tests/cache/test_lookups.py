"""Look-ups of staff over a real Redis: sixty people in ten minutes, five hundred a day, each."""

import asyncio
import itertools

import pytest

from cache import Near
from cache.lookups import Look, LookUps
from capabilities.lookups import LookUpBudget, Sought, Spent, person
from tests.cache.conftest import KEY, Clock

_BRANDS = itertools.count()
BUDGET = LookUpBudget()
SMALL = LookUpBudget(ten_minutes=4, day=10)
# Nobody listens there.
AWAY = "redis://127.0.0.1:1/0"


class Desk:
    """Processes of one brand that count together."""

    def __init__(self, url, processes=1, budget=BUDGET):
        self.clock = Clock()
        brand = f"lookups{next(_BRANDS)}"
        self.nears = [Near(url, timeout_seconds=30) for _ in range(processes)]
        self.budget = budget
        self.counts = [LookUps(one, brand, KEY, processes, self.clock) for one in self.nears]
        self.turn = itertools.cycle(self.counts)

    async def ask(self, phone, subject="ada", finds=None):
        counts = next(self.turn)
        look = await counts.enter(subject, Sought("phone", str(phone)), self.budget)
        if finds is not None and isinstance(look, Look):
            await counts.found(look, person(finds))
        return look

    async def answered(self, phones, **facts):
        looks = [await self.ask(phone, **facts) for phone in phones]
        return sum(isinstance(one, Look) for one in looks)

    async def aclose(self):
        for near in self.nears:
            await near.aclose()


@pytest.fixture
async def desk_of():
    made = []

    async def make(*words, **facts):
        made.append(Desk(*words, **facts))
        for near in made[-1].nears:
            await near.ping()  # a gateway has its connections when it opens
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


async def test_the_sixty_first_person_in_ten_minutes_is_one_too_many_in_any_shape(
    redis_url, desk_of
):
    desk = await desk_of(redis_url, processes=4)
    looks = await asyncio.gather(*(desk.ask(phone) for phone in range(40)))
    assert all(isinstance(one, Look) for one in looks)
    assert await desk.answered(range(40, 80)) == 20
    assert await desk.ask(99) is Spent.TEN_MINUTES
    many = await asyncio.gather(*(desk.ask(phone, "bob") for phone in range(500)))
    assert sum(isinstance(one, Look) for one in many) == 60


async def test_thirty_people_behind_one_address_are_not_stopped_by_one_another(redis_url, desk_of):
    desk = await desk_of(redis_url, processes=2)
    for clerk in range(30):
        assert await desk.answered(range(30), subject=f"clerk{clerk}") == 30


async def test_the_five_hundred_and_first_person_of_a_day_is_one_too_many(redis_url, desk_of):
    desk, answered = await desk_of(redis_url, processes=2), 0
    for start in range(0, 600, 50):
        answered += await desk.answered(range(start, start + 50))
        desk.clock.now += 601
    assert answered == 500
    assert await desk.ask(5_000) is Spent.DAY
    desk.clock.now += 86_400
    assert isinstance(await desk.ask(5_000), Look)


async def test_never_five_people_in_any_ten_minutes_where_four_are_allowed(redis_url, desk_of):
    desk, seen = await desk_of(redis_url, budget=LookUpBudget(4, 1_000)), []
    for minute in range(40):
        seen += [minute] * await desk.answered([f"{minute}/{at}" for at in range(3)])
        desk.clock.now += 60
    assert all(sum(start <= one < start + 10 for one in seen) <= 4 for start in range(40))
    assert len(seen) == 16


async def test_one_person_counts_once_however_often_and_by_whatever_key(redis_url, desk_of):
    desk = await desk_of(redis_url, processes=2, budget=SMALL)
    for _ in range(9):
        for key in ("phone", "card", "openid"):
            assert isinstance(await desk.ask(key, finds="one-1"), Look)
    assert await desk.answered(["p2", "p3", "p4", "p5"]) == 3
    assert isinstance(await desk.ask("card"), Look)
    counts = desk.counts[0]
    assert isinstance(await counts.enter("ada", person("one-1"), SMALL), Look)


async def test_who_is_seen_again_later_counts_in_those_ten_minutes_and_once_in_the_day(
    redis_url, desk_of
):
    desk = await desk_of(redis_url, budget=SMALL)
    for _ in range(5):
        assert await desk.answered("abcde") == 4
        desk.clock.now += 601
    assert await desk.answered("efghij") == 4


async def test_a_place_that_is_given_back_is_free_again(redis_url, desk_of):
    desk = await desk_of(redis_url, budget=SMALL)
    for phone in range(20):
        counts = desk.counts[0]
        await counts.give_back(await counts.enter("ada", Sought("phone", str(phone)), SMALL))
    assert await desk.answered("abcde") == 4
    known = await desk.ask("a")
    await desk.counts[0].give_back(known)
    assert await desk.ask("z") is Spent.TEN_MINUTES


@pytest.mark.parametrize(("processes", "most"), [(1, 30), (2, 30), (60, 60)])
async def test_without_redis_the_budget_is_smaller_and_never_none(desk_of, processes, most):
    desk = await desk_of(AWAY, processes=processes)
    assert await desk.answered(range(300)) == most
    desk.clock.now += 601
    assert isinstance(await desk.ask(1_000), Look)


async def test_a_redis_that_lost_everything_gives_no_second_budget(valkey, desk_of):
    desk = await desk_of(valkey.url)
    assert await desk.answered(range(60)) == 60
    await desk.nears[0].command("FLUSHALL")
    assert await desk.ask(61) is Spent.TEN_MINUTES


async def test_nothing_that_stands_in_redis_names_anybody(valkey, desk_of):
    desk = await desk_of(valkey.url)
    await desk.ask("+8613800138077", finds="one-1")
    near = desk.nears[0]
    keys = await near.command("KEYS", "santong:lookups:*")
    assert len(keys) == 2
    text = b" ".join([*keys, *[await near.command("DUMP", key) for key in keys]])
    assert not any(one in text for one in (b"13800138077", b"one-1", b"ada"))
