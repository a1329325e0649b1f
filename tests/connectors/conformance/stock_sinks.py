"""What a system promises whose stock can be set: checks that are run against each of them."""

import pytest

from capabilities.errors import ChannelError, Refused
from capabilities.flash.ports import StockSink


async def it_is_a_sink_of_what_it_declares(system, sink):
    assert isinstance(sink, StockSink)
    assert StockSink in sink.abilities
    assert sink.stock_code == "sku"


async def what_is_pushed_is_read_back(system, sink):
    for code in system.codes:
        assert await sink.push_stock(code, 7, f"r-{code}") is True
        level = await sink.stock_level(code)
        assert level.left == 7
        assert level.reference == (f"r-{code}" if system.keeps_references else None)


async def a_push_sets_and_does_not_add(system, sink):
    code, other = system.codes
    await sink.push_stock(other, 2, "r0")
    await sink.push_stock(code, 5, "r1")
    await sink.push_stock(code, 3, "r2")
    assert (await sink.stock_level(code)).left == 3
    assert (await sink.stock_level(other)).left == 2
    await sink.push_stock(code, 0, "r3")
    assert (await sink.stock_level(code)).left == 0


async def what_is_not_there_is_no_error(system, sink):
    assert await sink.stock_level("nobody's-code") is None
    assert await sink.push_stock("nobody's-code", 5, "r4") is False


async def what_is_sold_there_is_less(system, sink):
    (code, _) = system.codes
    await sink.push_stock(code, 6, "r5")
    assert await system.sell(code, 2) == 2
    assert (await sink.stock_level(code)).left == 4


async def a_push_is_one_call_that_changes(system, sink):
    (code, _) = system.codes
    await sink.push_stock(code, 1, "r6")
    await system.control("push_fault", modes=["lost"])
    with pytest.raises(ChannelError) as lost:
        await sink.push_stock(code, 9, "r7")
    assert not isinstance(lost.value, Refused)
    assert (await sink.stock_level(code)).left == 1


async def what_was_done_and_not_confirmed_is_seen(system, sink):
    (code, _) = system.codes
    await system.control("push_fault", modes=["unconfirmed"])
    with pytest.raises(ChannelError):
        await sink.push_stock(code, 8, "r8")
    level = await sink.stock_level(code)
    assert level.left == 8
    assert level.reference in (None, "r8")


async def a_code_is_never_part_of_what_is_asked(system, sink):
    for code in ("x&sku=", "{units}", "../orders", "a,b", "' OR ''='"):
        assert await sink.stock_level(code) is None


CHECKS = (
    it_is_a_sink_of_what_it_declares,
    what_is_pushed_is_read_back,
    a_push_sets_and_does_not_add,
    what_is_not_there_is_no_error,
    what_is_sold_there_is_less,
    a_push_is_one_call_that_changes,
    what_was_done_and_not_confirmed_is_seen,
    a_code_is_never_part_of_what_is_asked,
)
