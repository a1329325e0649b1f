"""Ports over manifests: which classes a connector is built of is decided by its sections."""

from connectors.manifest.model import Section
from connectors.ports.changes import MembershipChanges, OrderChanges
from connectors.ports.members import MembershipIdentities, MembershipKeys, MembershipPages
from connectors.ports.order_writes import OrderWrites
from connectors.ports.orders import (
    CustomerOrders,
    OrderKeys,
    OrderMirrors,
    OrderPages,
    StoreKeys,
    StorePages,
)
from connectors.ports.port import Bound, Port
from connectors.ports.promotions import (
    CouponKeys,
    CouponPages,
    CustomerCoupons,
    PromotionKeys,
    PromotionPages,
)
from connectors.ports.writes import MembershipWrites

# A section that has the question makes the connector inherit the port.
PORTS: dict[tuple[str, str], type[Port]] = {
    ("memberships", "by_key"): MembershipKeys,
    ("memberships", "by_identity"): MembershipIdentities,
    ("memberships", "search"): MembershipPages,
    ("memberships", "changes"): MembershipChanges,
    ("memberships", "write"): MembershipWrites,
    ("orders", "by_key"): OrderKeys,
    ("orders", "by_customer"): CustomerOrders,
    ("orders", "search"): OrderPages,
    ("orders", "changes"): OrderChanges,
    ("orders", "commands"): OrderWrites,
    ("order_mirrors", "by_key"): OrderMirrors,
    ("stores", "by_key"): StoreKeys,
    ("stores", "search"): StorePages,
    ("promotions", "by_key"): PromotionKeys,
    ("promotions", "search"): PromotionPages,
    ("coupons", "by_key"): CouponKeys,
    ("coupons", "by_customer"): CustomerCoupons,
    ("coupons", "search"): CouponPages,
}


def ports_of(name: str, section: Section) -> list[type[Port]]:
    """The ports of one section, in the order of the menu."""
    return [
        port for (of, question), port in PORTS.items() if of == name and getattr(section, question)
    ]


__all__ = ["PORTS", "Bound", "Port", "ports_of"]
