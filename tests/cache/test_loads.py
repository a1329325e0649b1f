"""Shares of an agreement: their sum never exceeds it, whoever comes, goes, or loses Redis."""

import random

import pytest
from msgspec import convert

from cache.connection import Near
from cache.loads import Loads
from capabilities.load import Agreed, Cause, LoadAgreement

AGREED = 40


class Calls:
    source = "sap"

    def __init__(self):
        self.calls = dict.fromkeys(Cause, 0)


@pytest.fixture
async def near(valkey):
    opened = Near(valkey.url)
    await opened.command("FLUSHALL")
    yield opened
    await opened.aclose()


@pytest.fixture
def old(monkeypatch):
    """Shares that are old enough from the first: nobody can still hold one from before."""
    monkeypatch.setattr("cache.loads._GOOD_SECONDS", 0.2)
    monkeypatch.setattr("cache.loads._TOKEN_SECONDS", 0.0)
    monkeypatch.setattr("cache.loads._MARGIN_SECONDS", 0.0)


def process(near, number=4, **keys):
    loads = Loads(near, "baiwei", number or 4, counted=number > 0)
    agreement = convert({"per_second": AGREED, **keys}, LoadAgreement)
    return loads, loads.allowance("sap", agreement, 0.8)


async def test_a_share_goes_where_it_is_wanted(near, old):
    del old
    processes = [process(near, 2) for _ in range(2)]
    (first, busy), (other, idle) = processes
    for _ in range(30):
        while busy.take(background=False):
            pass
        await first.renew()
        await other.renew()
    assert busy.limit.per_second + idle.limit.per_second <= AGREED
    assert busy.limit.per_second > idle.limit.per_second


@pytest.mark.parametrize("seed", range(4))
async def test_the_sum_of_all_shares_never_exceeds_what_was_agreed(near, old, seed):
    del old
    chance, processes = random.Random(seed), [process(near) for _ in range(4)]  # noqa: S311
    for _ in range(60):
        loads, allowance = chance.choice(processes)
        for _ in range(chance.randrange(12)):
            allowance.take(background=chance.random() < 0.5)
        while allowance.in_use.per_second and chance.random() < 0.5:
            held = allowance._busy
            if not sum(held):
                break
            allowance.give(background=held[0] == 0, answered=True)
        await loads.renew()
        most = [max(one.limit.per_second, one.in_use.per_second) for _, one in processes]
        assert sum(most) <= AGREED, most


async def test_what_a_young_redis_has_forgotten_is_not_given_away(near):
    processes = [process(near) for _ in range(4)]
    for _, allowance in processes:
        assert allowance.limit == Agreed(AGREED // 4, None)
    first, busy = processes[0]
    while busy.take(background=False):
        pass
    for _ in range(5):
        await first.renew()
    assert busy.limit.per_second == AGREED // 4


async def test_a_process_that_is_not_counted_asks_nothing_without_a_share():
    near = Near("redis://127.0.0.1:1/0")
    loads, allowance = process(near, 0)
    await loads.renew()
    assert not allowance.take(background=False)
    assert allowance.closed
    await near.aclose()


async def test_a_blackout_closes_it(near):
    dark = [{"cron": "* * * * *", "zone": "UTC"}]
    loads, allowance = process(near, blackout=dark)
    await loads.renew()
    assert allowance.closed


async def test_calls_are_metered_by_cause_for_all_processes(near):
    both = []
    for _ in range(2):
        loads, allowance = process(near)
        calls = Calls()
        loads.meter(calls)
        both.append((loads, allowance, calls))
        calls.calls[Cause.CALLER] += 5
        calls.calls[Cause.RETRY] += 1
        await loads.renew()
        await loads.renew()  # counted once
    used = await both[0][0].used("sap")
    assert {name: count for name, count in used.day.items() if count} == {"CALLER": 10, "RETRY": 2}
    assert used.shares == (Agreed(AGREED // 4, None), Agreed(AGREED // 4, None))
    near_away = Near("redis://127.0.0.1:1/0")
    assert await Loads(near_away, "baiwei", 4).used("sap") is None
    await near_away.aclose()
