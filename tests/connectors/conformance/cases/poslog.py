"""POSLog of two versions, with training, suspended and post-voided transactions."""

from collections.abc import Mapping

from demo.drops.poslog import poslog_files
from demo.drops.sales import SUSPENDED, number_of, sold_in, total_of
from demo.sample.records import Retailer
from tests.connectors.conformance.dropped import DroppedSubject


class Case(DroppedSubject):
    """The tills of one channel."""

    system = "poslog"

    def files(self, retailer: Retailer) -> Mapping[str, bytes]:
        return poslog_files(sold_in(retailer))

    def orders(self, retailer: Retailer) -> dict[str, tuple[str, str | None, int]]:
        return {
            number_of(sale): (
                "store",
                str(sale.account.number) if sale.account else None,
                total_of(sale),
            )
            for sale in sold_in(retailer)
            if sale.status != SUSPENDED
        }
