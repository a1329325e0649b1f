"""Samples: what stands in them helps to find a defect and names nobody."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.hidden import key_hash, samples
from capabilities.adoption.tally import PAIRS, Tally
from capabilities.estate import Capability
from capabilities.member.records import Contact, MembershipStatus, Points
from capabilities.money import Money
from tests.capabilities.adoption.defects import change
from tests.capabilities.adoption.pairs import NOON, PLATFORM, chance_of, record

SECRET = b"a secret of thirty-two characters"


def sampled(legacy, platform, capability=Capability.MEMBER):
    pair = compare(Subject("shop", capability, "v1"), legacy.number, legacy, platform, NOON)
    return {one.field: one for one in samples(pair, SECRET)}


def test_what_is_personal_is_masked_and_equal_values_have_equal_hashes():
    legacy = record(chance_of(1), Capability.MEMBER)
    other = replace(legacy, contact=Contact(name="欧阳明", phone="13900001234"), source=PLATFORM)
    found = sampled(legacy, other)
    assert found["contact.phone"].platform == "139****1234"
    assert found["contact.name"].platform == "欧**"
    again = sampled(legacy, replace(other, contact=Contact(phone="+86 139 0000 1234")))
    assert again["contact.phone"].platform_hash == found["contact.phone"].platform_hash
    assert found["contact.phone"].legacy_hash != found["contact.phone"].platform_hash
    assert found["contact.email"].platform is None
    assert found["contact.email"].platform_hash is None


@pytest.mark.parametrize("seed", range(20))
def test_no_value_of_a_person_stands_in_a_sample(seed):
    legacy = record(chance_of(seed), Capability.MEMBER)
    nothing = replace(legacy, contact=Contact(), native=None, source=PLATFORM)
    told = msgspec.json.encode(list(sampled(legacy, nothing).values())).decode()
    contact = legacy.contact
    for value in (contact.name, contact.phone, contact.email, contact.card_number, legacy.number):
        assert value not in told
    assert all(one.value not in told for one in contact.identities if len(one.value) > 1)


def test_words_of_closed_lists_and_how_far_numbers_and_moments_lie_apart_are_shown():
    legacy = replace(record(chance_of(2), Capability.MEMBER), status=MembershipStatus.ACTIVE)
    other = replace(
        legacy,
        status=MembershipStatus.CLOSED,
        joined_at=legacy.joined_at + timedelta(hours=8),
        points=Points(available=legacy.points.available - 50, pending=legacy.points.pending),
        source=PLATFORM,
    )
    found = sampled(legacy, other)
    assert (found["status"].legacy, found["status"].platform) == ("ACTIVE", "CLOSED")
    assert found["joined_at"].apart == "+28800 s"
    assert found["points.available"].apart == "-50"
    assert set(found["points.available"].legacy) == {"9"}


def test_money_shows_its_shape_and_the_difference():
    legacy = record(chance_of(3), Capability.ORDER)
    other = change(legacy, ["money", "total"], lambda _: Money(12_345, "CNY"))
    one = sampled(legacy, other, Capability.ORDER)["money.total"]
    assert one.platform == "999.99 CNY"
    assert one.apart == f"{Money(12_345, 'CNY').amount - legacy.money.total.amount:+}"


def test_the_hash_of_a_key_depends_on_the_secret_and_on_whose_key_it_is():
    names = {
        key_hash(secret, channel, capability, "7")
        for secret in (SECRET, b"another")
        for channel in ("shop", "pos")
        for capability in (Capability.MEMBER, Capability.ORDER)
    }
    assert len(names) == 8


def test_a_tally_counts_pairs_and_fields_and_keeps_few_samples_of_a_kind():
    tally, legacy = Tally(SECRET), record(chance_of(4), Capability.MEMBER)
    other = replace(legacy, points=Points(available=-1, pending=legacy.points.pending))
    subject = Subject("shop", Capability.MEMBER, "v1")
    for number in range(50):
        at = NOON + timedelta(milliseconds=number)
        tally.add(compare(subject, str(number), legacy, other, at))
    counts, some, _ = tally.drain()
    assert {(one.field, one.critical): span.count for one, span in counts.items()} == {
        (PAIRS, True): 50,
        ("points.available", True): 50,
    }
    assert {span.last - span.first for span in counts.values()} == {timedelta(milliseconds=49)}
    assert len(some) == 5
    assert tally.drain() == ({}, [], [])


def test_a_pair_that_was_drawn_several_times_counts_as_often_and_is_told_once():
    tally, legacy = Tally(SECRET), record(chance_of(5), Capability.MEMBER)
    other = replace(legacy, points=Points(available=-1, pending=legacy.points.pending))
    subject = Subject("shop", Capability.MEMBER, "v1")
    tally.add(compare(subject, "1", legacy, other, NOON), times=17)
    tally.add(compare(subject, "2", legacy, legacy, NOON), times=17)
    counts, some, told = tally.drain()
    assert {span.count for span in counts.values()} == {17}
    assert len(some) == len(told) == 1
