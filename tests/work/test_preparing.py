"""Batches are compared ahead with what will stand once the one before is taken."""

from contextlib import aclosing
from datetime import UTC, datetime

from capabilities.errors import Garbled
from capabilities.estate import ConnectorSpec
from capabilities.feed import FeedPage, FeedRow
from capabilities.member.records import Membership
from work.batches import Batch
from work.preparing import Preparing

SPEC = ConnectorSpec(name="till", system="s", settings={}, channels={})


class Known:
    """A lease over digests that nobody moves: the batch before is never taken in time."""

    def __init__(self, **digests):
        self._digests = digests

    async def news(self, keys, digests):
        pairs = enumerate(zip(keys, digests, strict=True))
        return [place for place, (key, one) in pairs if self._digests.get(key) != one]


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Plain:
    async def prepare(self, _spec, records, _read_at):
        return [one.number for one in records]

    def fault(self, _record):
        return None


def row(key, digest, *, unfit=False):
    def record():
        if unfit:
            raise Garbled("no", source="till")
        return Membership(channel="till", number=key, source=None)

    return FeedRow(key, digest, record)


def batch(*rows):
    page = FeedPage(rows=rows, position="p", done=False)
    return Batch({one.key: one for one in rows}, (), len(rows), page, NOON)


async def prepared(known, *given):
    async def coming():
        for one in given:
            yield one

    preparing = Preparing(SPEC, Plain(), known, whole=False)
    async with aclosing(preparing.ready(coming())) as reading:
        return [list(ready.prepared) async for ready in reading]


async def test_what_is_known_is_not_prepared():
    assert await prepared(Known(a=b"1"), batch(row("a", b"1"), row("b", b"1"))) == [["b"]]


async def test_a_row_that_changes_back_while_the_change_is_taken_is_new_again():
    told = await prepared(Known(a=b"1"), batch(row("a", b"2")), batch(row("a", b"1")))
    assert told == [["a"], ["a"]]


async def test_a_row_that_changes_back_two_batches_later_is_new_again():
    given = batch(row("a", b"2")), batch(row("b", b"1")), batch(row("a", b"1"))
    assert await prepared(Known(a=b"1"), *given) == [["a"], ["b"], ["a"]]


async def test_a_row_that_comes_twice_is_taken_once():
    told = await prepared(Known(), batch(row("a", b"1")), batch(row("a", b"1"), row("b", b"1")))
    assert told == [["a"], ["b"]]


async def test_a_row_that_does_not_fit_is_tried_whenever_it_comes():
    torn = row("a", b"1", unfit=True)
    told = await prepared(Known(), batch(torn), batch(row("a", b"1")))
    assert told == [[], ["a"]]
