"""JD, as the demo's simulator plays it: one shop's orders, a month at a time."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import Wire
from demo.jd.orders import buyer_of, number_of
from demo.sample import DEFAULT_SEED
from demo.top.trades import make_trades
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault


class Case(Subject):
    """A shop on the marketplace."""

    system = "jd"
    tested_against = "a simulator of ours with its traps, `demo/jd`"
    secrets = {"DEMO_JD_SECRET": "jd-secret", "DEMO_JD_TOKEN": "demo-jd-token"}
    no_such = {"orders": "290000000007"}
    counted = ((Wire, "call"),)
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.jd", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system="jd",
            settings={"base_url": self.url, "app_key": "JD0001"},
            secrets={"secret": "env:DEMO_JD_SECRET", "token": "env:DEMO_JD_TOKEN"},
            limits=limits,
            channels={Capability.ORDER: {"*": "jd"}},
        )

    def truth(self) -> Truth:
        orders = {
            number_of(o): ("jd", buyer_of(o), sum(line.after for line in o.lines) + o.shipping)
            for o in make_trades(DEFAULT_SEED, 1)
        }
        return Truth(orders)
