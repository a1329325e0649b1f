"""SAP CAR's POS DTA as JSON: a list of one has become an object, ids have lost their zeros."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from demo.drops.sales import COMPLETED, Sold, business_day, by_store_and_day, total_of


def car_files(sales: tuple[Sold, ...]) -> Mapping[str, bytes]:
    """One file a store and day, one transaction a line."""
    done = tuple(sale for sale in sales if sale.status == COMPLETED)
    return {
        f"POSDTA_{store}_{day:%Y%m%d}.json": car_file(day, found)
        for store, day, found in by_store_and_day(done)
    }


def car_file(day: date, sales: list[Sold]) -> bytes:
    """A dump of a day."""
    del day  # each transaction says its own
    return b"".join(orjson.dumps({"IT_TRANSACTION": _transaction(one)}) + b"\n" for one in sales)


def _transaction(sale: Sold) -> dict[str, Any]:
    tender = [{"TENDERTYPECODE": sale.payment, "TENDERAMOUNT": total_of(sale) / 100}]
    lines = [
        {
            "RETAILNUMBER": row,
            "RETAILTYPECODE": 2002 if line.milli < 0 else 2001,
            "ITEMID": line.code.written,
            "RETAILQUANTITY": abs(line.milli) / 1000,
            "SALESAMOUNT": line.after / 100,
            "NORMALSALESAMT": line.before / 100,
        }
        for row, line in enumerate(sale.lines, 1)
    ]
    return {
        "RETAILSTOREID": sale.store.code,
        "BUSINESSDAYDATE": int(f"{business_day(sale):%Y%m%d}"),
        "TRANSTYPECODE": 1002 if total_of(sale) < 0 else 1001,
        "WORKSTATIONID": 1,
        "TRANSNUMBER": sale.number,
        "ENDTIMESTAMP": f"{sale.placed:%Y%m%d%H%M%S}",
        "LOYALTYID": sale.account.number if sale.account else "",
        "RETAILLINEITEM": _collapsed(lines),
        "TENDER": _collapsed(tender),
    }


def _collapsed(found: list[dict[str, Any]]) -> Any:
    return found[0] if len(found) == 1 else found
