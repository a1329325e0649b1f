"""Two answers compared: every defect is found where it is, and no way of writing is one."""

import os
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from capabilities.adoption.compared_fields import FIELDS, PARTS, UNCOMPARED, field_class
from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.difference import WHOLE, DiffClass, FieldClass
from capabilities.estate import Capability
from capabilities.member.records import Contact, Membership, Points, Tier
from capabilities.order.records import Order, OrderLine, OrderMoney
from capabilities.promotion.records import Promotion
from tests.capabilities.adoption.defects import (
    IN_MEMBERSHIPS,
    IN_ORDERS,
    IN_PROMOTIONS,
    MADE,
    Kind,
    change,
)
from tests.capabilities.adoption.pairs import LEGACY, NOON, PLATFORM, chance_of, record, rewritten

# `make pairs` compares 100,000.
PAIRS = int(os.environ.get("COMPARED_PAIRS", "5000"))
COMPARED = tuple(Capability)
SUBJECTS = {one: Subject("shop", one, "v1") for one in COMPARED}
PLACES = {
    Capability.MEMBER: IN_MEMBERSHIPS,
    Capability.ORDER: IN_ORDERS,
    Capability.PROMOTION: IN_PROMOTIONS,
}
DEFECTS = [
    (capability, kind, field)
    for capability, kinds in PLACES.items()
    for kind, places in kinds.items()
    for field in places
]


def compared(capability, legacy, platform):
    return compare(SUBJECTS[capability], "7", legacy, platform, NOON)


def test_pairs_that_differ_only_in_how_they_are_written_are_equal():
    chance = chance_of(20261127)
    alarms = []
    for place in range(PAIRS):
        capability = COMPARED[place % len(COMPARED)]
        legacy = record(chance, capability)
        pair = compared(capability, legacy, rewritten(chance, legacy))
        if pair.klass is not DiffClass.EQUAL:
            alarms.append([one.field for one in pair.fields])
    assert alarms == []


def test_there_is_a_defect_for_every_kind_and_nearly_every_field():
    assert {kind for _, kind, _ in DEFECTS} == set(Kind)
    for capability in COMPARED:
        seeded = {field for one, _, field in DEFECTS if one is capability}
        left = set(FIELDS[capability]) - seeded
        # flags and precisions, which the next test turns
        assert left == {
            name for name in left if name.endswith(("verified", "included", "gift", "precision"))
        }


@pytest.mark.parametrize(("capability", "kind", "field"), DEFECTS)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_a_defect_is_found_in_its_field_and_in_no_other(capability, kind, field, seed):
    chance = chance_of(seed)
    legacy = record(chance, capability)
    broken = change(legacy, PLACES[capability][kind][field], MADE[kind](chance))
    if broken == legacy:
        return  # such as a list that reads the same backwards
    pair = compared(capability, legacy, rewritten_around(chance, broken))
    assert pair.klass is DiffClass.MISMATCH
    assert field in {one.field for one in pair.fields}
    assert {one.field for one in pair.fields} <= {field, *ALONG.get(field, ())}
    assert {one.of for one in pair.fields if one.field == field} == {field_class(capability, field)}


# A line that is gone takes its own fields along, and a payment its moment.
ALONG = {
    "lines": [name for name in FIELDS[Capability.ORDER] if name.startswith("lines.")],
    "payments": ["payments.paid_at"],
}


def rewritten_around(chance, broken):
    """What is none cannot be written in another way; all the rest is."""
    try:
        return rewritten(chance, broken)
    except (AttributeError, TypeError):
        return replace(broken, source=PLATFORM)


@pytest.mark.parametrize("seed", range(20))
def test_eight_seeded_defects_in_drawn_fields_are_all_found(seed):
    chance = chance_of(seed)
    kinds = chance.sample(list(Kind), 8)
    drawn = []
    for kind in kinds:
        capability = chance.choice([one for one in COMPARED if PLACES[one][kind]])
        drawn.append((capability, kind, chance.choice(sorted(PLACES[capability][kind]))))
    pairs = []
    for number in range(400):  # the defects lie among pairs that are equal
        capability, kind, field = drawn[number // 50] if number % 50 == 0 else (None, None, None)
        of = capability or chance.choice(COMPARED)
        legacy = record(chance, of)
        platform = rewritten(chance, legacy)
        if kind is not None:
            platform = change(legacy, PLACES[of][kind][field], MADE[kind](chance))
        pairs.append((field, compared(of, legacy, replace(platform, source=PLATFORM))))
    for field, pair in pairs:
        found = {one.field for one in pair.fields}
        assert (field in found) if field else found == set()


def test_records_on_one_side_only_are_missing_or_extra_and_none_at_all_is_no_comparison():
    legacy = record(chance_of(1), Capability.ORDER)
    missing = compared(Capability.ORDER, legacy, None)
    assert (missing.klass, missing.store) == (DiffClass.MISSING, legacy.store_code)
    assert [one.field for one in missing.fields] == [WHOLE]
    assert compared(Capability.ORDER, None, legacy).klass is DiffClass.EXTRA
    assert compared(Capability.ORDER, None, None) is None


def test_every_field_of_the_records_is_compared_or_says_why_not():
    for capability, whole, parts in (
        (Capability.MEMBER, Membership, {"tier": Tier, "points": Points, "contact": Contact}),
        (Capability.ORDER, Order, {"money": OrderMoney, "lines": OrderLine}),
        (Capability.PROMOTION, Promotion, {}),
    ):
        named = {one.name for one in fields(whole)} - set(parts)
        for prefix, part in parts.items():
            named |= {f"{prefix}.{one.name}" for one in fields(part)}
        known = {*FIELDS[capability], *UNCOMPARED[capability], "lines.ref"}
        assert named - known == set()
        assert set(UNCOMPARED[capability]) <= named
    assert {one.name for part in PARTS[Capability.ORDER] for one in part.fields} == set(
        FIELDS[Capability.ORDER]
    )


def test_what_is_critical_is_declared():
    critical = {
        (capability, name): field.of
        for capability, known in FIELDS.items()
        for name, field in known.items()
        if field.of.critical
    }
    assert critical[Capability.MEMBER, "points.available"] is FieldClass.POINTS
    assert critical[Capability.MEMBER, "contact.phone"] is FieldClass.PHONE
    assert critical[Capability.MEMBER, "status"] is FieldClass.STATUS
    assert critical[Capability.ORDER, "money.total"] is FieldClass.AMOUNT
    assert critical[Capability.ORDER, "payment_status"] is FieldClass.STATUS
    assert (Capability.ORDER, "notes") not in critical
    assert critical[Capability.PROMOTION, "percent"] is FieldClass.AMOUNT
    assert (Capability.PROMOTION, "used") not in critical


@pytest.mark.parametrize(("apart", "same"), [(0.999, True), (1, False), (-1, False)])
def test_moments_are_the_same_within_a_second(apart, same):
    legacy = replace(record(chance_of(2), Capability.MEMBER), joined_at=NOON)
    platform = replace(legacy, joined_at=NOON + timedelta(seconds=apart), source=PLATFORM)
    assert (compared(Capability.MEMBER, legacy, platform).fields == ()) is same


def test_a_phone_that_is_nobodys_own_is_as_good_as_none():
    legacy = Membership(
        channel="shop", number="7", contact=Contact(phone="021-55551234"), source=LEGACY
    )
    none = replace(legacy, contact=Contact(), source=PLATFORM)
    assert compared(Capability.MEMBER, legacy, none).klass is DiffClass.EQUAL


def test_differences_say_nothing_of_anybody_when_they_are_logged():
    legacy = record(chance_of(3), Capability.MEMBER)
    pair = compared(Capability.MEMBER, legacy, replace(legacy, contact=Contact(), source=PLATFORM))
    told = f"{pair!r} {pair.fields!r}"
    assert legacy.contact.phone not in told
    assert legacy.contact.name not in told
    assert legacy.number not in told


def test_an_order_that_was_merely_looked_at_is_equal():
    """The sync takes no order of which only the time of its change is another."""
    legacy = record(chance_of(1), Capability.ORDER)
    platform = replace(legacy, source=PLATFORM, updated_at=legacy.placed_at)
    pair = compare(Subject("shop", Capability.ORDER), "7", legacy, platform, NOON)
    assert (pair.klass, pair.fields) == (DiffClass.EQUAL, ())
