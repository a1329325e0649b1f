"""What each source did for a merged page, and how many rows there are in all."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from capabilities.page import CountPrecision, TotalCount
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.loaded import report_of, slowest, together
from gateway.federation.merge_answer import Answer
from gateway.federation.merge_source import MergeSource


def reports(
    sources: Sequence[MergeSource[Any]], answers: Sequence[Answer[Any]], delivered: Iterable[str]
) -> tuple[SourceReport, ...]:
    """One report a source; `delivered` holds the channel of every row of the page."""
    given = Counter(delivered)
    of_source: dict[int, list[Answer[Any]]] = {id(source): [] for source in sources}
    for one in answers:
        of_source[id(one.source)].append(one)
    return tuple(
        [
            _report(source, of_source[id(source)], sum([given[one] for one in source.channels]))
            for source in sources
        ]
    )


def _report(source: MergeSource[Any], answers: Sequence[Answer[Any]], count: int) -> SourceReport:
    if source.skipped is not None:
        return SourceReport(
            name=source.name,
            status=SourceStatus.SKIPPED,
            message=source.skipped,
            code="SOURCE_SKIPPED",
            channels=source.channels,
        )
    took = slowest([one.latency_ms for one in answers])
    broken = [one for one in answers if one.error is not None]
    if broken and broken[0].error is not None:
        missing = tuple(channel for one in broken for channel in one.ask.channels)
        return replace(failed(source.name, broken[0].error, took or 0, missing), count=count)
    kept = together(None, [one.loaded for one in answers if one.loaded is not None])
    cut = any(one.page is not None and one.page.truncated_at is not None for one in answers)
    report = replace(
        report_of(source.name, kept, count=count, channels=source.channels), latency_ms=took
    )
    if not cut:
        return report
    bound = "the scan met its bound; later pages go on from there"
    return replace(
        report,
        status=SourceStatus.TRUNCATED,
        code="SCAN_TRUNCATED",
        # A status says one thing; that the rows are old besides, and why, is not lost for it.
        message=f"{bound}; {report.message or 'its rows are old'}" if kept.stale else bound,
        retryable=True,
    )


def total_count(sources: Sequence[MergeSource[Any]], answers: Sequence[Answer[Any]]) -> TotalCount:
    """The sum of what the sources say; EXACT only when every source of the list said it."""
    totals = [one.page.total if one.page is not None else None for one in answers]
    known = [total for total in totals if total is not None]
    if not known:
        return TotalCount(None, CountPrecision.UNKNOWN)
    whole = len(known) == len(totals) and all(source.skipped is None for source in sources)
    return TotalCount(sum(known), CountPrecision.EXACT if whole else CountPrecision.LOWER_BOUND)
