"""Product suggestions as one caller meets them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from capabilities.caller import Caller
from capabilities.errors import BadInput
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.product.codes import BARCODE
from capabilities.product.records import ProductCode
from capabilities.sources import SourceReport, SourceStatus
from capabilities.suggestions import (
    DECISIONS,
    Deciding,
    NewSuggestion,
    Submitting,
    Suggestion,
    SuggestionCount,
    SuggestionDeclined,
    SuggestionFilter,
    SuggestionSource,
    SuggestionStatus,
    SuggestionSubmitted,
    suggestion_key,
)
from gateway.federation.paging import paging_of
from store.engine import Run
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.profile.suggestion_lists import Place, SuggestionLists
from store.profile.suggestions import Suggestions
from store.wishes import KeyReused, once

_VERSION = "q1"


class _Declined(Exception):
    """Ends a transaction that is to leave nothing behind."""

    def __init__(self, *path: str) -> None:
        super().__init__()
        self.path = path


class SuggestionDesk:
    """Implements `schema.suggestion_part.SuggestionPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._desk = Suggestions(owned.store, owned.brand)
        self._lists = SuggestionLists(owned.store, owned.brand)
        self._crosswalk = Crosswalk(owned.store, owned.brand)

    async def page(self, filters: SuggestionFilter, args: ConnectionArgs) -> MergedPage[Suggestion]:
        """A page, the newest first."""
        size, cursor, backward, _ = paging_of(args)
        place = None if cursor is None else _place_of(cursor)
        found = list(await self._lists.page(filters, size + 1, place, backward=backward))
        more = len(found) > size
        rows = found[:size][::-1] if backward else found[:size]
        edges = tuple(Edge(node=one, place=_cursor(one)) for one in rows)
        total = await self._lists.count(filters)
        return MergedPage(
            edges=edges,
            page_info=PageInfo(
                has_next_page=place is not None if backward else more,
                has_previous_page=more if backward else place is not None,
                start=edges[0].place if edges else None,
                end=edges[-1].place if edges else None,
            ),
            sources=(
                SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=len(edges)),
            ),
            total_count=TotalCount(total, CountPrecision.EXACT),
        )

    async def counts(self, first: int) -> Sequence[SuggestionCount]:
        """The products with the most suggestions."""
        return await self._lists.per_product(first)

    async def submit(
        self,
        source: SuggestionSource,
        text: str,
        product: str | None,
        one_id: str | None,
        idempotency_key: str,
    ) -> Submitting:
        """Take one in; a barcode names its product as well as a sku does."""
        reference = f"{self._caller.subject}:{idempotency_key}"
        new = NewSuggestion(
            source=source,
            reference=reference,
            text=text,
            submitted_at=self._owned.now(),
            author=self._caller.subject,
            product=await self._sku(product),
            one_id=one_id,
        )
        done = SuggestionSubmitted(brand=self._owned.brand, key=suggestion_key(source, reference))

        async def take(run: Run) -> SuggestionSubmitted:
            await self._desk.take_in(run, [new])
            return done

        wish = ("submitSuggestion", source, text, product, one_id)
        answer: Submitting = await self._wished(idempotency_key, wish, SuggestionSubmitted, take)
        return answer

    async def merge(self, into: str, keys: Sequence[str], idempotency_key: str) -> Deciding:
        """Make some duplicates of one that is none itself."""
        by, at = self._caller.subject, self._owned.now()

        async def work(run: Run) -> Suggestion:
            found = await self._desk.by_id(run, [into, *keys])
            target = found.get(into)
            if target is None or target.status is SuggestionStatus.DUPLICATE:
                raise _Declined("input", "into")
            if any(key not in found or key == into for key in keys):
                raise _Declined("input", "suggestions")
            await self._desk.merge_in(run, into, keys, by=by, at=at)
            return (await self._desk.by_id(run, [into]))[into]

        return await self._decided(idempotency_key, ("mergeSuggestions", into, tuple(keys)), work)

    async def decide(self, key: str, status: SuggestionStatus, idempotency_key: str) -> Deciding:
        """Say what becomes of one; it stands for itself from then on."""
        if status not in DECISIONS:
            raise BadInput(
                f"`status` is one of {', '.join(sorted(one.value for one in DECISIONS))}."
            )
        by, at = self._caller.subject, self._owned.now()

        async def work(run: Run) -> Suggestion:
            if not await self._desk.by_id(run, [key]):
                raise _Declined("input", "suggestion")
            await self._desk.decide_in(run, key, status, by=by, at=at)
            return (await self._desk.by_id(run, [key]))[key]

        return await self._decided(idempotency_key, ("decideSuggestion", key, status), work)

    async def _decided(
        self, idempotency_key: str, wish: Any, work: Callable[[Run], Awaitable[Suggestion]]
    ) -> Deciding:
        """What was decided is kept by its key; what was declined leaves nothing behind."""

        async def do(run: Run) -> str:
            return (await work(run)).key

        try:
            kept = await self._wished(idempotency_key, wish, str, do)
        except _Declined as exc:
            return SuggestionDeclined(code="SUGGESTION_UNKNOWN", path=exc.path)
        if isinstance(kept, IdempotencyKeyReused):
            return kept
        return (await self._desk.by_id(self._owned.store.rows, [kept]))[kept]

    async def _wished(
        self, key: str, wish: Any, answer: Any, do: Callable[[Run], Awaitable[Any]]
    ) -> Any:
        who = (self._owned.brand, self._caller.subject, key)
        try:
            return await self._owned.store.transaction(
                lambda run: once(run, who, wish, answer, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    async def _sku(self, product: str | None) -> str:
        if product is None:
            return ""
        code = ProductCode(connector="", system="", kind=BARCODE, code=product)
        (sku,) = await self._crosswalk.skus([code])
        return sku or product


def _cursor(one: Suggestion) -> str:
    text = f"{_VERSION}:{one.submitted_at.isoformat()}|{one.key}"
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _place_of(cursor: str) -> Place:
    """The place of a cursor; BadInput when it is none of this list's."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, key = text.removeprefix(f"{_VERSION}:").split("|")
        place = Place(datetime.fromisoformat(at), key)
    except ValueError as exc:
        raise BadInput("this is no cursor of suggestions", code="BAD_CURSOR") from exc
    if not text.startswith(_VERSION) or not key.isalnum() or place.at.tzinfo is None:
        raise BadInput("this is no cursor of suggestions", code="BAD_CURSOR")
    return place
