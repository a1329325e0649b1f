"""What a declaration cannot say of SAP S/4HANA's rows in OData V4: sums over conditions.

Pure: values of a row in, a word or a number out; the manifest's tables turn words into ours.
Precedence of states is that of the V2 services.
"""

from decimal import Decimal
from typing import Any

from connectors.systems.sap_s4hana.mapping import order_state, partner_state
from connectors.systems.sap_s4hana.mapping import tax as tax_v2

__all__ = ["gross", "order_state", "partner_state", "tax"]


def tax(conditions: Any) -> Decimal | None:
    """Output tax of the pricing procedure; None where the conditions were not read."""
    return tax_v2({"results": conditions})


def gross(net: Decimal | None, conditions: Any) -> Decimal | None:
    """TotalNetAmount is without tax; what the buyer pays is with it."""
    added = tax(conditions)
    return net + added if net is not None and added is not None else None
