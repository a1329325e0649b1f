"""Every system, every port that it offers, every check: no skips."""

import pytest

from capabilities.member.ports import MembershipIdentitySource
from capabilities.order.ports import CustomerOrderSource, OrderMirrorSource, OrderSearch
from capabilities.promotion.ports import CustomerCouponSource
from connectors.connector import ABILITIES
from tests.connectors.conformance import checks
from tests.connectors.conformance.case import LISTS, SOURCES, Ear
from tests.connectors.conformance.subject import SUBJECTS

OF_SOURCES = (checks.batch_law, checks.no_key_no_call, checks.one_call, checks.same_records)
OF_LISTS = (
    checks.unique,
    checks.in_order,
    checks.pages_are_the_list,
    checks.strictly_after,
    checks.honest_more,
    checks.own_channels,
    checks.honest_filters,
    checks.refuses_other_filters,
    checks.one_call_a_page,
)
OF_PORTS = {
    checks.customers_pages: CustomerOrderSource,
    checks.customers_calls: CustomerOrderSource,
    checks.identities: MembershipIdentitySource,
    checks.true_orders: OrderSearch,
    checks.unknowns_are_counted: OrderSearch,
    checks.customers_coupons: CustomerCouponSource,
    checks.true_mirrors: OrderMirrorSource,
}
ALL = (*OF_SOURCES, *OF_LISTS, *OF_PORTS)


def _offered(case, check):
    """The ports of a system that a check is about."""
    if check in OF_SOURCES:
        return [name for name in SOURCES if hasattr(case.connector, name)]
    if check in OF_LISTS:
        return [name for name in LISTS if hasattr(case.connector, name)]
    return [""] if OF_PORTS[check] in case.connector.abilities else []


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
async def test_every_port_conforms(case, check):
    for name in _offered(case, check):
        if (name, check.__name__) in case.subject.waivers:
            with pytest.raises(AssertionError):
                await check(case, name)
        else:
            await check(case, name)


async def test_every_port_of_the_menu_is_offered_somewhere(systems):
    offered = set()
    for name in SUBJECTS:
        connector = await systems[name].open(Ear())
        offered |= connector.abilities
        assert connector.spec.channels
        await connector.aclose()
    assert offered == ABILITIES


def test_waivers_name_checks_that_exist():
    names = {check.__name__ for check in ALL}
    for subject in SUBJECTS.values():
        assert all(check in names and why for (_, check), why in subject.waivers.items())
