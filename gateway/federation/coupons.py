"""What a person holds, asked of every system that knows coupons and her."""

import asyncio
from collections.abc import Sequence

from capabilities.errors import ChannelError, StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member
from capabilities.promotion.ports import CustomerCouponSource
from capabilities.promotion.records import Coupon
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.asking import Request
from gateway.federation.call import elapsed_ms, now
from gateway.federation.estate import Connection, broken
from gateway.federation.listed import check_asked
from gateway.federation.loaded import report_of, together


async def coupons_of(
    request: Request, member: Member, *, live: bool = False
) -> tuple[Sequence[Coupon], Sequence[SourceReport]]:
    """Her coupons and gift cards, newest first, and what each source did."""
    answers: list[tuple[Sequence[Coupon], SourceReport]] = list(
        await asyncio.gather(
            *(
                _held_at(request, connection, channels, member, live=live)
                for connection, channels in request.estate.answering(Capability.PROMOTION)
                if connection.port(CustomerCouponSource) is not None or connection.connector is None
            )
        )
    )
    if (own := await _held_here(request, member)) is not None:
        answers.append(own)
    coupons = [coupon for rows, _ in answers for coupon in rows]
    coupons.sort(key=lambda coupon: coupon.sort_key.rank)
    return coupons, [report for _, report in answers]


async def _held_here(
    request: Request, member: Member
) -> tuple[Sequence[Coupon], SourceReport] | None:
    """What the platform gave her; None where it never gave anybody a coupon."""
    try:
        rows = None if request.own_coupons is None else await request.own_coupons(member.one_id)
    except StoreUnavailable as exc:
        return [], failed(PLATFORM, exc, 0, (PLATFORM,))
    if rows is None:
        return None
    told = SourceReport(
        name=PLATFORM, status=SourceStatus.OK, age_ms=0, count=len(rows), channels=(PLATFORM,)
    )
    return rows, told


async def _held_at(
    request: Request,
    connection: Connection,
    channels: tuple[str, ...],
    member: Member,
    *,
    live: bool,
) -> tuple[list[Coupon], SourceReport]:
    port = connection.port(CustomerCouponSource)
    if port is None:
        return [], failed(connection.name, broken(connection), 0, channels)
    own = [one for one in member.memberships if one.source.connector == connection.name]
    started = now()
    try:
        check_asked(next((one for one in member.sources if one.name == connection.name), None))
        ask = port.coupons_by_membership
        loads = (
            request.load(connection, "coupons_by_membership", ask, one, live=live) for one in own
        )
        answers = await asyncio.gather(*loads)
    except ChannelError as exc:
        return [], failed(connection.name, exc, elapsed_ms(started), channels)
    shows = request.visibility.in_channel
    rows = [coupon for answer in answers for coupon in answer.value if shows(coupon.channel)]
    told = together(rows, answers)
    return rows, report_of(connection.name, told, count=len(rows), channels=channels)
