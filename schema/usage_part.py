"""What a resolver may ask of usage."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.estate import Capability
from capabilities.usage.records import (
    ClientUsage,
    FieldChoice,
    FieldUsage,
    OperationUsage,
    PathUsage,
    UsageReport,
)


class UsagePart(Protocol):
    """Who used what of the graph, counted by day; Forbidden for callers of some channels."""

    async def report(self, days: int) -> UsageReport:
        """The days that are looked at."""

    async def fields(
        self, report: UsageReport, which: FieldChoice, first: int
    ) -> Sequence[FieldUsage]:
        """Fields of the running contract."""

    async def clients(self, report: UsageReport) -> Sequence[ClientUsage]:
        """Applications, those that ask most first."""

    async def operations(self, report: UsageReport, first: int) -> Sequence[OperationUsage]:
        """Operations by application, the most asked first."""

    async def reads(
        self,
        report: UsageReport,
        channel: str | None,
        capability: Capability | None,
        first: int,
    ) -> Sequence[PathUsage]:
        """Who was answered by which source, the most often first."""
