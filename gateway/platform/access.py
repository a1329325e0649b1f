"""Persons in the clear and the audit trail, as one caller meets them."""

import asyncio

from msgspec.structs import replace

from capabilities.audit import AuditFilter, Entry, Recorded
from capabilities.caller import Caller, Role
from capabilities.errors import BadInput
from capabilities.member.records import Member
from capabilities.member.unmasked import UnmaskedMember, unmasked
from capabilities.order.records import Order
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.paging import paging_of
from gateway.reasons import reason_kept
from store.access.audit import Audit
from store.owned import Owned

_PLATFORM = "platform"


class Access:
    """Implements `schema.access_part.AccessPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._audit = Audit(owned.store, owned.brand)
        self._caller = caller
        self._looks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._waiting: list[Entry] = []
        self._next: asyncio.Task[None] | None = None

    async def unmasked(self, member: Member, reason: str | None) -> UnmaskedMember:
        """A person in the clear, once the look is in the trail; her own need no reason.

        All people of a wave are recorded in one transaction; one person twice is one look.
        """
        if self._caller.role is not Role.CONSUMER:
            await self._recorded(member, _checked(reason))
        return unmasked(member)

    async def look_at_recipient(self, order: Order, reason: str | None) -> None:
        """Put into the trail that somebody sees whom an order is for, before she does."""
        entry = self._entry("order.recipient_unmasked", _checked(reason))
        named = {"channel": order.channel, "order": order.number}
        key = (f"{order.channel}\x1f{order.number}", entry.reason or "")
        await self._looked(key, replace(entry, facts=named))

    async def _recorded(self, member: Member, reason: str) -> None:
        entry = self._entry("member.unmasked", reason)
        facts = {"memberships": len(member.memberships)}
        await self._looked(
            (member.one_id, reason), replace(entry, about=member.one_id, facts=facts)
        )

    def _entry(self, action: str, reason: str) -> Entry:
        return Entry(
            action=action,
            actor=self._caller.subject,
            role=self._caller.role.value,
            reason=reason,
        )

    async def _looked(self, key: tuple[str, str], entry: Entry) -> None:
        if key not in self._looks:
            self._waiting.append(entry)
            if self._next is None:
                self._next = asyncio.create_task(self._write())
            self._looks[key] = self._next
        await asyncio.shield(self._looks[key])

    async def _write(self) -> None:
        await asyncio.sleep(0)  # what is asked in the same turn is written together
        entries, self._waiting, self._next = self._waiting, [], None
        await self._audit.record(*entries)

    async def trail(self, filters: AuditFilter, args: ConnectionArgs) -> MergedPage[Recorded]:
        """A page of the trail; the newest first, and backward from the oldest."""
        wanted, cursor, backward, _ = paging_of(args)
        place = None if cursor is None else _number(cursor)
        rows = list(await self._audit.page(wanted + 1, filters, place, backward=backward))
        more = len(rows) > wanted
        if more:
            rows = rows[1:] if backward else rows[:-1]
        edges = tuple(Edge(node=row, place=f"a{row.number}") for row in rows)
        return MergedPage(
            edges=edges,
            page_info=PageInfo(
                has_next_page=bool(cursor) if backward else more,
                has_previous_page=more if backward else bool(cursor),
                start=edges[0].place if edges else cursor,
                end=edges[-1].place if edges else cursor,
            ),
            sources=(
                SourceReport(name=_PLATFORM, status=SourceStatus.OK, age_ms=0, count=len(edges)),
            ),
            total_count=TotalCount(None, CountPrecision.UNKNOWN),
        )


def _checked(reason: str | None) -> str:
    """The reason as it is kept: personal numbers and addresses are no reason."""
    kept = reason_kept(reason)
    if kept is None:
        raise BadInput(
            "say why she must be seen in the clear, such as a ticket's number: `reason`",
            code="REASON_REQUIRED",
        )
    return kept


def _number(cursor: str) -> int:
    digits = cursor.removeprefix("a")
    if not (cursor.startswith("a") and digits.isascii() and digits.isdigit() and len(digits) < 19):  # noqa: PLR2004 - a bigint
        raise BadInput("this is no cursor of the audit trail", code="BAD_CURSOR")
    return int(digits)
