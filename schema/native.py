"""Native fields of systems: interfaces in the contract, whose types come and go while it runs.

The types themselves are no part of the printed contract: `extensionPoints` lists those that the
running graph has.
"""

import strawberry

from capabilities import native as records
from capabilities.native import NativeCast
from schema.view import plain, view


@strawberry.interface(
    description="What one system knows of an order beyond this contract; one type a system."
)
class OrderNative:
    """Native fields of orders."""

    system: str = plain("The system whose fields these are.")


@strawberry.interface(
    description="What one system knows of a membership beyond this contract; one type a system."
)
class MembershipNative:
    """Native fields of memberships."""

    system: str = plain("The system whose fields these are.")


@strawberry.interface(
    description="What one system knows of a promotion beyond this contract; one type a system."
)
class PromotionNative:
    """Native fields of promotions."""

    system: str = plain("The system whose fields these are.")


INTERFACES = {
    "Order": OrderNative,
    "Membership": MembershipNative,
    "Promotion": PromotionNative,
}


@view(records.NativeField)
class ExtensionField:
    """A native field of the running graph."""

    name: str = plain("Its name in the type.")
    cast: NativeCast = plain("What it holds.", name="type")
    visibility: str | None = plain("Who may see it; null for a field that nobody may see.")
    description: str | None = plain("What it means, in the words of its manifest.")


@view(records.ExtensionPoint)
class ExtensionPoint:
    """A native type of the running graph, there as long as a connector fills it."""

    name: str = plain("The type's name, for `... on`.")
    interface: str = plain("The interface that it implements.")
    system: str = plain("The system whose fields these are.")
    connectors: list[str] = plain("Names of the connectors that fill it.")
    fields: list[ExtensionField] = plain("Its fields.")
