"""Which system sells a channel's quota in its own cart, and by which code it knows the product."""

from collections.abc import Iterable
from pathlib import Path

from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.ports import StockSink
from capabilities.order.drafting import codes_for
from capabilities.order.ports import OrderSearch
from capabilities.product.records import Product
from connectors.abilities import ports_and_facts
from connectors.connector import loaded
from store.flash.quotas import Shop


def shop_of(
    specs: Iterable[ConnectorSpec],
    systems: Path | None,
    channel: str,
    sku: str,
    product: Product | None,
    code: str | None = None,
) -> Shop:
    """Who sells a quota of a channel; SaleDeclined where nobody can, with those that could.

    A system whose stock can be set and whose orders can be counted. `code` is one of those that
    the crosswalk has for the product there, the first where it is None: by any other code stock of
    another product would be set.
    """
    able = [(spec, kind) for spec in specs if (kind := _stock_code(spec, systems)) is not None]
    for spec, kind in able:
        if channel in spec.codes(Capability.ORDER):
            known = _codes(product, spec, kind) or [sku]
            if code is not None and code not in known:
                told = f"{spec.name} has {sku} as {', '.join(known)} and not as {code!r}"
                raise SaleDeclined(told, code="FLASH_QUOTA_CODE")
            return Shop(connector=spec.name, kind=kind, code=code or known[0])
    channels = sorted({one for spec, _ in able for one in spec.codes(Capability.ORDER)})
    told = f"no system of {channel!r} takes a quota; valid: {', '.join(channels) or 'none'}"
    raise SaleDeclined(told, code="FLASH_QUOTA_UNSUPPORTED")


def _stock_code(spec: ConnectorSpec, systems: Path | None) -> str | None:
    """The kind of code by which a connector's system keeps stock; None where it is no sink."""
    try:
        ports, facts = ports_and_facts(loaded(spec, systems).manifest)
    except SantongError:  # one that cannot be opened takes none
        return None
    counts = any(issubclass(port, OrderSearch) for port in ports)
    if not counts or "placed_at" not in facts.get("order_filters", ()):
        return None
    sink = any(issubclass(port, StockSink) for port in ports)
    return str(facts["stock_code"]) if sink else None


def _codes(product: Product | None, spec: ConnectorSpec, kind: str) -> list[str]:
    """What the system calls the product by the crosswalk."""
    codes = () if product is None else codes_for(product, spec.name, spec.system)
    return [one.code for one in codes if one.kind == kind]
