from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from capabilities.member.person import (
    SHARED_PHONE_LIMIT,
    derive_one_id,
    group_by_person,
    lead_identity,
    membership_identity,
    phone_identity,
    shared_phones,
)
from capabilities.member.records import Contact, IdentityKind, Membership
from capabilities.sources import SourceRef

KEY = b"k" * 32
_START = datetime(2026, 1, 1, tzinfo=UTC)


def membership(channel, number, phone=None, days=0, *, verified=True):
    return Membership(
        channel=channel,
        number=number,
        joined_at=_START + timedelta(days=days),
        contact=Contact(name="林小满", phone=phone, phone_verified=verified),
        source=SourceRef(connector="c", system="s", external_id=number),
    )


def test_one_phone_in_three_spellings_is_one_person():
    found = [
        membership("tmall", "1", "+86 139-1234-5678"),
        membership("shop", "2", "139 1234 5678", 1),
        membership("store", "3", "13912345678", 2),
    ]
    groups = group_by_person(found)
    assert [len(group) for group in groups.values()] == [3]
    assert next(iter(groups)) == phone_identity("+8613912345678")


def test_the_order_of_arrival_changes_nothing():
    found = [
        membership("tmall", "1", "13912345678"),
        membership("shop", "2", "13912345678", 1),
        membership("store", "3", None, 2),
    ]
    results = [group_by_person(list(order)) for order in permutations(found)]
    assert all(result == results[0] for result in results)


def test_virtual_unverified_and_blocked_phones_join_nobody():
    found = [
        membership("shop", "1", "18877771111-123"),
        membership("shop", "2", "18877771111-123"),
        membership("shop", "3", "13912345678", verified=False),
        membership("store", "4", "13912345678"),
        membership("store", "5", "13800000000"),
        membership("shop", "6", "13800000000"),
    ]
    assert len(group_by_person(found)) == 6


def test_a_counter_s_phone_is_shared_and_joins_nobody():
    crowd = [membership("store", str(n), "13912345678") for n in range(SHARED_PHONE_LIMIT + 1)]
    shared = shared_phones(crowd)
    assert "+8613912345678" in shared
    assert len(group_by_person(crowd, shared)) == len(crowd)


def test_a_few_memberships_of_one_channel_are_still_one_person():
    few = [membership("store", str(n), "13912345678") for n in range(SHARED_PHONE_LIMIT)]
    assert len(group_by_person(few, shared_phones(few))) == 1


@given(st.lists(st.sampled_from(["13912345678", "13712345678", None, "x"]), max_size=12))
def test_no_membership_is_lost_or_doubled(phones):
    found = [membership("shop", str(n), phone) for n, phone in enumerate(phones)]
    grouped = [one for group in group_by_person(found).values() for one in group]
    assert sorted(one.number for one in grouped) == sorted(one.number for one in found)


def test_an_id_depends_on_key_brand_and_identity_and_shows_no_phone():
    lead = phone_identity("+8613912345678")
    one_id = derive_one_id(KEY, "baiwei", lead)
    assert one_id == derive_one_id(KEY, "baiwei", lead)
    assert one_id != derive_one_id(b"x" * 32, "baiwei", lead)
    assert one_id != derive_one_id(KEY, "other", lead)
    assert "139" not in one_id or "12345678" not in one_id
    assert len(one_id) == 24


def test_a_membership_without_a_phone_is_its_own_person():
    alone = membership("store", "9")
    assert lead_identity(alone) == membership_identity(alone)
    assert lead_identity(alone).kind is IdentityKind.SHOP_CUSTOMER


def test_nothing_that_prints_shows_a_person():
    shown = repr(membership("shop", "1", "13912345678")) + repr(phone_identity("+8613912345678"))
    assert "13912345678" not in shown
    assert "林小满" not in shown
