"""What all lists share: filters that a source lacks, and sources that cannot be asked."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from capabilities.page import PageAsk, SourcePage
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.call import error_of
from gateway.federation.estate import Connection, broken
from gateway.federation.loaded import Loaded

Fetch = Callable[[PageAsk], Awaitable[Any]]


async def loaded_page(fetch: Fetch, ask: PageAsk) -> Loaded:
    """A page as its source gives it, with how long that took where the source does not say."""
    began = perf_counter()
    found = await fetch(ask)
    took = round((perf_counter() - began) * 1000)
    return found if isinstance(found, Loaded) else Loaded(found, took)


def check_asked(report: SourceReport | None) -> None:
    """ChannelError when a system did not say whether the person is known there.

    `report` is what it did when the person was looked for; None when it was not asked.
    """
    if report is None or report.complete or report.status is SourceStatus.SKIPPED:
        return
    raise error_of(report, "whether she is a member there could not be asked")


def missing_filters(used: frozenset[str], answered: frozenset[str]) -> str | None:
    """Why a source cannot be asked with these filters; None where it can."""
    if used <= answered:
        return None
    return f"cannot filter by {', '.join(sorted(used - answered))}"


def broken_fetch(connection: Connection) -> Fetch:
    """The fetch of a connector that is not in force: it says why."""

    async def fetch(ask: PageAsk) -> SourcePage[Any]:
        del ask
        raise broken(connection)

    return fetch
