"""The read switch: for one request, who answers what of the systems that are being adopted."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member.records import Member
from gateway.federation.adopted import BY_NUMBER, AdoptedPart, Parts, is_owned
from gateway.federation.adopted_identities import MembersByIdentity
from gateway.federation.adopted_keys import KeyedQuestion, MembersByNumber, OrdersByNumber
from gateway.federation.adopted_line import Question, Seen
from gateway.federation.adopted_promotions import PromotionsByKey
from gateway.federation.asking import Request
from gateway.federation.deciding import Deciding
from gateway.federation.estate import Connection
from gateway.federation.loaded import Loaded

_P = TypeVar("_P")
_QUESTIONS: Mapping[str, tuple[Capability, Callable[[AdoptedPart, Deciding, bool], Question]]] = {
    "memberships": (Capability.MEMBER, MembersByNumber),
    "memberships_by_identity": (Capability.MEMBER, MembersByIdentity),
    "orders": (Capability.ORDER, OrdersByNumber),
    "promotions": (Capability.PROMOTION, PromotionsByKey),
}


class ReadSwitch:
    """Stands between the estate and the loads of one request, over the parts that it began with."""

    def __init__(self, parts: Parts, deciding: Deciding) -> None:
        self._parts = parts
        self.deciding = deciding

    def question(self, connection: Connection, port: str, *, live: bool) -> Question | None:
        """A question that either side may answer; None for one that its system answers alone.

        A `live` one asks the side that answers anew, also where this request has asked it before.
        """
        known = _QUESTIONS.get(port)
        part = None if known is None else self._parts.get((connection, known[0]))
        if part is None or known is None or _alone(part, port):
            return None
        return known[1](part, self.deciding, live)

    def seen(self, connection: Connection, port: str) -> Seen | None:
        """Who looks at what a system answers alone by number; None where nobody does."""
        known = _QUESTIONS.get(port)
        part = None if known is None else self._parts.get((connection, known[0]))
        if part is None or port != BY_NUMBER[part.capability]:
            return None
        return partial(self._shown, part)

    def _shown(self, part: AdoptedPart, found: Mapping[Any, Loaded], asked: int) -> None:
        part.figures.answered("LEGACY", asked)
        self.deciding.show(part, found)

    def port(self, connection: Connection, kind: type[_P]) -> _P | None:
        """The platform's side of a connection as one of its ports, where it answers anything."""
        for capability in Capability:
            part = self._parts.get((connection, capability))
            if part is not None and isinstance(part.copy, kind):
                return None if part.one_side is Side.LEGACY else part.copy
        return None

    def part(self, connection: Connection, capability: Capability) -> AdoptedPart | None:
        """What is adopted of a connection; None where its system is simply read."""
        return self._parts.get((connection, capability))

    def owned(self, connection: Connection, capability: Capability) -> frozenset[str]:
        """Channels of a connection whose rows are the platform's alone."""
        part = self.part(connection, capability)
        standings = {} if part is None else part.standings
        return frozenset(code for code, one in standings.items() if is_owned(one))

    def listed(self, part: AdoptedPart, channels: Sequence[str]) -> frozenset[str]:
        """Of some channels those whose lists the platform answers; of a divided one none are."""
        return frozenset(
            code
            for code in channels
            if (standing := part.standings.get(code)) is not None
            and standing.lists is Side.PLATFORM
        )

    def closed(self, part: AdoptedPart, channels: Sequence[str]) -> frozenset[str]:
        """Of some channels those that callers are not answered yet."""
        standings = part.standings
        return frozenset(
            one for one in channels if one in standings and self.deciding.closed(standings[one])
        )

    def hers(self, part: AdoptedPart, member: Member, channels: Sequence[str]) -> frozenset[str]:
        """Of some channels those in which the platform answers for a person's records.

        Whom the store does not know the platform's copy does not know either.
        """
        known = member.version is not None
        return frozenset(
            code
            for code in channels
            if (standing := part.standings.get(code)) is not None
            and (known or is_owned(standing))
            and self.deciding.reads(standing, member.one_id) is Side.PLATFORM
        )


def _alone(part: AdoptedPart, port: str) -> bool:
    """Whether a system that answers everybody has the port at all."""
    return part.simply_read and hasattr(part.connection.connector, port)


async def sides_of(
    request: Request, capability: Capability, channel: str, numbers: Sequence[str]
) -> list[Side]:
    """Who answers keys of a channel at this moment; StoreUnavailable where that cannot be told.

    A key that the platform's copy lacks is its system's, until the platform owns the channel.
    """
    connection = request.estate.route(capability, channel)
    switch: Any = request.switch
    part = None if connection is None or switch is None else switch.part(connection, capability)
    standing = None if part is None else part.standings.get(channel)
    if part is None or standing is None:
        return [Side.LEGACY] * len(numbers)
    question: KeyedQuestion = (
        MembersByNumber(part, switch.deciding)
        if capability is Capability.MEMBER
        else OrdersByNumber(part, switch.deciding)
    )
    sides = await question.sides(numbers)
    if is_owned(standing):
        return [sides[one] for one in numbers]
    ours = [one for one in numbers if sides[one] is Side.PLATFORM]
    kept = await switch.deciding.copied(part, question.port, ours)
    return [Side.PLATFORM if kept.get(number) is not None else Side.LEGACY for number in numbers]
