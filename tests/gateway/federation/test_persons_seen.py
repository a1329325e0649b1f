"""Whether a caller may see a person: yes, no, or not to be known now."""

import pytest

from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.errors import ChannelError, TimedOut, Unavailable
from capabilities.member.records import Member, Membership
from capabilities.sources import SourceRef, SourceReport, SourceStatus, failed
from gateway.federation.scopes import may_see

WELL = SourceReport(name="pos", status=SourceStatus.OK)
SKIPPED = SourceReport(name="woo", status=SourceStatus.SKIPPED)
LATE = failed("pos", TimedOut("no answer within 800 ms"), 800)
DOWN = failed("pos", Unavailable("no connection"), 2)


def _member(*homes, sources=(WELL,)):
    ref = SourceRef(connector="pos", system="ospos", external_id="1")
    own = tuple(
        Membership(channel="store", number=str(number), home_store_code=home, source=ref)
        for number, home in enumerate(homes)
    )
    return Member(brand="b", one_id="x", memberships=own, sources=sources)


def _sees(role, **scope):
    return Visibility(role=role, brand="b", **scope)


GUIDE = _sees(Role.GUIDE, stores=frozenset({"M1", "M2"}))
HERSELF = _sees(Role.CONSUMER, member=MembershipKey("store", "1"))
CASES = {
    "operations see everybody": (_sees(Role.OPERATIONS), _member(None), True),
    "a connector sees nobody": (_sees(Role.CONNECTOR), _member("M1"), False),
    "a guide sees her store's": (GUIDE, _member(None, "M2"), True),
    "a guide sees no other store's": (GUIDE, _member("M3"), False),
    "a guide sees nobody without a store": (GUIDE, _member(None), False),
    "a source that cannot be asked says nothing": (
        GUIDE,
        _member("M3", sources=(WELL, SKIPPED)),
        False,
    ),
    "her store's, whoever else is missing": (GUIDE, _member("M1", sources=(DOWN,)), True),
    "a consumer sees herself": (HERSELF, _member("M3", "M3"), True),
    "a consumer sees nobody else": (HERSELF, _member("M3"), False),
}


@pytest.mark.parametrize(("visibility", "member", "seen"), CASES.values(), ids=CASES)
def test_the_table_of_who_sees_whom(visibility, member, seen):
    assert may_see(visibility, member) is seen


@pytest.mark.parametrize("report", [LATE, DOWN])
def test_with_the_stores_system_missing_it_is_refused_as_a_look_up_of_nobody_is(report):
    with pytest.raises(ChannelError) as caught:
        may_see(GUIDE, _member("M3", sources=(report,)))
    assert failed("pos", caught.value, report.latency_ms) == report
