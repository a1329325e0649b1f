"""Reports of an answer to which one source gave several parts: one report for each source."""

from collections.abc import Sequence

from msgspec.structs import replace

from capabilities.sources import SourceReport, SourceStatus


def told_once(reports: Sequence[SourceReport]) -> tuple[SourceReport, ...]:
    """The reports with those of one name together, under the worst that befell them."""
    found: dict[str, SourceReport] = {}
    for one in reports:
        known = found.get(one.name)
        found[one.name] = one if known is None else _with(known, one)
    return tuple(found.values())


def _with(left: SourceReport, right: SourceReport) -> SourceReport:
    worse = min((left, right), key=lambda one: (one.complete, one.status is SourceStatus.OK))
    took = [one.latency_ms for one in (left, right) if one.latency_ms is not None]
    ages = [one.age_ms for one in (left, right) if one.age_ms is not None]
    return replace(
        worse,
        latency_ms=max(took, default=None),
        age_ms=max(ages, default=None),
        count=left.count + right.count,
        channels=tuple(sorted({*left.channels, *right.channels})),
        code=worse.code or left.code or right.code,
        message=worse.message or left.message or right.message,
    )
