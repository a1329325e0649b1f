"""SAP S/4HANA over OData V2, as the demo's simulator plays it."""

from capabilities.errors import Denied, Garbled, TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from demo.sample import make_retailer
from demo.sample.records import SAP
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault

_CHANNELS = {"20": "jd", "30": "tmall", "40": "waimai"}


class Case(Subject):
    """Three marketplaces behind one SAP."""

    system = "sap_s4hana"
    tested_against = "a simulator of ours with its traps, `demo/sap`"
    known, stranger = LIN, STRANGER
    secrets = {"DEMO_SAP_PASSWORD": "demo-sap"}
    # A page instead of JSON asks for a logon.
    faults = {
        "error500": Unavailable,
        "timeout": TimedOut,
        "html200": Denied,
        "truncated": Garbled,
        "refuse": Unavailable,
        "garbage": Garbled,
    }

    def start(self, world: World) -> None:
        self.url = world.server("demo.sap", "--port", "0")

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={
                "base_url": f"{self.url}/sap/opu/odata/sap",
                "client": "100",
                "username": "SANTONG",
            },
            secrets={"password": "env:DEMO_SAP_PASSWORD"},
            limits=limits,
            channels={
                Capability.MEMBER: {"MJDC": "jd", "MTMC": "tmall", "MWMC": "waimai"},
                Capability.ORDER: _CHANNELS,
            },
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        own = [order for order in retailer.sap_orders if order.channel in _CHANNELS]
        orders = {
            str(o.number): (
                _CHANNELS[o.channel],
                str(o.account.number) if o.account else None,
                0 if o.kind == "ZKL" else sum(line.after for line in o.lines),
            )
            for o in own
        }
        mirrors = {o.mirrors: str(o.number) for o in retailer.sap_orders if o.mirrors}
        return Truth(orders, members_of(retailer, SAP), mirrors, lin_of(retailer, SAP))
