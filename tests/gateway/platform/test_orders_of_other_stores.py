"""A guide sees her members' orders of other stores, and says nothing to them."""

from unittest.mock import Mock

from capabilities.caller import Caller, Role, Visibility
from capabilities.order.history import ServiceKind, ServiceState
from capabilities.order.placing import OrderKey, WantedService
from gateway.platform.order_said import CallersOrders


async def test_what_is_said_of_orders_of_other_stores_is_refused():
    seen = Visibility(role=Role.GUIDE, brand="baiwei", stores=frozenset({"M0001"}))
    caller = Caller(subject="guide", visibility=seen)
    orders = CallersOrders(Mock(), caller, Mock(), Mock())
    order = Mock(store_code="M0002", channel="own", number="1")
    key = OrderKey(channel="own", number="1", version=None)
    wanted = WantedService(kind=next(iter(ServiceKind)), text="卡片", recipient=None, line=None)
    said = [
        await orders.add_note(order, key, "备注", "k1"),
        await orders.ask_service(order, key, wanted, "k2"),
        await orders.answer_service(order, "r", ServiceState.FULFILLED, None, "k3"),
    ]
    assert [one.code for one in said] == ["STORE_NOT_YOURS"] * 3
