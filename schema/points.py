"""Tier, points and benefits of a membership, and the ledger behind its points."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from msgspec.structs import replace
from strawberry import UNSET, Parent

from capabilities.member.records import PointsAuthority
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.points import records, shown, standing
from capabilities.points.records import Direction, EntryType
from capabilities.points.shown import LedgerOrder, PointsCurrency
from schema.context import Ask
from schema.page import connection_of, paged
from schema.view import plain, view


@view(standing.TierProgress)
class TierProgress:
    """How far the next tier is, and what keeps this one; in qualifying points."""

    next_code: str | None = plain("Code of the next tier; null at the top.")
    needed: int | None = plain("What the next tier asks for.")
    reached: int = plain("What was reached within the programme's window, as of today.")
    keep: int | None = plain("What keeps this tier for another period; null where it never ends.")
    kept: int | None = plain("What was reached of that since this period began.")


@view(shown.MembershipTier)
class Tier:
    """Tier 等级 inside one programme; tiers of two programmes do not compare."""

    code: str = plain("Code of the tier.")
    name: str | None = plain("Name of the tier.")
    rank: int | None = plain("Place among the programme's tiers, from 0 for the lowest.")
    valid_to: date | None = plain("Last day of the tier.")
    authority: PointsAuthority = plain("Who decides this tier.")
    progress: TierProgress | None = plain("The way to the next tier; null where it is not ours.")


@view(shown.MembershipBenefit)
class Benefit:
    """Benefit 权益: what a membership gives its holder today."""

    code: str = plain("Code of the benefit.")
    name: str = plain("Its name.")
    uses: int | None = plain("How often it may be used in a period; without limit where null.")
    used: int = plain("How often it was used in this period.")
    left: int | None = plain("How often it may still be used; without limit where null.")
    since: date | None = plain("First day of this period; null where every use counts.")
    valid_to: date | None = plain("Its last day, where it ends.")


@view(records.OrderRef)
class PointsOrder:
    """The order that moved points, by its business key."""

    channel: str = plain("Code of its channel.")
    number: str = plain("Its number there.")


@view(records.PolicyRef)
class PolicyVersion:
    """The version of a programme's policy that moved points."""

    programme: str = plain("Code of the programme.")
    version: int = plain("Number of the version.")


@view(records.Burn)
class PointsBurn:
    """What an entry took from a lot; an UNLOCK gave it back."""

    lot: int = plain("Sequence of the entry that made the lot.")
    amount: int = plain("How many points.")


@view(records.Entry)
class PointsEntry:
    """One entry of the points ledger 积分流水; entries are only ever added."""

    sequence: int = plain("Number in the ledger of its membership, from 1.")
    type: EntryType = plain("Why the balance changed.")
    direction: Direction = plain("Which way.")
    amount: int = plain("How many points; always above zero.")
    burns: list[PointsBurn] = plain("The lots that it took from.")
    owed: int = plain("The part that no lot covered, or that paid such a part.")
    flagged: bool = plain("Whether it left the balance below zero.")
    undoes: int | None = plain("The LOCK that this UNLOCK ends.")
    pending_until: datetime | None = plain("From when they can be spent; of a LOCK its end.")
    expires_at: datetime | None = plain("Until when they can be spent.")
    order: PointsOrder | None = plain("The order that moved them.")
    reason: str | None = plain("Why, in the words of whoever did it.")
    source: str = plain("What wrote it: `orders`, `expiry`, or `graph`.")
    policy: PolicyVersion | None = plain("The policy that it follows; null where done by hand.")
    author: str | None = plain("Who did it.")
    occurred_at: datetime = plain("When what it is about happened.")
    recorded_at: datetime = plain("When it was written.")


PointsEntryConnection = connection_of(PointsEntry)


@view(shown.ExpiringPoints)
class ExpiringPoints:
    """Points that can be spent until a moment."""

    amount: int = plain("How many.")
    expires_at: datetime = plain("Until when.")


@view(shown.MembershipPoints)
class Points:
    """Points 积分 of one membership, spendable in its own programme only."""

    programme: str | None = plain("Code of the programme, where it is known.")
    available: int | None = plain("Points that can be spent; below zero where some are owed.")
    pending: int | None = plain("Points that cannot be spent yet.")
    locked: int | None = plain("Points that were put aside.")
    owed: int | None = plain("Points that were spent and given back by their order since.")
    authority: PointsAuthority = plain("Who decides this balance.")
    expiring: list[ExpiringPoints] = plain("When available points expire, the soonest first.")

    @paged(PointsEntryConnection)
    @staticmethod
    async def ledger(
        points: Parent[shown.MembershipPoints],
        info: Ask,
        page: ConnectionArgs,
        currency: Annotated[
            PointsCurrency, strawberry.argument(description="Which points are meant.")
        ] = PointsCurrency.SPENDABLE,
        order_by: Annotated[
            LedgerOrder, strawberry.argument(description="How entries are sorted.")
        ] = LedgerOrder.NEWEST_FIRST,
    ) -> MergedPage[records.Entry]:
        """The entries that make the balance; none where another system keeps them."""
        newest = order_by is LedgerOrder.NEWEST_FIRST or order_by is UNSET
        wanted = replace(page, newest_first=newest)
        return await info.context.platform.points.ledger(points, currency, wanted)
