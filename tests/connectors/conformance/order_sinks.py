"""What every system that takes orders promises, as checks that are run against each of them.

`System` is what a case says of its own; a check gets it and the opened connector. A sink of a
mutant must fail at least one of them (`test_order_sink_mutants.py`).
"""

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from msgspec.structs import replace

from capabilities.errors import ChannelError, Refused
from capabilities.money import Money
from capabilities.order.ports import OrderSink
from capabilities.order.records import Discount, OrderFilter, OrderStatus
from capabilities.order.writing import DraftLine, LinePart, OrderDraft, OrderWrite, OrderWriteKind
from capabilities.page import PageAsk

_TURNS = itertools.count(1)
Kind = OrderWriteKind


def write(system, kind, number=None, **more):
    """A change with a reference of its own."""
    return OrderWrite(
        kind=kind, reference=uuid4().hex, channel=system.channel, number=number, **more
    )


async def listed(sink, system, **more):
    """The newest orders of the system's channel."""
    ask = PageAsk(first=40, channels=(system.channel,))
    return await sink.search_orders(OrderFilter(channels=frozenset({system.channel}), **more), ask)


async def sold_before(sink, system):
    """An order of the system, for the codes of its goods."""
    page = await listed(sink, system)
    return next(one for one in page.rows if one.lines and all(line.codes for line in one.lines))


def yuan(minor):
    return Money(minor, "CNY")


async def draft(sink, system, lines=2, **more):
    """An order of goods that the system knows: 2 of the first at 22.60, 1 of each other."""
    known = await sold_before(sink, system)
    goods = {line.raw_sku: line for line in known.lines}
    first = next(iter(goods.values()))
    made = [
        DraftLine(
            ref=str(place + 1),
            raw_sku=first.raw_sku,
            codes=first.codes,
            name=first.name,
            quantity=Decimal(2 - (place > 0)),
            unit_price=yuan(2260),
            total=yuan(4520 - 2260 * (place > 0) - 100 * (place == 0)),
            discounts=(Discount(amount=yuan(100)),) if place == 0 else (),
        )
        for place in range(lines)
    ]
    total = yuan(sum(one.total.minor for one in made))
    facts = {"placed_at": datetime.now(UTC), "store_code": known.store_code, **more}
    return OrderDraft(currency="CNY", lines=tuple(made), total=total, **facts)


async def placed(sink, system, **more):
    """An order that stands; its number and the wish."""
    wish = write(system, Kind.PLACE, draft=await draft(sink, system, **more))
    done = await sink.write_order(wish)
    return done.number, wish


async def it_is_a_sink_of_what_it_declares(system, sink):
    assert isinstance(sink, OrderSink)
    assert OrderSink in sink.abilities
    assert sink.order_write_kinds == system.kinds
    texts = {Kind.NOTE, Kind.SERVICE_REQUEST} & system.kinds
    assert set(sink.text_limits) == texts


async def what_is_placed_is_read_as_it_was_written(system, sink):
    number, wish = await placed(sink, system)
    (found,) = await sink.orders([number])
    assert found.number == number
    assert found.channel == system.channel
    assert [one.quantity for one in found.lines] == [Decimal(2), Decimal(1)]
    assert found.total == wish.draft.total
    assert await sink.written_order(wish) is not None


async def a_reference_finds_its_own_order_and_no_other(system, sink):
    number, wish = await placed(sink, system)
    done = await sink.written_order(wish)
    assert done.number == number
    assert await sink.written_order(write(system, Kind.PLACE, draft=wish.draft)) is None


async def an_answer_that_is_lost_is_looked_up_and_nothing_stands_twice(system, sink):
    await placed(sink, system)  # a connection that works
    for lose in system.losses:
        wish = write(system, Kind.PLACE, draft=await draft(sink, system))
        before = await system.count()
        with lose():
            with pytest.raises(ChannelError) as lost:
                await sink.write_order(wish)
            assert not isinstance(lost.value, Refused)
        done = await sink.written_order(wish)
        assert done is not None
        assert await system.count() == before + 1


async def what_never_arrived_is_found_by_nobody(system, sink):
    wish = write(system, Kind.PLACE, draft=await draft(sink, system))
    before = await system.count()
    with system.away(), pytest.raises(ChannelError):
        await sink.write_order(wish)
    assert await sink.written_order(wish) is None
    assert await system.count() == before
    assert (await sink.write_order(wish)).number


async def one_write_is_one_call_that_changes(system, sink):
    """A sink that tries again by itself makes two of one where the first answer was lost."""
    await placed(sink, system)  # a connection that works
    wish = write(system, Kind.PLACE, draft=await draft(sink, system))
    before = await system.count()
    with system.losses[0](), pytest.raises(ChannelError):
        await sink.write_order(wish)
    assert await system.count() == before + 1


async def a_draft_that_is_refused_leaves_nothing(system, sink):
    wish = write(system, Kind.PLACE, draft=await draft(sink, system))
    (first, *others) = wish.draft.lines
    codes = tuple(type(one)(one.kind, "99999999") for one in first.codes)
    lines = (*others, replace(first, codes=codes, raw_sku="nothing-of-ours"))
    bad = replace(wish, draft=replace(wish.draft, lines=lines))
    before = await system.count()
    with pytest.raises(Refused):
        await sink.write_order(bad)
    assert await system.count() == before
    assert await sink.written_order(bad) is None


async def a_cancelled_order_is_cancelled_wholly_and_once(system, sink):
    number, _ = await placed(sink, system)
    wish = write(system, Kind.CANCEL, number)
    assert await sink.written_order(wish) is None
    assert (await sink.write_order(wish)).number == number
    (found,) = await sink.orders([number])
    assert found.status is OrderStatus.CANCELLED
    assert (await sink.written_order(wish)).number == number


async def a_return_is_a_document_of_its_own(system, sink):
    number, placing = await placed(sink, system)
    (order,) = await sink.orders([number])
    part = LinePart(ref=order.lines[0].ref, quantity=Decimal(1), amount=yuan(2210))
    wish = write(system, Kind.RETURN, number, lines=(part,), amount=yuan(2210), restock=True)
    assert await sink.written_order(wish) is None
    done = await sink.write_order(wish)
    assert (done.number, bool(done.document)) == (number, True)
    assert await sink.written_order(wish) == done
    assert (await sink.written_order(placing)).number == number


async def nothing_is_changed_under_a_number_that_is_nobodys(system, sink):
    for kind in sorted(system.kinds - {Kind.PLACE, Kind.RETURN}, key=lambda one: one.value):
        wish = write(system, kind, system.nobodys, text="x", wanted="GIFT_CARD_NOTE")
        assert await sink.write_order(wish) is None


async def a_text_survives_the_round_trip(system, sink):
    texts = {Kind.NOTE, Kind.SERVICE_REQUEST} & system.kinds
    for kind in sorted(texts, key=lambda one: one.value):
        number = await system.open_order(sink)
        first = write(system, kind, number, text="生日快乐！送给林小满", wanted="GIFT_CARD_NOTE")
        assert await sink.written_order(first) is None
        assert (await sink.write_order(first)).number == number
        kept = await sink.written_order(first)
        assert kept is not None, "the text does not stand there whole"
        assert kept.number == number
        (found,) = await sink.orders([number])
        assert any("生日快乐！送给林小满" in note for note in found.notes)
        again = write(system, kind, number, text="第二张卡", wanted="GIFT_CARD_NOTE")
        assert await sink.write_order(again)
        assert await sink.written_order(first)
        assert await sink.written_order(again)


async def a_text_that_does_not_fit_is_refused_before_it_is_sent(system, sink):
    for kind, limit in sink.text_limits.items():
        number = await system.open_order(sink)
        calls = await system.calls()
        wish = write(system, kind, number, text="长" * (limit.characters + 1), wanted="X")
        with pytest.raises(Refused) as fault:
            await sink.write_order(wish)
        assert fault.value.code == "TEXT_TOO_LONG"
        if limit.basic_plane:
            with pytest.raises(Refused) as fault:
                await sink.write_order(write(system, kind, number, text="𠮷", wanted="X"))
            assert fault.value.code == "TEXT_NOT_HELD"
        assert await system.calls() == calls


async def a_card_comes_too_late_behind_picking(system, sink):
    if Kind.SERVICE_REQUEST not in system.kinds:
        return
    number = await system.picked_order(sink)
    with pytest.raises(Refused) as fault:
        await sink.write_order(
            write(system, Kind.SERVICE_REQUEST, number, text="晚了", wanted="GIFT_CARD_NOTE")
        )
    assert fault.value.code == "TOO_LATE"


async def what_it_does_not_take_is_refused_by_name(system, sink):
    for kind in set(Kind) - system.kinds:
        with pytest.raises(Refused) as fault:
            await sink.write_order(write(system, kind, system.nobodys, text="x"))
        assert fault.value.code == "CHANNEL_UNSUPPORTED"


async def a_value_is_never_part_of_what_is_asked(system, sink):
    number = await system.open_order(sink)
    for kind in sorted({Kind.NOTE} & system.kinds, key=lambda one: one.value):
        text = "'); DROP TABLE ospos_sales; -- {reference} $filter=1 %0d%0a"
        wish = write(system, kind, number, text=text)
        assert await sink.write_order(wish)
        assert await sink.written_order(wish)


CHECKS = (
    it_is_a_sink_of_what_it_declares,
    what_is_placed_is_read_as_it_was_written,
    a_reference_finds_its_own_order_and_no_other,
    an_answer_that_is_lost_is_looked_up_and_nothing_stands_twice,
    what_never_arrived_is_found_by_nobody,
    one_write_is_one_call_that_changes,
    a_draft_that_is_refused_leaves_nothing,
    a_cancelled_order_is_cancelled_wholly_and_once,
    a_return_is_a_document_of_its_own,
    nothing_is_changed_under_a_number_that_is_nobodys,
    a_text_survives_the_round_trip,
    a_text_that_does_not_fit_is_refused_before_it_is_sent,
    a_card_comes_too_late_behind_picking,
    what_it_does_not_take_is_refused_by_name,
    a_value_is_never_part_of_what_is_asked,
)
