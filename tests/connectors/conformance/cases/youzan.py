"""Youzan, as the demo's simulator plays it: one mini-program shop's orders."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors.protocols.rest import RestClient
from demo.sample import DEFAULT_SEED
from demo.youzan.trades import buyer_of, make_trades, tid_of
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault


class Case(Subject):
    """A shop whose token is fetched first, which is no call of its own questions."""

    system = "youzan"
    tested_against = "a simulator of ours with its traps, `demo/youzan`; no live shop"
    secrets = {"DEMO_YOUZAN_SECRET": "yz-demo-secret"}
    no_such = {"orders": "E2026010100000099999999"}
    counted = ((RestClient, "page"),)
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.youzan", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={
                "base_url": self.url,
                "client_id": "yz-demo-client",
                "shop_id": "134529034",
            },
            secrets={"secret": "env:DEMO_YOUZAN_SECRET"},
            limits=limits,
            channels={Capability.ORDER: {"*": "mini"}},
        )

    def truth(self) -> Truth:
        orders = {
            tid_of(o): ("mini", buyer_of(o), sum(line.after for line in o.lines) + o.shipping)
            for o in make_trades(DEFAULT_SEED, 1)
        }
        return Truth(orders)
