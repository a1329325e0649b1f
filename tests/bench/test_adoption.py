"""The bench of adoption: whom percentages move, what an interval is, and what a sync reads."""

from itertools import pairwise

from bench.adoption.moved import STEPS, guinea_pigs, steps
from bench.adoption.rounds import Compared, compared
from bench.upstream import members
from bench.upstream.rows import customer_row
from bench.upstream.whole import LISTED, ORDERED, listed_customers, listed_orders


def test_a_step_moves_nobody_against_it_and_as_many_as_it_is_large():
    found = steps(20_000)
    assert [(one.before, one.after) for one in found] == list(pairwise(STEPS))
    for one in found:
        assert one.against == 0
        assert abs(one.moved - one.fewest) < 0.1 * one.fewest + 50
    there = [one for one in found if one.after > one.before]
    back = [one for one in found if one.after < one.before]
    assert sum(one.moved for one in there) == sum(one.moved for one in back) == 20_000


def test_who_goes_first_for_members_is_not_who_goes_first_for_orders():
    assert guinea_pigs(20_000, 500) < 0.1


def test_the_interval_leaves_the_outermost_rounds_out():
    found = Compared(tuple(float(one) for one in (5, 1, 2, 9, 3, 4, 6, 8, 7, 100)))
    assert (found.median, found.interval) == (5.5, (2.0, 9.0))
    told = compared([{"p50_ms": 2.0}], [{"p50_ms": 3.0}], "p50_ms")
    assert (told.median, told.interval) == (1.5, (1.5, 1.5))


def test_a_list_gives_every_customer_once_in_either_direction():
    onward = _walked(1, b"asc")
    assert onward == [customer_row(1, one) for one in range(LISTED)]
    assert _walked(1, b"desc") == onward[::-1]


def _walked(system, direction):
    found = []
    for offset in range(0, LISTED + 300, 300):
        params = {b"offset": b"%d" % offset, b"limit": b"300", b"direction": direction}
        found += listed_customers(system, params)
    return found


def test_a_list_of_orders_begins_where_it_is_asked_to():
    whole = listed_orders(0, {b"limit": b"100000"})
    assert len(whole) == ORDERED * members.ORDERS
    minute = 200 * 24 * 60
    moment = f"{members.day(minute)}T{members.clock(minute)}:00".encode()
    early = listed_orders(0, {b"limit": b"100000", b"until": moment})
    late = listed_orders(0, {b"limit": b"100000", b"since": moment})
    assert early + late == whole
    assert early
    assert late
