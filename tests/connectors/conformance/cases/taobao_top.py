"""Taobao TOP, as the demo's simulator plays it: one shop's trades."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import Wire
from demo.sample import DEFAULT_SEED
from demo.top.trades import make_trades, ouid_of, tid_of
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault


class Case(Subject):
    """A shop on the marketplace."""

    system = "taobao_top"
    tested_against = "a simulator of ours with its traps, `demo/top`"
    secrets = {"DEMO_TOP_SECRET": "helloworld", "DEMO_TOP_SESSION": "6100demo-session"}
    no_such = {"orders": "388000000000000007", "memberships": "AAH999999x"}
    nobody = "AAH999999x"
    counted = ((Wire, "call"),)
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.top", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system="taobao_top",
            settings={"base_url": self.url, "app_key": "12345678"},
            secrets={"secret": "env:DEMO_TOP_SECRET", "session": "env:DEMO_TOP_SESSION"},
            limits=limits,
            channels={Capability.ORDER: {"*": "tmall"}, Capability.MEMBER: {"*": "tmall"}},
        )

    def truth(self) -> Truth:
        trades = make_trades(DEFAULT_SEED, 1)
        orders = {
            tid_of(o): ("tmall", ouid_of(o), sum(line.after for line in o.lines) + o.shipping)
            for o in trades
        }
        members = frozenset(filter(None, map(ouid_of, trades)))
        counts = [ouid_of(o) for o in trades if o.account]
        most = max(sorted(members), key=counts.count)
        return Truth(orders, members, {}, most)
