"""One call of a port: whatever happens in it becomes one of our outcomes, counted once."""

import asyncio

import pytest

from capabilities.errors import ChannelError, Garbled, StoreUnavailable, TimedOut, Unavailable
from capabilities.estate import ConnectorHealth, ConnectorSpec, Limits
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.call import Figures, call_port, error_of

SPEC = ConnectorSpec(name="erp", system="any")
OUTCOMES = {
    "its own error": (Garbled("odd"), Garbled, "UPSTREAM_GARBLED"),
    "a timeout of its own": (TimeoutError(), TimedOut, "UPSTREAM_TIMEOUT"),
    "a defect": (KeyError("secret"), ChannelError, "CONNECTOR_DEFECT"),
    "another of our errors": (StoreUnavailable("away"), StoreUnavailable, "STORE_UNAVAILABLE"),
}


async def test_an_answer_comes_with_its_latency():
    figures = Figures()

    async def ask():
        assert figures.in_flight == 1
        return "rows"

    answer, latency = await call_port(SPEC, figures, ask, deadline_seconds=1)
    assert (answer, figures.calls, figures.errors, figures.in_flight) == ("rows", 1, 0, 0)
    assert latency == figures.last_latency_ms


@pytest.mark.parametrize(("raised", "kind", "code"), OUTCOMES.values(), ids=OUTCOMES)
async def test_what_a_port_raises_becomes_ours(raised, kind, code):
    figures = Figures()

    async def ask():
        raise raised

    with pytest.raises(kind) as caught:
        await call_port(SPEC, figures, ask, deadline_seconds=1)
    assert caught.value.code == code
    assert getattr(caught.value, "source", "erp") == "erp"
    assert "secret" not in caught.value.message
    assert (figures.calls, figures.errors, figures.in_flight) == (1, 1, 0)


async def test_the_deadline_holds_for_the_whole_call():
    figures = Figures()
    spec = ConnectorSpec(name="erp", system="any", limits=Limits(deadline_ms=10))
    with pytest.raises(TimedOut, match="within 10 ms"):
        await call_port(spec, figures, asyncio.Event().wait, deadline_seconds=0.01)
    assert (figures.calls, figures.errors, figures.health) == (1, 1, ConnectorHealth.FAILING)


async def test_a_caller_in_a_hurry_is_no_error_of_the_source():
    figures = Figures()
    figures.finished(3, None)
    with pytest.raises(TimedOut, match="within 10 ms"):
        await call_port(SPEC, figures, asyncio.Event().wait, deadline_seconds=0.01)
    assert (figures.calls, figures.errors, figures.health) == (1, 0, ConnectorHealth.UP)
    assert (figures.last_error, figures.in_flight) == (None, 0)


async def test_what_a_source_fails_at_in_a_hurry_is_its_error():
    figures = Figures()

    async def ask():
        raise TimedOut("its own deadline")

    with pytest.raises(TimedOut, match="its own"):
        await call_port(SPEC, figures, ask, deadline_seconds=0.5)
    assert figures.health is ConnectorHealth.FAILING


async def test_health_is_what_the_latest_call_was():
    figures = Figures()
    assert figures.health is ConnectorHealth.UNTRIED
    figures.finished(3, Unavailable("down"))
    assert figures.health is ConnectorHealth.FAILING
    figures.finished(3, None)
    assert figures.health is ConnectorHealth.UP


async def test_a_caller_who_leaves_is_no_error_of_the_source():
    figures, asked = Figures(), asyncio.Event()

    async def ask():
        asked.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(call_port(SPEC, figures, ask, deadline_seconds=5))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (figures.calls, figures.errors, figures.in_flight) == (0, 0, 0)


@pytest.mark.parametrize("error", [TimedOut("late"), Unavailable("down"), Garbled("odd")])
def test_the_error_of_a_report_reports_the_same(error):
    report = failed("erp", error, 3)
    assert failed("erp", error_of(report), 3) == report


def test_a_report_without_words_still_has_an_error():
    error = error_of(SourceReport(name="erp", status=SourceStatus.ERROR))
    assert (error.source, error.code, error.retryable) == ("erp", "UPSTREAM_ERROR", False)
