"""Which checks are about which ports."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from capabilities.member.ports import MembershipIdentitySource
from capabilities.order.ports import (
    CustomerOrderSource,
    OrderMirrorSource,
    OrderSearch,
    OrderSource,
)
from capabilities.promotion.ports import CustomerCouponSource, PromotionSearch
from tests.connectors.conformance import checks, feeds
from tests.connectors.conformance.case import LISTS, SOURCES
from tests.connectors.conformance.feeds import FEEDS

Check = Callable[[Any, str], Awaitable[None]]

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
OF_FEEDS = (feeds.feed_is_the_list, feeds.feed_goes_on, feeds.feed_since, feeds.feed_ends)
OF_PORTS = {
    checks.customers_pages: CustomerOrderSource,
    checks.customers_calls: CustomerOrderSource,
    checks.identities: MembershipIdentitySource,
    checks.true_orders: OrderSearch,
    checks.unknowns_are_counted: OrderSearch,
    checks.customers_coupons: CustomerCouponSource,
    feeds.promotions_read_whole: PromotionSearch,
    checks.true_mirrors: OrderMirrorSource,
}
ALL = (*OF_SOURCES, *OF_LISTS, *OF_FEEDS, *OF_PORTS)
# What a check of a single port asks.
_ASKED = {
    MembershipIdentitySource: "memberships_by_identity",
    CustomerOrderSource: "orders_by_customer",
    CustomerCouponSource: "coupons_by_membership",
    PromotionSearch: "search_promotions",
    OrderMirrorSource: "order_mirrors",
    OrderSearch: "search_orders",
    OrderSource: "orders",
}


def offered(connector: Any, abilities: Iterable[type], check: Check) -> list[str]:
    """The ports of a connector, or of its class, that a check is about."""
    if check in OF_SOURCES:
        return [name for name in SOURCES if hasattr(connector, name)]
    if check in OF_LISTS:
        return [name for name in LISTS if hasattr(connector, name)]
    if check in OF_FEEDS:
        return [name for name in FEEDS if hasattr(connector, name)]
    return [""] if asked_by(check, frozenset(abilities)) is not None else []


def asked_by(check: Check, abilities: frozenset[type]) -> type | None:
    """The port that a check of one port asks; orders without a list are asked by their keys."""
    port: type = OF_PORTS[check]
    if port is OrderSearch and port not in abilities:
        port = OrderSource
    return port if port in abilities else None


def checks_of_ports(connector: Any, abilities: frozenset[type]) -> dict[str, list[Check]]:
    """The checks of each port that a connector offers."""
    found: dict[str, list[Check]] = {}
    for check in ALL:
        for port in offered(connector, abilities, check):
            asked = asked_by(check, abilities) if not port else None
            found.setdefault(port if asked is None else _ASKED[asked], []).append(check)
    return found
