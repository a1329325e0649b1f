"""A web shop with Magento 1's session API over SOAP, whose sessions end all the time."""

from pathlib import Path

from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.records import IdentityKind
from connectors.protocols.soap import SoapClient
from demo.sample import make_retailer
from demo.sample.records import WOO
from tests.connectors.conformance import soap_shop
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import OF_HTTP, Subject, Truth, World, order_fault

_DOORS = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}


class Case(Subject):
    """A shop with four doors."""

    system = "soap_shop"
    tested_against = "a SOAP server of ours with the session API of Magento 1"
    known = {IdentityKind.EMAIL: LIN[IdentityKind.EMAIL]}
    stranger = {IdentityKind.EMAIL: STRANGER[IdentityKind.EMAIL]}
    secrets = {"TEST_SOAP_KEY": "demo-soap"}
    systems = Path(next(iter(soap_shop.__path__))) / "systems"
    counted = ((SoapClient, "call"),)
    faults = OF_HTTP

    def start(self, world: World) -> None:
        self.url = world.server("tests.connectors.conformance.soap_shop.server", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": self.url, "username": "santong"},
            secrets={"password": "env:TEST_SOAP_KEY"},
            limits=limits,
            channels={Capability.MEMBER: {"*": "shop"}, Capability.ORDER: _DOORS},
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
