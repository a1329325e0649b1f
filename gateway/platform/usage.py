"""Usage as one caller meets it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from capabilities.caller import Caller
from capabilities.estate import Capability
from capabilities.usage.records import (
    ClientUsage,
    FieldChoice,
    FieldUsage,
    OperationUsage,
    PathUsage,
    UsageReport,
)
from gateway.platform.whole_brand import of_whole_brand
from gateway.usage.fields import chosen_fields, field_usage
from store.owned import Owned
from store.usage.reports import UsageReports

# Every field of the running contract, with the reason of one that is deprecated.
Fields = Callable[[], Mapping[str, str | None]]


class UsageBooks:
    """Implements `schema.usage_part.UsagePart`."""

    def __init__(self, owned: Owned, caller: Caller, fields: Fields) -> None:
        self._owned = owned
        self._caller = caller
        self._fields = fields
        self._reports = UsageReports(owned.store, owned.brand)

    async def report(self, days: int) -> UsageReport:
        """The days that are looked at, today the last of them."""
        of_whole_brand(self._caller.visibility, "Usage is counted over all channels.")
        today = self._owned.now().astimezone(self._owned.zone).date()
        since = today - timedelta(days=days - 1)
        return UsageReport(since=since, counting=await self._reports.counting())

    async def fields(
        self, report: UsageReport, which: FieldChoice, first: int
    ) -> Sequence[FieldUsage]:
        """Fields of the running contract."""
        operations = await self._reports.operations(report.since)
        coordinates = await self._reports.coordinates(report.since)
        found = field_usage(self._fields(), operations, coordinates)
        return chosen_fields(found, which)[:first]

    async def clients(self, report: UsageReport) -> Sequence[ClientUsage]:
        """Applications, those that ask most first."""
        return await self._reports.clients(report.since)

    async def operations(self, report: UsageReport, first: int) -> Sequence[OperationUsage]:
        """Operations by application, the most asked first."""
        return await self._reports.operations(report.since, first)

    async def reads(
        self,
        report: UsageReport,
        channel: str | None,
        capability: Capability | None,
        first: int,
    ) -> Sequence[PathUsage]:
        """Who was answered by which source, the most often first."""
        return await self._reports.reads(
            report.since, channel=channel, capability=capability, first=first
        )
