"""What the platform's own store did for an answer, beside the systems."""

from collections.abc import Iterable

from capabilities.member.changing import PLATFORM
from capabilities.member.records import Membership
from capabilities.sources import SourceReport, SourceStatus


def with_own(
    reports: tuple[SourceReport, ...], memberships: Iterable[Membership]
) -> tuple[SourceReport, ...]:
    """The reports with one for the memberships that the platform itself answers.

    Where it could not say everything, that report stands.
    """
    own = [one.channel for one in memberships if one.source.answered_by == PLATFORM]
    known = next((one for one in reports if one.name == PLATFORM), None)
    if not own or (known is not None and not known.complete):
        return reports
    told = SourceReport(
        name=PLATFORM,
        status=SourceStatus.OK,
        age_ms=0,
        count=len(own),
        channels=tuple(sorted(set(own))),
    )
    return (*(one for one in reports if one is not known), told)
