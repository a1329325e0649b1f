"""Segments as one caller meets them: kept in her name, cut to her stores, paged by OneID."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from capabilities.caller import Caller
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, CountPrecision, TotalCount
from capabilities.segment.conditions import All, Condition, Member
from capabilities.segment.records import (
    Segment,
    SegmentDraft,
    SegmentOutcome,
    SegmentPage,
    SegmentPreview,
    SegmentUnknown,
    condition_hash,
)
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.paging import paging_of
from gateway.platform.whole_brand import of_whole_brand
from store.engine import Run
from store.owned import Owned
from store.profile.segment_people import SegmentPeople
from store.profile.segments import Segments
from store.wishes import KeyReused, once

# People are counted up to here; beyond it a count is a lower bound.
COUNTED = 10_000
_VERSION = "s1"


class SegmentLists:
    """Implements `schema.segment_part.SegmentPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._segments = Segments(owned.store, owned.brand)
        self._people = SegmentPeople(owned.store, owned.brand, owned.zone, owned.key)

    async def all(self) -> Sequence[Segment]:
        """Every segment in force, by name."""
        return await self._segments.all()

    async def named(self, name: str) -> Segment | None:
        """One segment."""
        return await self._segments.named(name)

    async def preview(self, where: Condition) -> SegmentPreview:
        """How many people conditions find."""
        return SegmentPreview(where=where, count=await self._count(self._own(where)))

    async def people(self, where: Condition, args: ConnectionArgs) -> SegmentPage:
        """One page by OneID; a place is good for these conditions alone."""
        where = self._own(where)
        size, place, backward, _ = paging_of(args)
        name = condition_hash(where)
        after = None if place is None else _one_id_of(place, name)
        found = list(
            await self._people.page(
                where, self._owned.now(), first=size + 1, after=after, backward=backward
            )
        )
        more = len(found) > size
        one_ids = found[:size][::-1] if backward else found[:size]
        whole = after is None and not more
        total = (
            TotalCount(len(one_ids), CountPrecision.EXACT) if whole else await self._count(where)
        )
        return SegmentPage(
            one_ids=tuple(one_ids),
            places=tuple(_place(name, one) for one in one_ids),
            has_next_page=after is not None if backward else more,
            has_previous_page=more if backward else after is not None,
            total=total,
            report=SourceReport(
                name="platform", status=SourceStatus.OK, age_ms=0, count=len(one_ids)
            ),
        )

    async def save(self, draft: SegmentDraft, reason: str, idempotency_key: str) -> SegmentOutcome:
        """Keep conditions under a name."""
        self._unbound()
        await self._people.check(draft.where)

        async def put(run: Run) -> Segment | None:
            return await self._segments.put_in(
                run, draft, author=self._caller.subject, reason=reason, at=self._owned.now()
            )

        return await self._wished(idempotency_key, ("saveSegment", draft, reason), put)

    async def remove(self, name: str, reason: str, idempotency_key: str) -> SegmentOutcome:
        """Take a segment away."""
        self._unbound()

        async def take(run: Run) -> Segment | None:
            return await self._segments.remove_in(
                run, name, author=self._caller.subject, reason=reason, at=self._owned.now()
            )

        return await self._wished(idempotency_key, ("removeSegment", name, reason), take)

    async def _wished(
        self, key: str, wish: Any, do: Callable[[Run], Awaitable[Segment | None]]
    ) -> SegmentOutcome:
        who = (self._owned.brand, self._caller.subject, key)
        try:
            done: Segment | None = await self._owned.store.transaction(
                lambda run: once(run, who, wish, Segment | None, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done or SegmentUnknown(code="SEGMENT_UNKNOWN", path=("input", "name"))

    def _own(self, where: Condition) -> Condition:
        """The conditions, cut to the members of the caller's stores where she is bound to some."""
        self._unbound()
        stores = self._caller.visibility.stores
        if stores is None:
            return where
        return All(of=(Member(home_stores=tuple(sorted(stores))), where))

    def _unbound(self) -> None:
        """Forbidden for a caller of some channels: conditions tell of all of them."""
        of_whole_brand(self._caller.visibility, "Segments are found over all channels.")

    async def _count(self, where: Condition) -> TotalCount:
        """A count that takes too long is not known, and fails no page."""
        try:
            people, whole = await self._people.count(where, self._owned.now(), most=COUNTED)
        except StoreUnavailable:
            return TotalCount(None, CountPrecision.UNKNOWN)
        precision = CountPrecision.EXACT if whole else CountPrecision.LOWER_BOUND
        return TotalCount(people, precision)


def _place(name: str, one_id: str) -> str:
    text = f"{_VERSION}:{name}:{one_id}"
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _one_id_of(place: str, name: str) -> str:
    """The person of a place; BadInput when it is none of these conditions'."""
    try:
        text = urlsafe_b64decode(place + "=" * (-len(place) % 4)).decode()
        version, of, one_id = text.split(":", 2)
    except ValueError as exc:
        raise BadInput("this is no cursor of a segment", code="BAD_CURSOR") from exc
    if version != _VERSION or _place(of, one_id) != place or not one_id.isalnum():
        raise BadInput("this is no cursor of a segment", code="BAD_CURSOR")
    if of != name:
        message = "the cursor is of a segment with other conditions; begin without one"
        raise BadInput(message, code="CURSOR_FILTER_MISMATCH")
    return one_id
