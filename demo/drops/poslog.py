"""POSLog as tills of two generations write it: training, suspended and post-voided ones in it."""

from collections.abc import Mapping
from datetime import date, timedelta
from xml.sax.saxutils import escape

from demo.drops.sales import (
    CANCELLED,
    SUSPENDED,
    Sold,
    business_day,
    by_store_and_day,
    pieces,
    total_of,
    yuan,
)

_NAMESPACE = "http://www.nrf-arts.org/IXRetail/namespace/"


def poslog_files(sales: tuple[Sold, ...]) -> Mapping[str, bytes]:
    """One file a store and day."""
    return {
        f"POSLog_{store}_{day:%Y-%m-%d}.xml": poslog_file(store, day, found)
        for store, day, found in by_store_and_day(sales)
    }


def poslog_file(store: str, day: date, sales: list[Sold]) -> bytes:
    """A file of version 6, or of 2.x in every second store."""
    old = int(store[1:]) % 2 == 0
    parts = [_training(store, day)]
    for sale in sales:
        parts.append(_sale(sale, old=old))
        if sale.status == CANCELLED:
            parts.append(_void(sale))
    vendor = ' xmlns:acs="urn:acs:pos"' if old else ""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<POSLog xmlns="{_NAMESPACE}"{vendor}>\n{"".join(parts)}</POSLog>\n'.encode()


def _transaction(store: str, day: date, number: str, body: str, flags: str = "") -> str:
    return (
        f"<Transaction{flags}><RetailStoreID>{store}</RetailStoreID>"
        f"<WorkstationID>1</WorkstationID><SequenceNumber>{number}</SequenceNumber>"
        f"<BusinessDayDate>{day:%Y-%m-%d}</BusinessDayDate>{body}</Transaction>\n"
    )


def _training(store: str, day: date) -> str:
    body = "<RetailTransaction><LineItem><Sale><ExtendedAmount>1.00</ExtendedAmount></Sale>"
    body += "</LineItem></RetailTransaction>"
    return _transaction(store, day, f"9{day:%j}", body, ' TrainingModeFlag="true"')


def _sale(sale: Sold, *, old: bool) -> str:
    state = ' TransactionStatus="Suspended"' if sale.status == SUSPENDED else ""
    items = "".join(_item(sale, row, old=old) for row in range(len(sale.lines)))
    member = ""
    if sale.account:
        name = "acs:LoyaltyMembership" if old else "LoyaltyMembership"
        member = f"<LineItem><{name}>{sale.account.number}</{name}></LineItem>"
    tender = (
        f'<LineItem><Tender TenderType="{escape(sale.payment)}">'
        f"<Amount>{yuan(total_of(sale))}</Amount></Tender></LineItem>"
    )
    kind = "TransactionGrandAmount" if old else "TransactionGrandTotal"
    body = (
        f"<EndDateTime>{sale.placed:%Y-%m-%dT%H:%M:%S}</EndDateTime>"
        f"<CurrencyCode>CNY</CurrencyCode><RetailTransaction{state}>{items}{member}{tender}"
        f'<Total TotalType="{kind}">{yuan(total_of(sale))}</Total></RetailTransaction>'
    )
    return _transaction(sale.store.code, business_day(sale), str(sale.number), body)


def _item(sale: Sold, row: int, *, old: bool) -> str:
    line = sale.lines[row]
    kind = "Return" if line.after < 0 else "Sale"
    price = "ActualSalesUnitPrice" if old else "RegularSalesUnitPrice"
    return (
        f"<LineItem><SequenceNumber>{row + 1}</SequenceNumber><{kind}>"
        f"<POSIdentity><POSItemID>{escape(line.code.written)}</POSItemID></POSIdentity>"
        f"<Description>{escape(line.code.name)}</Description>"
        f"<{price}>{yuan(line.cents)}</{price}>"
        f"<ExtendedAmount>{yuan(abs(line.after))}</ExtendedAmount>"
        f'<Quantity UnitOfMeasureCode="EA">{pieces(abs(line.milli))}</Quantity>'
        f"</{kind}></LineItem>"
    )


def _void(sale: Sold) -> str:
    """A transaction that takes the sale back, a minute later."""
    ended = sale.placed + timedelta(minutes=1)
    day = business_day(sale)
    body = (
        f"<EndDateTime>{ended:%Y-%m-%dT%H:%M:%S}</EndDateTime><RetailTransaction>"
        f'<TransactionLink ReasonCode="Void"><RetailStoreID>{sale.store.code}</RetailStoreID>'
        f"<WorkstationID>1</WorkstationID><BusinessDayDate>{day:%Y-%m-%d}</BusinessDayDate>"
        f"<SequenceNumber>{sale.number}</SequenceNumber></TransactionLink></RetailTransaction>"
    )
    return _transaction(sale.store.code, day, f"8{sale.number}", body)
