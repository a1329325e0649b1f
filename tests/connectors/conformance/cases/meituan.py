"""Meituan, as the demo's simulator plays it: orders by their ids, and no list."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from demo.meituan.orders import make_orders, total_of, view_id_of
from demo.sample import DEFAULT_SEED
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault


class Case(Subject):
    """A platform that pushes its orders and lists none."""

    system = "meituan"
    tested_against = "a simulator of ours with its traps, `demo/meituan`; not the live platform"
    secrets = {"DEMO_MEITUAN_SECRET": "mt-demo-secret"}
    no_such = {"orders": "24581032570000009"}
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.meituan", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": self.url, "app_id": "4321"},
            secrets={"secret": "env:DEMO_MEITUAN_SECRET"},
            limits=limits,
            channels={Capability.ORDER: {"*": "waimai"}},
        )

    def truth(self) -> Truth:
        orders = {
            view_id_of(o): ("waimai", None, total_of(o)) for o in make_orders(DEFAULT_SEED, 1)
        }
        return Truth(orders)
