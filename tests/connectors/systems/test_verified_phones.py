"""Which phones join people: only those that their source vouches for."""

import pytest

from capabilities.member.records import Contact, Membership
from capabilities.sources import SourceRef
from connectors.systems.woocommerce.mapping import logs_in_by_mobile, phone_of


@pytest.mark.parametrize(
    ("username", "billing", "phone", "verified"),
    [
        ("13912345678", "18811112222", "13912345678", True),
        ("lin.xiaoman", "139 1234 5678", "139 1234 5678", False),
        ("18877771111-123", "13912345678", "13912345678", False),
        ("lin.xiaoman", "", None, False),
        (None, None, None, False),
    ],
)
def test_the_shop_vouches_for_the_mobile_that_one_logs_in_with(username, billing, phone, verified):
    assert phone_of(username, billing) == phone
    assert logs_in_by_mobile(username) is verified


@pytest.mark.parametrize(("verified", "phone"), [(True, "+8613912345678"), (False, None)])
def test_a_phone_that_nobody_vouches_for_is_no_identity(verified, phone):
    membership = Membership(
        channel="shop",
        number="1",
        contact=Contact(phone="139 1234 5678", phone_verified=verified),
        source=SourceRef(connector="woo", system="woocommerce", external_id="1"),
    )
    assert membership.phone == phone


def test_silence_is_no_voucher():
    assert Contact(phone="13912345678").phone_verified is False
