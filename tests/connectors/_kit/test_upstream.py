"""What every call passes: retries within their budget, pauses, the circuit, and its causes."""

import asyncio
import time

import pytest

from capabilities.errors import CircuitOpen, Denied, Overloaded, TimedOut, Unavailable
from capabilities.estate import BreakerState, Limits
from capabilities.load import Cause, because
from connectors._kit import Upstream, Wire
from connectors._kit.retries import RetryBudget
from tests.connectors._kit.raw_server import Peer, RawServer, answering

LIMITS = Limits(deadline_ms=1000)


class System:
    """Answers as it is told to, and counts."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self):
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "fine"
        if isinstance(answer, Exception):
            raise answer
        return answer


async def earned(upstream, calls):
    for _ in range(calls):
        await upstream.call(System())


def broken():
    return Unavailable("broken", source="sap")


async def test_a_call_that_only_reads_is_made_again_once_it_has_been_earned():
    upstream = Upstream("sap", LIMITS)
    await earned(upstream, 10)
    system = System(broken())
    assert await upstream.call(system, again=True) == "fine"
    assert (system.asked, upstream.retries.made) == (2, 1)
    assert upstream.calls[Cause.RETRY] == 1


@pytest.mark.parametrize("again", [True, False])
async def test_nothing_is_repeated_without_budget_or_leave(again):
    upstream = Upstream("sap", LIMITS)
    await earned(upstream, 5 if again else 50)
    system = System(broken())
    with pytest.raises(Unavailable):
        await upstream.call(system, again=again)
    assert system.asked == 1


@pytest.mark.parametrize("fault", [Denied("no"), TimedOut("late")])
async def test_what_would_not_help_is_not_repeated(fault):
    upstream = Upstream("sap", LIMITS)
    await earned(upstream, 50)
    system = System(fault)
    with pytest.raises(type(fault)):
        await upstream.call(system, again=True)
    assert system.asked == 1


async def test_an_outage_sees_at_most_a_tenth_more_calls():
    upstream, system = Upstream("sap", LIMITS), System(*[broken()] * 10_000)
    upstream.breaker.note = lambda *_, **__: None  # the circuit would end this much earlier
    calls = 0
    for _ in range(200):
        calls += 1
        with pytest.raises(Unavailable):
            await upstream.call(system, again=True)
    assert 1.05 * calls <= system.asked <= 1.1 * calls


async def test_pauses_are_spread_so_that_nothing_comes_back_in_one_wave():
    pauses = []
    for _ in range(500):
        budget = RetryBudget()
        for _ in range(10):
            budget.earn()
        pauses.append(budget.pause(broken(), 0, 1.0))
    quarters = [
        sum(low <= one < low + 0.0125 for one in pauses) for low in (0, 0.0125, 0.025, 0.0375)
    ]
    assert min(quarters) > 80


async def test_what_the_system_asks_for_is_waited_for_where_the_deadline_allows():
    upstream = Upstream("sap", LIMITS)
    await earned(upstream, 20)
    system = System(Overloaded("less", retry_after_seconds=0.2))
    started = time.perf_counter()
    assert await upstream.call(system, again=True) == "fine"
    assert time.perf_counter() - started >= 0.2
    late = System(Overloaded("less", retry_after_seconds=60.0))
    started = time.perf_counter()
    with pytest.raises(Overloaded):
        await upstream.call(late, again=True)
    assert (late.asked, time.perf_counter() - started < 0.5) == (1, True)


async def test_a_system_that_fails_is_left_alone_and_refused_at_once(raw: RawServer):
    raw.script = answering(503)
    wire = Wire("sap", raw.url, limits=LIMITS)
    for _ in range(5):
        assert (await wire.get("orders")).status == 503
    started = time.perf_counter()
    for _ in range(100):
        with pytest.raises(CircuitOpen):
            await wire.get("orders")
    assert time.perf_counter() - started < 0.2
    assert len(raw.requests) == 5
    assert wire.upstream.breaker.state is BreakerState.OPEN
    await wire.aclose()


async def test_a_system_that_hangs_opens_the_circuit_and_a_caller_who_leaves_does_not(
    raw: RawServer,
):
    async def hang(peer: Peer) -> None:
        await asyncio.Event().wait()

    raw.script = hang
    hasty = Wire("sap", raw.url, limits=Limits(deadline_ms=60_000))
    for _ in range(8):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await hasty.get("orders")
    assert hasty.upstream.breaker.state is BreakerState.CLOSED
    await hasty.aclose()
    wire = Wire("sap", raw.url, limits=Limits(deadline_ms=50))
    outcomes = await asyncio.gather(*(wire.get("orders") for _ in range(8)), return_exceptions=True)
    assert {type(one) for one in outcomes} == {TimedOut}
    assert wire.upstream.breaker.state is BreakerState.OPEN
    await wire.aclose()


async def test_a_pause_that_it_asks_for_holds_for_all_calls(raw: RawServer):
    raw.script = answering(429, b"", {"Retry-After": "2"})
    wire = Wire("sap", raw.url, limits=LIMITS)
    assert (await wire.get("orders")).status == 429
    with pytest.raises(CircuitOpen, match="pause"):
        await wire.get("orders")
    assert len(raw.requests) == 1
    await wire.aclose()


async def test_calls_are_counted_by_their_cause():
    upstream = Upstream("sap", LIMITS)
    await upstream.call(System())
    with because(Cause.BACKFILL):
        await upstream.call(System())
        await asyncio.create_task(upstream.call(System()))
    counted = {of: count for of, count in upstream.calls.items() if count}
    assert counted == {Cause.CALLER: 1, Cause.BACKFILL: 2}


async def test_a_long_queue_before_a_system_that_answers_opens_no_circuit():
    upstream = Upstream("sap", Limits(deadline_ms=100, max_concurrent=1))

    async def steady():
        await asyncio.sleep(0.065)  # each second call has too little of its deadline left

    for _ in range(8):
        waits = [upstream.call(steady) for _ in range(3)]
        found = await asyncio.gather(*waits, return_exceptions=True)
        assert found[0] is None
        assert {type(one) for one in found[1:]} == {TimedOut}
    assert upstream.breaker.state is BreakerState.CLOSED
