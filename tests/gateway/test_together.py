"""What arrives together is worked on together, and each is answered for itself."""

import asyncio

import pytest

from capabilities.errors import StoreUnavailable
from gateway import together as module
from gateway.together import Together, TooMany


class Work:
    """Doubles numbers; what it is asked stands in `batches`."""

    def __init__(self):
        self.batches, self.lost, self.standing = [], 0, {}

    async def double(self, some):
        self.batches.append(list(some))
        if "bad" in some:
            raise ValueError("no number")
        done = [one * 2 for one in some]
        self.standing.update(zip(some, done, strict=True))
        if self.lost:
            self.lost -= 1
            raise StoreUnavailable("the connection was lost at the commit")
        return done

    async def look_up(self, some):
        return [self.standing.get(one) for one in some]


async def test_many_are_asked_at_once_and_answered_in_order():
    work = Work()
    asking = Together(work.double, work.look_up)
    assert await asyncio.gather(*map(asking.ask, range(300))) == [one * 2 for one in range(300)]
    assert [len(one) for one in work.batches] == [256, 44]
    await asking.aclose()


async def test_a_bad_one_sinks_no_other():
    work = Work()
    asking = Together(work.double, work.look_up)
    asked = (asking.ask(one) for one in (1, 2, "bad", 3, 4))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert told[:2] + told[3:] == [2, 4, 6, 8]
    assert isinstance(told[2], ValueError)


async def test_what_a_lost_commit_left_open_is_looked_up():
    work = Work()
    asking = Together(work.double, work.look_up)
    work.lost = 1
    assert await asyncio.gather(*map(asking.ask, (1, 2))) == [2, 4]
    assert len(work.batches) == 1
    work.lost = 1
    asking = Together(work.double, lambda _: asyncio.sleep(0, [None]))
    with pytest.raises(StoreUnavailable):
        await asking.ask(3)


async def test_where_nobody_can_look_the_asker_is_told_to_come_again():
    async def away(some):
        raise StoreUnavailable("away")

    asking = Together(away, away)
    told = await asyncio.gather(*map(asking.ask, (1, 2)), return_exceptions=True)
    assert [type(one) for one in told] == [StoreUnavailable] * 2


async def test_a_full_queue_refuses_at_once_and_takes_again_when_it_is_empty(monkeypatch):
    monkeypatch.setattr(module, "_WAITING", 3)
    work = Work()
    asking = Together(work.double, work.look_up)
    told = await asyncio.gather(*map(asking.ask, range(5)), return_exceptions=True)
    assert told[:3] == [0, 2, 4]
    assert [type(one) for one in told[3:]] == [TooMany] * 2
    assert await asking.ask(7) == 14


async def test_whoever_leaves_holds_up_nobody_and_those_behind_a_defect_go_on():
    work, broken = Work(), []

    async def looked(some):
        broken.append(list(some))
        raise RuntimeError("defect")

    asking = Together(work.double, looked)
    leaving, staying = asyncio.ensure_future(asking.ask(1)), asyncio.ensure_future(asking.ask(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 4
    work.lost = 1
    with pytest.raises(RuntimeError):
        await asking.ask(3)
    assert await asking.ask(4) == 8
    assert broken == [[3]]
