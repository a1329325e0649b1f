"""What a connector can be asked, by what its manifest declares."""

from collections.abc import Mapping
from typing import Any

from capabilities.estate import Capability
from capabilities.flash.ports import StockSink
from capabilities.member.ports import (
    MembershipFeed,
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSink,
    MembershipSource,
)
from capabilities.member.records import IdentityKind
from capabilities.member.writing import WriteKind
from capabilities.order.ports import (
    CustomerOrderSource,
    OrderFeed,
    OrderMirrorSource,
    OrderSearch,
    OrderSink,
    OrderSource,
    StoreSearch,
    StoreSource,
)
from capabilities.promotion.ports import (
    CouponSearch,
    CouponSource,
    CustomerCouponSource,
    PromotionSearch,
    PromotionSource,
)
from connectors.manifest import Manifest
from connectors.ports import ports_of
from connectors.ports.lists import filter_names
from connectors.ports.order_writes import kinds_of, limits_of
from connectors.ports.stock import StockWrites
from connectors.ports.writes import call_of

ABILITIES: frozenset[type] = frozenset(
    {
        *(MembershipSource, MembershipIdentitySource, MembershipSearch, MembershipFeed),
        *(MembershipSink, OrderSource, CustomerOrderSource, OrderSearch, OrderFeed),
        *(OrderMirrorSource, OrderSink, StockSink),
        *(StoreSource, StoreSearch, PromotionSource, PromotionSearch),
        *(CouponSource, CustomerCouponSource, CouponSearch),
    }
)
CAPABILITY: Mapping[str, Capability] = {
    "memberships": Capability.MEMBER,
    "orders": Capability.ORDER,
    "order_mirrors": Capability.ORDER,
    "stores": Capability.ORDER,
    "promotions": Capability.PROMOTION,
    "coupons": Capability.PROMOTION,
}
_FILTERS = {
    "memberships": "membership_filters",
    "orders": "order_filters",
    "stores": "store_filters",
    "promotions": "promotion_filters",
}


def ports_and_facts(manifest: Manifest) -> tuple[tuple[type, ...], dict[str, Any]]:
    """The ports that the manifest has sections for, and what they say of themselves."""
    ports: list[type] = []
    facts: dict[str, Any] = {}
    for name, section in manifest.sections.items():
        ports += ports_of(name, section)
        if section.search is not None and name in _FILTERS:
            facts[_FILTERS[name]] = filter_names(section)
        if section.by_customer is not None and name == "orders":
            facts["customer_order_filters"] = filter_names(section)
        if section.write is not None:
            kinds = (kind for kind in WriteKind if call_of(section.write, kind) is not None)
            facts["write_kinds"] = frozenset(kinds)
        if section.commands is not None:
            facts["order_write_kinds"] = kinds_of(section.commands)
            facts["text_limits"] = limits_of(section.commands)
        if section.by_identity:
            facts["identity_kinds"] = frozenset(map(IdentityKind, section.by_identity))
    if (stock := getattr(manifest.own, "stock", None)) is not None:
        ports.append(StockWrites)
        facts["stock_code"] = stock.code
    return tuple(ports), facts
