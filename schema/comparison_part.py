"""What a resolver may ask of comparisons of both sides."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, TypeAlias

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.comparison_report import Comparison, TrendPoint
from capabilities.adoption.differing import Difference
from capabilities.adoption.expected import ExpectedRule
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.shown import Adoption
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from capabilities.places import Place

Explaining: TypeAlias = ExpectedRule | AdoptionDeclined | IdempotencyKeyReused


class ComparisonPart(Protocol):
    """What comparing came to, of pairs that were found for the caller."""

    async def report(self, pair: Adoption, days: int) -> Comparison | None:
        """The report of the last days; None where nothing was compared."""

    async def trend(self, pair: Adoption, hours: int) -> Sequence[TrendPoint]:
        """Pairs over the last hours; those of a wave are asked together."""

    async def explain(self, wished: Acknowledging, key: str) -> Explaining:
        """Say why a difference is expected."""

    def differences(
        self, channel: str, capability: Capability, after: Place | None
    ) -> AsyncIterator[Difference]:
        """Differences as they are settled, after a place or from now on.

        Forbidden for who may not see the channel; it may end with an `Ended`.
        """
