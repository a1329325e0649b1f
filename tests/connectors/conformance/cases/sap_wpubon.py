"""SAP store uploads: signed segments, card numbers dropped."""

from collections.abc import Mapping

from demo.drops.sales import COMPLETED, number_of, sold_in, total_of
from demo.drops.wpubon import wpubon_files
from demo.sample.records import Retailer
from tests.connectors.conformance.dropped import DroppedSubject


class Case(DroppedSubject):
    """The tills of one channel."""

    system = "sap_wpubon"

    def files(self, retailer: Retailer) -> Mapping[str, bytes]:
        return wpubon_files(sold_in(retailer))

    def orders(self, retailer: Retailer) -> dict[str, tuple[str, str | None, int]]:
        return {
            number_of(sale): (
                "store",
                str(sale.account.number) if sale.account else None,
                total_of(sale),
            )
            for sale in sold_in(retailer)
            if sale.status == COMPLETED
        }
