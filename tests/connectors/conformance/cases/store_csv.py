"""CSV of three generations of tills, as stores drop it."""

from collections.abc import Mapping

from demo.drops.csv_files import csv_files, stores_file
from demo.drops.sales import COMPLETED, number_of, sold_in, total_of
from demo.sample.records import Retailer
from tests.connectors.conformance.dropped import DroppedSubject

_CHANNELS = {"门店": "store", "终端": "terminal", "快闪": "popup"}
_SITES = {"M": "store", "T": "terminal", "P": "popup"}


class Case(DroppedSubject):
    """Sales and stores of three channels."""

    system = "store_csv"
    channels = _CHANNELS

    def files(self, retailer: Retailer) -> Mapping[str, bytes]:
        return {**csv_files(sold_in(retailer)), "stores.csv": stores_file(retailer.stores)}

    def orders(self, retailer: Retailer) -> dict[str, tuple[str, str | None, int]]:
        return {
            number_of(sale): (
                _SITES[sale.store.code[0]],
                str(sale.account.number) if sale.account else None,
                total_of(sale),
            )
            for sale in sold_in(retailer)
            if sale.status == COMPLETED
        }
