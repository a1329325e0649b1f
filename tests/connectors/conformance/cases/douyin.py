"""Douyin's shop, as the demo's simulator plays it: one live-stream shop's orders."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import Wire
from demo.douyin.orders import make_orders, open_id_of, order_id_of
from demo.sample import DEFAULT_SEED
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault


class Case(Subject):
    """A shop whose messages are lost, so that its list is asked."""

    system = "douyin"
    tested_against = "a simulator of ours with its traps, `demo/douyin`; no live shop"
    secrets = {"DEMO_DOUYIN_SECRET": "dy-demo-secret", "DEMO_DOUYIN_TOKEN": "dy-demo-token"}
    no_such = {"orders": "692100000000000007"}
    counted = ((Wire, "call"),)
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.douyin", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": self.url, "app_key": "7001234567890123456"},
            secrets={"secret": "env:DEMO_DOUYIN_SECRET", "access_token": "env:DEMO_DOUYIN_TOKEN"},
            limits=limits,
            channels={Capability.ORDER: {"*": "live"}},
        )

    def truth(self) -> Truth:
        orders = {
            order_id_of(o): (
                "live",
                open_id_of(o),
                sum(line.after for line in o.lines) + o.shipping,
            )
            for o in make_orders(DEFAULT_SEED, 1)
        }
        return Truth(orders)
