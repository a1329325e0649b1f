"""Where a sale's stock comes from: what may be offered of it, and what moves."""

from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import FlashSale, SaleState, Supply

_MOVABLE = frozenset({SaleState.DRAFT, SaleState.PRELOADED, SaleState.OPEN, SaleState.PAUSED})


def stock_short(message: str) -> SaleDeclined:
    """The refusal of what there is not enough stock for."""
    return SaleDeclined(message, code="FLASH_STOCK_SHORT")


def check_supply(supply: Supply) -> None:
    """SaleDeclined for figures that no stock has."""
    if min(supply.on_hand, supply.safety, supply.elsewhere) < 0:
        raise SaleDeclined("stock is counted from nothing on", code="FLASH_SALE_INVALID")


def check_offered(supply: Supply, offered: int, other_sales: int) -> None:
    """SaleDeclined where a sale offers more than is sellable and not in other sales."""
    left = supply.sellable - other_sales
    if offered > left:
        told = f"{offered:,} units would be offered, {max(0, left):,} are sellable"
        raise stock_short(f"{told} ({other_sales:,} are in other sales)")


def check_movable(sale: FlashSale) -> None:
    """SaleDeclined for a sale whose stock stays where it is."""
    if sale.state not in _MOVABLE:
        wanted = ", ".join(sorted(one.value for one in _MOVABLE))
        raise SaleDeclined(f"the sale is {sale.state.value}; this needs {wanted}")


def check_transfer(sale: FlashSale, source: str, target: str, units: int) -> None:
    """SaleDeclined for a transfer that is none."""
    check_movable(sale)
    if units < 1 or source == target or not {source, target} <= set(sale.pools):
        raise SaleDeclined(f"units from one of {sorted(sale.pools)} to another")
