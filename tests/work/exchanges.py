"""Orders in exchange for what comes back, as a caller asks for them, over two systems."""

from decimal import Decimal
from types import SimpleNamespace

from capabilities.caller import Caller, Role, Visibility
from capabilities.money import Money
from capabilities.order.placing import Exchanged, OrderKey, WantedLine, WantedOrder, WantedPart
from capabilities.order.ports import OrderSink
from capabilities.order.records import Order, OrderLine
from capabilities.order.writing import OrderWriteKind
from capabilities.sources import SourceRef
from gateway.platform.order_said import CallersOrders

SYSTEMS = {"sap": "sap", "till": "till"}
OWN = ("app", "mini")


class _Connection:
    """A system that takes changes of orders, all or some."""

    is_broken = False

    def __init__(self, name, kinds):
        self.name, self.spec = name, SimpleNamespace(system=name)
        self._sink = SimpleNamespace(order_write_kinds=kinds)

    def port(self, kind):
        return self._sink if kind is OrderSink else None

    def channels(self, _):
        return ()


class Estate:
    """Channels of two systems, and two of the platform's own."""

    def __init__(self, **kinds):
        self.channels = dict.fromkeys((*SYSTEMS, *OWN))
        whole = frozenset(OrderWriteKind)
        self._known = {n: _Connection(n, kinds.get(n, whole)) for n in SYSTEMS}

    def channel(self, code):
        return code if code in self.channels else None

    def route(self, _, code):
        return self._known.get(code)

    def connection(self, name):
        return self._known.get(name)


def desk_of(owned, estate=None, subject="ada"):
    """Orders as somebody of the service desk changes them."""
    seen = Visibility(role=Role.SERVICE, brand=owned.brand)
    request = SimpleNamespace(estate=estate or Estate(), visibility=seen)
    return CallersOrders(owned, Caller(subject=subject, visibility=seen), request, None)


def cny(minor):
    return Money(minor, "CNY")


def wanted(channel, total=500, **more):
    """One piece of something."""
    line = WantedLine(ref="1", sku="SN-1", quantity=Decimal(1), unit_price=cny(500))
    return WantedOrder(channel=channel, lines=(line,), total=cny(total), **more)


def sold(channel, number="R-1"):
    """An order as its system answers it."""
    line = OrderLine(ref="1", quantity=Decimal(1), total=cny(500))
    source = SourceRef(connector=channel, system=channel, external_id=number)
    return Order(channel=channel, number=number, lines=(line,), source=source)


def back_of(order, *, ref="1", version=None):
    """All of that order."""
    key = OrderKey(channel=order.channel, number=order.number, version=version)
    parts = (WantedPart(ref=ref, quantity=Decimal(1)),)
    return Exchanged(key=key, parts=parts, reason="too small")
