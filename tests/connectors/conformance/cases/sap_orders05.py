"""SAP orders as IDocs, one document a file."""

from collections.abc import Mapping

from demo.drops.orders05 import orders05_files, orders05_in
from demo.sample.records import SAP, Retailer
from tests.connectors.conformance.dropped import DroppedSubject
from tests.connectors.conformance.retailer import lin_of

_CHANNELS = {"20": "jd", "30": "tmall", "40": "waimai"}


class Case(DroppedSubject):
    """Three marketplaces behind one SAP."""

    system = "sap_orders05"
    channels = _CHANNELS

    def files(self, retailer: Retailer) -> Mapping[str, bytes]:
        return orders05_files(orders05_in(retailer))

    def orders(self, retailer: Retailer) -> dict[str, tuple[str, str | None, int]]:
        return {
            str(order.number): (
                _CHANNELS[order.channel],
                str(order.account.number) if order.account else None,
                sum(line.after for line in order.lines),
            )
            for order in orders05_in(retailer)
            if order.channel in _CHANNELS
        }

    def person(self, retailer: Retailer) -> str:
        return lin_of(retailer, SAP)
