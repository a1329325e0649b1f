"""What of an estate the platform may answer in place of its systems: worked out once a change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from capabilities.adoption.defining import version_of
from capabilities.adoption.looking import Ask
from capabilities.adoption.standing import Adopted, Standing
from capabilities.adoption.states import AdoptionState, Side, at_least
from capabilities.estate import Capability
from connectors.basis import basis_of_spec
from gateway.federation.adopted_figures import Count, PartFigures, uncounted
from gateway.federation.estate import Connection, Estate
from store.member.copied_memberships import CopiedMemberships, MembershipCopies
from store.order.copied_orders import CopiedFrom, CopiedOrders, OrderCopies
from store.promotion.copied_promotions import (
    CopiedPromotions,
    PromotionCopies,
    PromotionsFrom,
)

# The port by which a record is asked for by its number.
BY_NUMBER = {
    Capability.MEMBER: "memberships",
    Capability.ORDER: "orders",
    Capability.PROMOTION: "promotions",
}


class Copies(Struct, frozen=True):
    """What the platform keeps of systems' records."""

    members: CopiedMemberships
    orders: OrderCopies
    promotions: PromotionCopies

    def of(
        self, connection: Connection, capability: Capability
    ) -> MembershipCopies | CopiedOrders | CopiedPromotions:
        """The platform's side of one connection."""
        name, system = connection.name, connection.spec.system
        channels = connection.channels(capability)
        if capability is Capability.MEMBER:
            return self.members.of(name, system, channels)
        if capability is Capability.PROMOTION:
            return self.promotions.of(PromotionsFrom(name, system, channels))
        holders = connection.channels(Capability.MEMBER)
        return self.orders.of(CopiedFrom(name, system, channels, holders))


class AdoptedPart(Struct, frozen=True, eq=False):
    """One capability of one connection of which more was decided than that its system is read.

    `standings` are those of the channels concerned, `channels` all that it answers for. `one_side`
    answers every key, None where it depends on the key. `version` names the definition of its
    connector in comparisons.
    """

    connection: Connection
    capability: Capability
    standings: Mapping[str, Standing]
    channels: tuple[str, ...]
    copy: Any
    one_side: Side | None
    version: str
    figures: PartFigures

    @property
    def whole(self) -> bool:
        """Whether every channel is concerned."""
        return len(self.standings) == len(self.channels)

    @property
    def simply_read(self) -> bool:
        """Whether its system answers everybody alone: nothing is to be decided."""
        there = self.connection.connector is not None
        answered = all(one.answered for one in self.standings.values())
        return there and answered and self.one_side is Side.LEGACY

    @property
    def owned(self) -> bool:
        """Whether what the platform does not have is not there, in whatever channel."""
        return self.whole and all(map(is_owned, self.standings.values()))

    @property
    def feed(self) -> str | None:
        """The connector, where passes of the sync over it come by the clock."""
        spec = self.connection.spec
        return spec.name if self.capability in spec.sync else None

    @property
    def asks(self) -> Mapping[Side, Ask]:
        """How either side is asked by number, beside every cache and loader."""
        port = BY_NUMBER[self.capability]
        return {Side.LEGACY: self._legacy, Side.PLATFORM: getattr(self.copy, port)}

    def in_force(self) -> bool:
        """Whether its connection was not replaced since."""
        return not self.connection.retired

    async def _legacy(self, numbers: Sequence[str]) -> Sequence[Any]:
        ask = getattr(self.connection.connector, BY_NUMBER[self.capability])
        answers, _ = await self.connection.call(lambda: ask(numbers))
        return list(answers)


def is_owned(standing: Standing) -> bool:
    """Whether a row that the platform does not have is not there."""
    return at_least(standing.lead, AdoptionState.MIDDLE_OWNED)


def is_retired(standing: Standing) -> bool:
    """Whether the system is asked nothing any more, also where the platform cannot answer."""
    return standing.state is AdoptionState.LEGACY_RETIRED


def _concerned(standing: Standing) -> bool:
    compared = standing.compares or not standing.answered
    return compared or standing.one_side is not Side.LEGACY


Parts = Mapping[tuple[Connection, Capability], AdoptedPart]


class AdoptedParts:
    """The parts of the estate in force by the standings in force."""

    def __init__(
        self, adopted: Callable[[], Adopted], copies: Copies, count: Count = uncounted
    ) -> None:
        self._adopted = adopted
        self._copies = copies
        self._count = count
        self._figures: dict[tuple[str, Capability], PartFigures] = {}
        self._of: tuple[Estate, Adopted] | None = None
        self._parts: Parts | None = None

    def of(self, estate: Estate) -> Parts | None:
        """The parts of an estate as it stands now; None where every system is simply read."""
        adopted = self._adopted()
        if self._of is None or self._of[0] is not estate or self._of[1] is not adopted:
            self._parts = self._made(estate, adopted) or None
            self._of = (estate, adopted)
        return self._parts

    def figures_of(self, connector: str, capability: Capability) -> PartFigures | None:
        """How the platform's side of a connector fares; None where it was never asked."""
        return self._figures.get((connector, capability))

    def _made(self, estate: Estate, adopted: Adopted) -> Parts:
        concerned = {key: one for key, one in adopted.standings.items() if _concerned(one)}
        found = {}
        for capability in {capability for capability, _ in concerned}:
            for connection, channels in estate.answering(capability):
                of = {
                    one: concerned[capability, one]
                    for one in channels
                    if (capability, one) in concerned
                }
                if of:
                    copy = self._copies.of(connection, capability)
                    told = _version(connection, capability)
                    figures = self._figures_of(connection.name, capability)
                    side = _one_side(of, channels)
                    found[connection, capability] = AdoptedPart(
                        connection, capability, of, channels, copy, side, told, figures
                    )
        return found

    def _figures_of(self, connector: str, capability: Capability) -> PartFigures:
        """Those of this process, through every step."""
        known = self._figures.get((connector, capability))
        if known is None:
            known = PartFigures(connector, capability, self._count)
            self._figures[connector, capability] = known
        return known


def _one_side(standings: Mapping[str, Standing], channels: Sequence[str]) -> Side | None:
    """The side of all channels; of one that is not concerned its system."""
    sides = {one.one_side for one in standings.values()}
    if len(standings) < len(channels):
        sides.add(Side.LEGACY)
    return sides.pop() if len(sides) == 1 else None


def _version(connection: Connection, capability: Capability) -> str:
    """The definition of a connection; nothing for one that could not be opened."""
    if connection.connector is None:
        return ""
    return version_of(basis_of_spec(connection.spec, connection.connector.digest, capability))
