"""Buyers on Taobao and Tmall: known by the id of one shop, without a tier or a name."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from capabilities.errors import Garbled
from capabilities.member.records import Identity, IdentityKind, MembershipStatus
from connectors.manifest import At, load_system

SECTION = load_system("taobao_top").sections["memberships"]


def mapped(channel, **row):
    at = At(
        connector="taobao",
        system="taobao_top",
        version="taobao_top/1",
        channels={"*": channel},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda *_: None,
    )
    return SECTION.record(msgspec.convert({"type": "fixed", **row}, SECTION.row_type), at)


def test_a_buyer_is_a_membership_of_her_shop_and_joins_inside_it_alone():
    found = mapped("tmall", buyer_open_uid="AAH000107x")
    assert (found.channel, found.number) == ("tmall", "AAH000107x")
    assert found.contact.identities == (Identity(IdentityKind.TAOBAO_OUID, "tmall", "AAH000107x"),)
    assert (found.tier, found.points, found.joined_at) == (None, None, None)
    assert found.status is MembershipStatus.UNKNOWN
    assert found.contact.phone is found.contact.name is None
    other = mapped("taobao_outlet", buyer_open_uid="AAH000107x")
    assert set(found.contact.identities).isdisjoint(other.contact.identities)


def test_a_trade_without_a_buyer_is_nobodys_membership():
    with pytest.raises(Garbled, match=r"memberships\.number"):
        mapped("tmall", buyer_open_uid=None)
