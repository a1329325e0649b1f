"""Who answers the shop's clients: the shop, or the platform, as the adoption of each row stands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.adoption.states import Side
from capabilities.errors import StoreUnavailable
from gateway.compat.copied import CopiedShop, Numbers
from gateway.compat.legacy import LegacyShop, Row, Shown
from gateway.compat.questions import Question
from gateway.compat.wire import CompatRefused
from gateway.federation.adopted import AdoptedPart, is_owned
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.switch import ReadSwitch, sides_of

LEGACY, PLATFORM, BOTH = "LEGACY", "PLATFORM", "BOTH"


class RoutedShop:
    """One shop for one request: every row is of one side, by the standings it began with."""

    def __init__(self, request: Request, connection: Connection, numbers: Numbers) -> None:
        self._request = request
        self._connection = connection
        self._numbers = numbers

    async def ask(self, question: Question) -> tuple[Shown, str]:
        """What is shown, and who answered.

        While the platform's store is away the shop answers in its place, but for what only the
        platform owns.
        """
        switch = self._request.switch
        capability = question.resource.capability
        part = switch.part(self._connection, capability) if isinstance(switch, ReadSwitch) else None
        if part is None or not isinstance(switch, ReadSwitch):
            return await self._legacy(question), LEGACY
        if switch.closed(part, part.channels):
            told = "the shop is being taken on; its clients are not answered yet"
            raise CompatRefused(403, "woocommerce_rest_cannot_view", told)
        if part.one_side is Side.LEGACY:
            return await self._legacy(question), LEGACY
        try:
            return await self._divided(switch, part, question)
        except StoreUnavailable:
            if any(map(is_owned, part.standings.values())):
                raise
            return await self._legacy(question), LEGACY

    async def _divided(
        self, switch: ReadSwitch, part: AdoptedPart, question: Question
    ) -> tuple[Shown, str]:
        copied = self._copied(part.copy, part.channels)
        if question.number is None:
            if switch.listed(part, part.channels) == frozenset(part.channels):
                self._answered(part, part.channels)
                return await copied.listed(question), PLATFORM
            return await self._mixed(part, copied, question)
        ours = await self._ours(part, copied, question, [question.number])
        if ours or part.owned:
            rows = [copied.row(question, one) for one in ours.values()]
            return Shown(rows=rows, records=list(ours.values()), body=None), PLATFORM
        return _allowed(part, await self._legacy(question), ours), LEGACY

    async def _mixed(
        self, part: AdoptedPart, copied: CopiedShop, question: Question
    ) -> tuple[Shown, str]:
        """The shop's list, in which the platform's rows stand where the platform answers."""
        shown = await self._legacy(question)
        ours = await self._ours(part, copied, question, _numbers(shown))
        shown = _allowed(part, shown, ours)
        if not ours:
            return shown, LEGACY
        pairs = [
            (copied.row(question, ours[number]), ours[number]) if number in ours else (row, record)
            for number, row, record in zip(_numbers(shown), shown.rows, shown.records, strict=True)
        ]
        side = PLATFORM if len(ours) == len(pairs) else BOTH
        return _of(shown, pairs), side

    async def _ours(
        self, part: AdoptedPart, copied: CopiedShop, question: Question, numbers: Sequence[str]
    ) -> Mapping[str, Any]:
        """The records of those that the platform answers and has."""
        records = await copied.records(question, numbers) if numbers else {}
        channels: dict[str, list[str]] = {}
        for number, one in records.items():
            channels.setdefault(one.channel, []).append(number)
        found: dict[str, Any] = {}
        for channel, some in channels.items():
            sides = await sides_of(self._request, question.resource.capability, channel, some)
            found |= {
                number: records[number]
                for number, side in zip(some, sides, strict=True)
                if side is Side.PLATFORM
            }
        self._answered(part, {one.channel for one in found.values()})
        return found

    def _answered(self, part: AdoptedPart, channels: Iterable[str]) -> None:
        """Note for the usage of sources that the platform answered of channels."""
        name, capability = self._connection.name, part.capability
        self._request.reached.update((name, one, capability, Side.PLATFORM) for one in channels)

    async def _legacy(self, question: Question) -> Shown:
        self._request.reached.update(self._connection.reached(question.resource.capability))
        return await LegacyShop(self._request, self._connection).ask(question)

    def _copied(self, copy: Any, channels: Sequence[str]) -> CopiedShop:
        estate = self._request.estate
        known = {code: estate.channel(code) for code in channels}
        zones = {code: ZoneInfo(one.time_zone) for code, one in known.items() if one is not None}
        return CopiedShop(copy, self._numbers, channels, zones, self._request.hides)


def _numbers(shown: Shown) -> list[str]:
    return [str(row.get("id")) for row in shown.rows]


def _allowed(part: AdoptedPart, shown: Shown, ours: Mapping[str, Any]) -> Shown:
    """What the shop says, without what it still has of channels that are the platform's alone."""
    pairs = [
        (row, record)
        for number, row, record in zip(_numbers(shown), shown.rows, shown.records, strict=True)
        if number in ours or not _is_owned(part, record)
    ]
    return shown if len(pairs) == len(shown.rows) else _of(shown, pairs)


def _is_owned(part: AdoptedPart, record: Any) -> bool:
    standing = None if record is None else part.standings.get(record.channel)
    return standing is not None and is_owned(standing)


def _of(shown: Shown, pairs: Sequence[tuple[Row, Any]]) -> Shown:
    return Shown(
        rows=[row for row, _ in pairs],
        records=[record for _, record in pairs],
        body=None,
        total=shown.total,
        pages=shown.pages,
    )
