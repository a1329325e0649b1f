"""Lists of the platform's copy as the shop gives its own: pages by number, totals, its filters.

What the copy is not kept by is filtered here, over so many rows at most, and a total is counted so
far at most; beyond that the question is refused, and never answered in part.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.estate import Capability
from capabilities.member.records import Membership
from capabilities.order.records import Order
from gateway.compat import rows
from gateway.compat.legacy import Row, Shown
from gateway.compat.questions import Question
from gateway.compat.wire import CompatRefused, wrong
from store.member.copied_numbers import CopiedMemberNumbers, Cut, MemberCut
from store.order.copied_numbers import CopiedOrderNumbers, OrderCut

MOST_SCANNED = 2_000
# Totals are counted, and pages cut, at every request: of more rows neither is done in time.
MOST_LISTED = 200_000
_AT_ONCE = 500
_MOST_PAGE = 100
_DATES = {"id": "id", "date": "date", "registered_date": "date"}
_MOST_DIGITS = 18
_NO_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
Test = Callable[[Any], bool]


class _Copy(Protocol):
    async def memberships(self, numbers: Sequence[str]) -> Sequence[Membership | None]: ...

    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]: ...


class Numbers(Struct, frozen=True):
    """The numbers of what is copied."""

    members: CopiedMemberNumbers
    orders: CopiedOrderNumbers


class _Window(Struct, frozen=True, kw_only=True):
    """The page that is asked for, and in which order."""

    by: str
    descending: bool
    size: int
    start: int

    def pages(self, total: int) -> int:
        """How many pages there are."""
        return -(-total // self.size)


class CopiedShop:
    """The platform's copy of one shop, for one request; `hides` says who was erased."""

    def __init__(
        self,
        copy: Any,
        numbers: Numbers,
        channels: Sequence[str],
        zones: Mapping[str, ZoneInfo],
        hides: Callable[[Membership], bool],
    ) -> None:
        self._copy: _Copy = copy
        self._numbers = numbers
        self._channels = channels
        self._zones = zones
        self._hides = hides

    async def records(self, question: Question, numbers: Sequence[str]) -> Mapping[str, Any]:
        """What the copy has of numbers, without whom was erased."""
        of_people = question.resource.capability is Capability.MEMBER
        ask = self._copy.memberships if of_people else self._copy.orders
        found: dict[str, Any] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            found |= dict(zip(some, await ask(some), strict=True))
        return {
            number: one
            for number, one in found.items()
            if one is not None and not (of_people and self._hides(one))
        }

    def row(self, question: Question, record: Any) -> Row:
        """A record as the shop writes it."""
        zone = self._zones[record.channel]
        if isinstance(record, Order):
            return rows.order(record, zone, _number(question, "dp", rows.CENTS))
        return rows.customer(record, zone)

    async def listed(self, question: Question) -> Shown:
        """One page of the whole list."""
        window, tests = _window(question), self._tests(question)
        if tests or window.by == "modified":
            found, total = await self._scanned(question, window, tests)
        else:
            total = await self._count(question)
            found = await self._page(question, window) if window.start < total else []
        return Shown(
            rows=[self.row(question, one) for one in found],
            records=found,
            body=None,
            total=total,
            pages=window.pages(total),
        )

    async def _count(self, question: Question) -> int:
        most = MOST_LISTED + 1
        if question.resource.capability is Capability.MEMBER:
            cut = self._of_members(question)
            total = await self._numbers.members.count(self._channels, cut, most)
        else:
            total = await self._numbers.orders.count(
                self._channels, self._of_orders(question), most
            )
        if total > MOST_LISTED:
            raise _too_many(f"more than {MOST_LISTED} rows are there")
        return total

    async def _page(self, question: Question, window: _Window) -> list[Any]:
        cut = Cut(window.by, descending=window.descending, limit=window.size, offset=window.start)
        numbers = await self._cut(question, cut)
        kept = await self.records(question, numbers)
        return [kept[number] for number in numbers if number in kept]

    async def _scanned(
        self, question: Question, window: _Window, tests: Sequence[Test]
    ) -> tuple[list[Any], int]:
        by = "id" if window.by == "modified" else window.by
        cut = Cut(by, descending=window.descending, limit=MOST_SCANNED + 1, offset=0)
        numbers = await self._cut(question, cut)
        if len(numbers) > MOST_SCANNED:
            raise _too_many(f"more than {MOST_SCANNED} rows would be looked through")
        records = await self.records(question, numbers)
        found = [records[number] for number in numbers if number in records]
        found = [one for one in found if all(test(one) for test in tests)]
        if window.by == "modified":
            found.sort(key=lambda one: one.updated_at or _NO_MOMENT, reverse=window.descending)
        return found[window.start : window.start + window.size], len(found)

    async def _cut(self, question: Question, cut: Cut) -> list[str]:
        if question.resource.capability is Capability.MEMBER:
            asked = self._of_members(question)
            return await self._numbers.members.cut(self._channels, cut, asked)
        return await self._numbers.orders.cut(self._channels, cut, self._of_orders(question))

    def _of_members(self, question: Question) -> MemberCut:
        include = question.several("include") or None
        return MemberCut(include=include, exclude=question.several("exclude"))

    def _of_orders(self, question: Question) -> OrderCut:
        buyer = question.first("customer")
        return OrderCut(
            include=question.several("include") or None,
            exclude=question.several("exclude"),
            holder=buyer if buyer not in (None, "0") else None,
            guests=buyer == "0",
            after=self._moment(question, "after"),
            before=self._moment(question, "before"),
        )

    def _tests(self, question: Question) -> list[Test]:
        """What the copy is not kept by."""
        if question.resource.capability is Capability.MEMBER:
            return _of_customers(question)
        if question.first("search"):
            raise wrong("search", "the platform's copy of orders is not searched")
        tests: list[Test] = []
        wanted = question.several("status")
        if wanted and "any" not in wanted:
            tests.append(lambda one: bool(one.source_status) and one.source_status[0] in wanted)
        since = self._moment(question, "modified_after")
        until = self._moment(question, "modified_before")
        if since is not None:
            tests.append(lambda one: one.updated_at is not None and one.updated_at > since)
        if until is not None:
            tests.append(lambda one: one.updated_at is not None and one.updated_at < until)
        return tests

    def _moment(self, question: Question, name: str) -> datetime | None:
        """A bound in the site's time; with `dates_are_gmt` what has no zone is GMT."""
        text = question.first(name)
        if text is None:
            return None
        gmt = (question.first("dates_are_gmt") or "").lower() in ("true", "1")
        zone = UTC if gmt else self._zones[self._channels[0]]
        try:
            moment = datetime.fromisoformat(text)
            zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError) as exc:  # none, or in no year that there is
            raise wrong(name, "no date") from exc


def _too_many(told: str) -> CompatRefused:
    return CompatRefused(400, "santong_too_many", f"{told}; narrow the question")


def _of_customers(question: Question) -> list[Test]:
    tests: list[Test] = []
    role = question.first("role") or "customer"
    if role != "all":
        tests.append(lambda one: one.source_status[:1] == (role,))
    if email := (question.first("email") or "").lower():
        tests.append(lambda one: (one.contact.email or "").lower() == email)
    if text := (question.first("search") or "").strip().lower():
        tests.append(lambda one: text in _searched(one))
    return tests


def _searched(one: Membership) -> str:
    """What the shop looks through: the log-in name, where it is held, and the address."""
    contact = one.contact
    name = (contact.phone or "").removeprefix("+86") if contact.phone_verified else ""
    return f"{name} {contact.email or ''}".lower()


def _window(question: Question) -> _Window:
    of_people = question.resource.capability is Capability.MEMBER
    asked = question.first("orderby") or ("id" if of_people else "date")
    by = _DATES.get(asked, asked if asked == "modified" and not of_people else "")
    if not by:
        raise wrong("orderby", "the platform orders by id and by date alone")
    way = question.first("order") or ("asc" if of_people else "desc")
    if way not in ("asc", "desc"):
        raise wrong("order", "asc or desc")
    size = _number(question, "per_page", 10)
    if not 1 <= size <= _MOST_PAGE:
        raise wrong("per_page", "1 to 100")
    start = (question.page - 1) * size
    if question.first("offset") is not None:
        start = _number(question, "offset", 0)
    return _Window(by=by, descending=way == "desc", size=size, start=start)


def _number(question: Question, name: str, default: int) -> int:
    text = question.first(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise wrong(name, "a whole number")
    return int(text)
