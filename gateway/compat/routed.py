"""Who answers the shop's clients: the shop, or the platform, as the adoption of each row stands."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.adoption.states import Side
from gateway.compat.copied import CopiedShop, Numbers
from gateway.compat.legacy import LegacyShop, Row, Shown
from gateway.compat.questions import Question
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
        """What is shown, and who answered."""
        switch = self._request.switch
        capability = question.resource.capability
        part = switch.part(self._connection, capability) if isinstance(switch, ReadSwitch) else None
        if part is None or not isinstance(switch, ReadSwitch) or part.one_side is Side.LEGACY:
            return await self._legacy(question), LEGACY
        copied = self._copied(part.copy, part.channels)
        if question.number is not None:
            ours = await self._ours(copied, question, [question.number])
            if ours or part.owned:
                rows = [copied.row(question, one) for one in ours.values()]
                return Shown(rows=rows, records=list(ours.values()), body=None), PLATFORM
            return await self._legacy(question), LEGACY
        if switch.listed(part, part.channels) == frozenset(part.channels):
            return await copied.listed(question), PLATFORM
        return await self._divided(copied, question)

    async def _divided(self, copied: CopiedShop, question: Question) -> tuple[Shown, str]:
        """The shop's list, in which the platform's rows stand where the platform answers."""
        shown = await self._legacy(question)
        numbers = [str(row.get("id")) for row in shown.rows]
        ours = await self._ours(copied, question, numbers)
        if not ours:
            return shown, LEGACY
        rows: list[Row] = []
        for number, row in zip(numbers, shown.rows, strict=True):
            rows.append(copied.row(question, ours[number]) if number in ours else row)
        records = [
            ours.get(number, one) for number, one in zip(numbers, shown.records, strict=True)
        ]
        side = PLATFORM if len(ours) == len(numbers) else BOTH
        return (
            Shown(rows=rows, records=records, body=None, total=shown.total, pages=shown.pages),
            side,
        )

    async def _ours(
        self, copied: CopiedShop, question: Question, numbers: Sequence[str]
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
        return found

    async def _legacy(self, question: Question) -> Shown:
        self._request.reached.update(self._connection.reached(question.resource.capability))
        return await LegacyShop(self._request, self._connection).ask(question)

    def _copied(self, copy: Any, channels: Sequence[str]) -> CopiedShop:
        estate = self._request.estate
        known = {code: estate.channel(code) for code in channels}
        zones = {code: ZoneInfo(one.time_zone) for code, one in known.items() if one is not None}
        return CopiedShop(copy, self._numbers, channels, zones, self._request.hides)
