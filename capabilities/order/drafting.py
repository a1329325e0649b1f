"""Orders as the systems that are to hold them are told them."""

from collections.abc import Mapping

from capabilities.money import Money
from capabilities.order.held import HeldOrder, Reduction
from capabilities.order.history import OrderPersonal
from capabilities.order.records import Discount, ProductRef
from capabilities.order.writing import DraftLine, OrderDraft
from capabilities.product.records import Product

_NOTHING = OrderPersonal()


def draft_of(
    order: HeldOrder,
    customer: str | None,
    codes: Mapping[str, tuple[ProductRef, ...]],
    personal: OrderPersonal = _NOTHING,
) -> OrderDraft:
    """The order as a system is told it; `codes` are its own, by what stands on the line."""
    currency = order.currency
    return OrderDraft(
        currency=currency,
        kind=order.kind,
        customer=customer,
        store_code=order.store_code,
        placed_at=order.placed_at,
        lines=tuple(
            DraftLine(
                ref=one.ref,
                raw_sku=one.raw_sku,
                codes=codes.get(one.raw_sku, ()),
                name=one.name,
                quantity=one.quantity,
                unit=one.unit,
                unit_price=Money(one.unit_price, currency),
                discounts=_discounts(one.discounts, currency),
                total=Money(one.total, currency),
                gift=one.gift,
            )
            for one in order.lines
        ),
        discounts=_discounts(order.discounts, currency),
        shipping=Money(order.shipping, currency) if order.shipping else None,
        total=Money(order.total, currency),
        recipient=personal.recipient,
        note=personal.note,
    )


def codes_for(product: Product, connector: str, system: str) -> tuple[ProductRef, ...]:
    """What a system calls a product by the crosswalk; a connector's own codes go first."""
    fitting = [one for one in product.external_codes if one.system == system]
    own = [one for one in fitting if one.connector == connector]
    general = [one for one in fitting if one.connector is None]
    return tuple(ProductRef(one.kind, one.code) for one in (*own, *general))


def _discounts(some: tuple[Reduction, ...], currency: str) -> tuple[Discount, ...]:
    return tuple(
        Discount(amount=Money(one.amount, currency), name=one.name, code=one.code) for one in some
    )
