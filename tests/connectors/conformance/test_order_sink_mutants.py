"""Sinks with a planted defect fail the suite: a check that nothing can fail proves nothing."""

from contextlib import ExitStack

import pytest
from msgspec.structs import replace

from capabilities.errors import ChannelError, Refused
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from tests.connectors.conformance import order_sinks as suite
from tests.connectors.conformance.order_systems import Shop
from tests.connectors.conformance.subject import ZONE, World


@pytest.fixture(scope="module")
def shop(postgres, tmp_path_factory):
    with ExitStack() as stack:
        yield Shop(World(postgres, tmp_path_factory, stack))


def _repeats(sink, wrote, _):
    """Tries again where no answer came, without a look."""

    async def write(wish):
        try:
            return await wrote(wish)
        except Refused:
            raise
        except ChannelError:
            try:
                return await wrote(wish)
            except ChannelError as exc:
                raise exc from None

    sink.write_order = write


def _forgets(sink, _, __):
    """Finds nothing of what it wrote."""

    async def find(_):
        return None

    sink.written_order = find


def _finds_anything(sink, wrote, looked):
    """Takes any order for its own."""
    seen = []

    async def write(wish):
        seen.append(done := await wrote(wish))
        return done

    async def find(wish):
        return await looked(wish) or (seen[-1] if seen else None)

    sink.write_order, sink.written_order = write, find


def _cuts(sink, wrote, _):
    """Sends what its system holds of a text, and says that it is done."""

    async def write(wish):
        return await wrote(wish if wish.text is None else replace(wish, text=wish.text[:2]))

    sink.write_order = write


def _swallows(sink, wrote, _):
    """Says that it is done where it was refused."""

    async def write(wish):
        try:
            return await wrote(wish)
        except Refused:
            return None

    sink.write_order = write


def _loses_the_document(sink, wrote, _):
    """Forgets under which number a return stands."""

    async def write(wish):
        done = await wrote(wish)
        return done and replace(done, document=None)

    sink.write_order = write


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_repeats, suite.one_write_is_one_call_that_changes),
        (_repeats, suite.an_answer_that_is_lost_is_looked_up_and_nothing_stands_twice),
        (_forgets, suite.an_answer_that_is_lost_is_looked_up_and_nothing_stands_twice),
        (_finds_anything, suite.a_reference_finds_its_own_order_and_no_other),
        (_cuts, suite.a_text_survives_the_round_trip),
        (_swallows, suite.a_draft_that_is_refused_leaves_nothing),
        (_swallows, suite.a_card_comes_too_late_behind_picking),
        (_loses_the_document, suite.a_return_is_a_document_of_its_own),
    ],
    ids=lambda one: one.__name__.strip("_"),
)
async def test_a_defect_is_found(shop, spoil, check):
    sink = await open_connector(shop.spec(), SilentObserver(), zone=ZONE)
    try:
        spoil(sink, sink.write_order, sink.written_order)
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await check(shop, sink)
    finally:
        await sink.aclose()
