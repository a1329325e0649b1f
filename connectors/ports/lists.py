"""Pages of records: which filters the source answers, and walks that fill the pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Refused
from capabilities.page import PageAsk, SourcePage, joined
from connectors.manifest.model import Section, Ties
from connectors.ports.port import Bound, Port, together
from connectors.ports.walk import Read, Rules, Walk, read_row
from connectors.ports.wanted import Batch, Wanted

_ALL = ""
# The source's word for a channel that every row belongs to.
_EVERY = "*"
# No system has rows outside; a moment too near the end of the calendar has no local time.
_EARLIEST, _LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Filters(Protocol):
    """What all filters of records have."""

    @property
    def fields(self) -> frozenset[str]:
        """The filters in use."""

    def accepts(self, record: Any, /) -> bool:
        """Whether a record belongs to the list."""


class Asked(Struct, frozen=True, kw_only=True):
    """A filter taken apart: the values of each field, and the window of time."""

    filters: Filters
    channels: frozenset[str] | None
    values: Mapping[str, frozenset[Any] | None] = {}
    since: datetime | None = None
    until: datetime | None = None


def filter_names(section: Section) -> frozenset[str]:
    """The filters that a section answers, by itself or by a bounded scan."""
    return frozenset(section.search.filters if section.search is not None else ())


async def search(port: Port, name: str, section: str, asked: Asked, ask: PageAsk) -> Any:
    """A page of whole channels."""
    bound = port._bound[section]  # noqa: SLF001 - ports are one family
    async with port._observed(name, 1), port._deadline():  # noqa: SLF001 - as above
        pages = await _pages(port, bound, asked, ask, None)
    return pages[_ALL]


async def by_customer(
    port: Port, bound: Bound, asked: Asked, ask: PageAsk, customers: Sequence[str]
) -> Mapping[str, SourcePage[Any]]:
    """A page for each customer."""
    return await _pages(port, bound, asked, ask, customers)


async def _pages(
    port: Port, bound: Bound, asked: Asked, ask: PageAsk, customers: Sequence[str] | None
) -> dict[str, SourcePage[Any]]:
    buckets = [_ALL] if customers is None else list(customers)
    _refuse_unknown(port, bound, asked)
    if customers is None:
        _refuse_scan(port, bound, asked)
    own = _own(bound.at.channels, asked, ask)
    base = _wanted(bound, asked, ask, own, customers)
    parts = [own] if _in_our_order(bound, own) else [{raw: code} for raw, code in own.items()]
    found = await together(
        (
            _walked(
                bound,
                _rules(port, bound, asked, ask, set(part.values()), customers),
                replace(base, channels=part),
                buckets,
            )
            for part in parts
        ),
        at_once=len(parts),
    )
    return {bucket: joined([pages[bucket] for pages in found], ask) for bucket in buckets}


async def _walked(
    bound: Bound, rules: Rules, base: Wanted, buckets: Sequence[str]
) -> dict[str, SourcePage[Any]]:
    if bound.reader.partitioned and base.customers is not None and len(buckets) > 1:
        return await _partitioned(bound, rules, base, buckets)
    walk = Walk(rules, bound.compiled, bound.at, buckets)
    await _go(bound, walk, base)
    return {bucket: walk.page(bucket) for bucket in buckets}


async def _go(bound: Bound, walk: Walk, base: Wanted) -> None:
    while walk.open:
        walk.take(await bound.reader.rows(walk.next(base)))


async def _partitioned(
    bound: Bound, rules: Rules, base: Wanted, buckets: Sequence[str]
) -> dict[str, SourcePage[Any]]:
    """One read for all, whose limit holds for each; only who needs more is read alone."""
    walks = {bucket: Walk(rules, bound.compiled, bound.at, [bucket]) for bucket in buckets}
    first = replace(next(iter(walks.values())).next(base), customers=base.customers)
    batch = await bound.reader.rows(first)
    ours = bound.compiled.pairs(batch.rows, bound.at)
    by_owner: dict[str | None, list[Read]] = {}
    for row, record in ours:
        by_owner.setdefault(record.customer, []).append(read_row(row, record))
    # A row of a channel that is not ours says of nobody whether more comes.
    enough = first.limit - (len(batch.rows) - len(ours))
    for bucket, walk in walks.items():
        own = by_owner.get(bucket, [])
        rows = [read.row for read in own]
        part = Batch(rows=rows, exhausted=len(own) < enough, whole_ties=batch.whole_ties)
        walk.take(part, own)
    more = (_go(bound, walk, base) for walk in walks.values() if walk.open)
    await together(more, at_once=rules.limits.max_concurrent)
    return {bucket: walk.page(bucket) for bucket, walk in walks.items()}


def _refuse_unknown(port: Port, bound: Bound, asked: Asked) -> None:
    known = filter_names(bound.compiled.section)
    for name in sorted(asked.filters.fields - known):
        message = f"this list has no filter {name!r}; valid: {', '.join(sorted(known)) or 'none'}"
        raise Refused(message, source=port.spec.name, code="FILTER_UNSUPPORTED")


def _refuse_scan(port: Port, bound: Bound, asked: Asked) -> None:
    """A question that would read the system's whole table is not asked."""
    search = bound.compiled.section.search
    missing = () if search is None else search.missing(asked.filters.fields)
    if missing:
        choices = "; or ".join(" with ".join(names) for names in missing)
        message = f"without an index its system would read a whole table; add {choices}"
        raise Refused(message, source=port.spec.name, code="FILTER_REQUIRED")


def _own(channels: Mapping[str, str], asked: Asked, ask: PageAsk) -> dict[str, str]:
    """The source's words for the channels asked."""
    codes = frozenset(ask.channels) & (asked.channels or frozenset(ask.channels))
    return {raw: code for raw, code in channels.items() if code in codes}


def _in_our_order(bound: Bound, own: Mapping[str, str]) -> bool:
    """Whether the source's order of its channels is that of our codes, where it matters."""
    order = bound.compiled.section.order
    if order is None or order.channel is None:
        return bool(own)
    codes = [own[raw] for raw in sorted(own)]
    return bool(own) and codes == sorted(set(codes)) and len(codes) == len(set(codes))


def _rules(
    port: Port,
    bound: Bound,
    asked: Asked,
    ask: PageAsk,
    codes: set[str],
    customers: Sequence[str] | None,
) -> Rules:
    order = bound.compiled.section.order
    bucket: Callable[[Any], str | None]
    bucket = (lambda _: _ALL) if customers is None else (lambda record: record.customer)
    scans = _scans(bound, asked, codes)
    accepts: Callable[[Any], bool] = lambda record: record.channel in codes  # noqa: E731
    if asked.channels is not None or asked.filters.fields:
        accepts = lambda record: record.channel in codes and asked.filters.accepts(record)  # noqa: E731
    return Rules(
        ask=ask,
        accepts=accepts,
        bucket=bucket,
        scans=scans,
        keyset=order is not None and order.ties is Ties.KEYSET,
        page_max=order.page_max if order is not None else 100,
        limits=port.spec.limits,
        counts=not scans and _counts(bound, asked, customers),
    )


def _counts(bound: Bound, asked: Asked, customers: Sequence[str] | None) -> bool:
    """Whether the source counts what is asked: all rows of one channel, or of one person there.

    Words for filters and windows of time may be wider than what they stand for, and a system that
    knows several channels also counts rows of those that nobody asks for.
    """
    one = customers is None or len(customers) == 1
    return one and _EVERY in bound.at.channels and not asked.filters.fields


def _scans(bound: Bound, asked: Asked, codes: set[str]) -> bool:
    """Whether a part of the question is answered by looking at every row."""
    section = bound.compiled.section
    filters = section.search.filters if section.search is not None else {}
    pushed = _pushed(section, asked)
    in_vain = any(
        not filters[name].window and filters[name].push not in pushed
        for name in asked.filters.fields
    )
    some = not bound.reader.pushes_channels and codes != set(bound.at.channels.values())
    return in_vain or some or section.keep is not None


def _wanted(
    bound: Bound,
    asked: Asked,
    ask: PageAsk,
    own: Mapping[str, str],
    customers: Sequence[str] | None,
) -> Wanted:
    return Wanted(
        channels=own,
        newest_first=ask.newest_first,
        limit=ask.first,
        since=_within_calendar(asked.since),
        until=_within_calendar(asked.until),
        pushed=_pushed(bound.compiled.section, asked),
        customers=None if customers is None else tuple(customers),
    )


def _within_calendar(moment: datetime | None) -> datetime | None:
    return None if moment is None else min(max(moment, _EARLIEST), _LATEST)


def _pushed(section: Section, asked: Asked) -> dict[str, Sequence[str]]:
    """The filters in use that the source answers itself, in its own words."""
    found: dict[str, Sequence[str]] = {}
    for name, one in (section.search.filters if section.search is not None else {}).items():
        wanted = asked.values.get(name)
        if one.push is None or wanted is None:
            continue
        words = [value.name if isinstance(value, Enum) else str(value) for value in wanted]
        if not one.values:
            found[one.push] = sorted(words)
        elif all(word in one.values for word in words):
            found[one.push] = sorted({raw for word in words for raw in one.values[word]})
    return found
