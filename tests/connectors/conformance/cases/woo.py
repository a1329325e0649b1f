"""WooCommerce REST v3, as the demo's simulator plays it."""

from capabilities.estate import Capability, ConnectorSpec, Limits
from demo.sample import make_retailer
from demo.sample.records import WOO
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault

_DOORS = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}


class Case(Subject):
    """A shop with four doors."""

    system = "woocommerce"
    tested_against = "a simulator of ours with its traps, `demo/shop`"
    known, stranger = LIN, STRANGER
    secrets = {"DEMO_WOO_SECRET": "cs_demo"}
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("demo.shop", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": f"{self.url}/wp-json/wc/v3", "username": "ck_demo"},
            secrets={"password": "env:DEMO_WOO_SECRET"},
            limits=limits,
            channels={
                Capability.MEMBER: {"*": "shop"},
                Capability.ORDER: _DOORS,
                Capability.PROMOTION: {"*": "shop"},
            },
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        orders = {
            str(o.number): (
                _DOORS[o.created_via],
                str(o.account.number) if o.account else None,
                sum(line.after for line in o.lines) + o.shipping,
            )
            for o in retailer.woo_orders
            if o.status != "trash"
        }
        return Truth(orders, members_of(retailer, WOO), {}, lin_of(retailer, WOO))
