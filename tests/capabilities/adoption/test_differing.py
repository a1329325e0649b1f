"""Differences told one by one: bounded by pair, and what is not told is counted."""

from datetime import timedelta

from msgspec.structs import replace

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.adoption.looking import failed
from capabilities.adoption.tally import Tally
from capabilities.estate import Capability
from capabilities.member.records import Points
from tests.capabilities.adoption.cases import NOON
from tests.capabilities.adoption.pairs import chance_of, record

LEGACY = record(chance_of(6), Capability.MEMBER)
OTHER = replace(LEGACY, points=Points(available=-1, pending=LEGACY.points.pending))


def differ(tally, numbers, channel="shop"):
    subject = Subject(channel, Capability.MEMBER, "v1")
    for number in numbers:
        at = NOON + timedelta(milliseconds=number)
        tally.add(compare(subject, str(number), LEGACY, OTHER, at))


def told(tally):
    return [(one.sample.channel, one.more) for one in tally.drain()[2]]


def test_each_difference_is_told_and_what_is_equal_is_not():
    tally = Tally(b"secret")
    differ(tally, range(7))
    tally.add(compare(Subject("shop", Capability.MEMBER), "7", LEGACY, LEGACY, NOON))
    found = tally.drain()[2]
    assert [(one.sample.field, one.more) for one in found] == [("points.available", 0)] * 7
    assert [one.sample.at for one in found] == sorted(one.sample.at for one in found)
    assert tally.drain()[2] == []


def test_beyond_its_bound_a_pair_says_how_many_more_and_keeps_no_other_out():
    tally = Tally(b"secret")
    differ(tally, range(1_000))
    differ(tally, range(3), channel="pos")
    found = told(tally)
    assert found == [("shop", 0)] * 199 + [("shop", 800)] + [("pos", 0)] * 3


def test_a_pair_that_nobody_could_compare_is_told_with_nothing_to_show():
    tally, subject = Tally(b"secret"), Subject("shop", Capability.MEMBER, "v1")
    for pair in failed(subject, ["1"], NOON).settled:
        tally.add(pair)
    _, some, found = tally.drain()
    assert some == []
    (only,) = [one.sample for one in found]
    assert (only.klass, only.field) == (DiffClass.CANDIDATE_ERROR, WHOLE)
    assert (only.legacy, only.platform, only.legacy_hash) == (None, None, None)
