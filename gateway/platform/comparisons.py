"""Comparisons of both sides as one caller meets them."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.comparison_report import Comparison, TrendPoint
from capabilities.adoption.differing import Difference
from capabilities.adoption.expected import ExpectedRule
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.shown import Adoption
from capabilities.caller import Caller
from capabilities.errors import BadInput, Forbidden
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from capabilities.places import Place
from gateway.adoption.following import FollowedDifferences
from gateway.federation.asking import Request
from gateway.platform.whole_brand import of_every_store
from store.adoption.acknowledging import Desk
from store.adoption.comparison_reading import ComparisonReports, stretch_of
from store.owned import Owned
from store.wishes import KeyReused

_NOWHERE = "There is no such channel whose differences this caller may follow."


class ComparedDesk:
    """Implements `schema.comparison_part.ComparisonPart`."""

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        request: Request,
        differences: FollowedDifferences | None = None,
    ) -> None:
        self._differences = differences
        self._owned = owned
        self._caller = caller
        self._request = request
        self._reports = ComparisonReports(owned.store, owned.brand)

    async def report(self, pair: Adoption, days: int) -> Comparison | None:
        """The report of the last days; None where nothing was compared."""
        return await self._reports.of(pair.channel_code, pair.capability, self._owned.now(), days)

    async def trend(self, pair: Adoption, hours: int) -> Sequence[TrendPoint]:
        """Pairs over the last hours; those of a wave are asked together."""
        span = timedelta(hours=hours)
        since, step = self._owned.now() - span, stretch_of(span)

        async def ask(
            pairs: Sequence[tuple[str, Capability]],
        ) -> Sequence[tuple[TrendPoint, ...]]:
            return await self._reports.trends(pairs, since, step)

        key = (pair.channel_code, pair.capability)
        found: tuple[TrendPoint, ...] = await self._request.load_with(
            ("adoption trend", hours), ask, key
        )
        return found

    async def explain(
        self, wished: Acknowledging, key: str
    ) -> ExpectedRule | AdoptionDeclined | IdempotencyKeyReused:
        """Say why a difference is expected, in the caller's name."""
        if not self._sees(wished.channel):
            return AdoptionDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        desk = Desk(self._owned, self._caller.subject, self._caller.role.value)
        try:
            return await desk.explain(wished, key)
        except BadInput as exc:
            return AdoptionDeclined(code=exc.code, path=("input",), detail=exc.message)
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    def differences(
        self, channel: str, capability: Capability, after: Place | None
    ) -> AsyncIterator[Difference]:
        """The differences of a pair after a place, or from now on."""
        if self._differences is None:
            raise TypeError("a platform that hears of no differences")
        if not self._sees(channel):
            raise Forbidden(_NOWHERE)
        return self._differences.follow(channel, capability, after)

    def _sees(self, channel: str) -> bool:
        """Whether a channel is there for this caller, who must see all of its stores."""
        visibility = self._caller.visibility
        if visibility.stores is not None:
            of_every_store(visibility, "Adoption is steered for whole channels.")
        known = self._request.estate.channel(channel)
        return known is not None and visibility.in_channel(channel)
