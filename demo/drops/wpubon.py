"""IDoc WPUBON01 in XML: receipts with signed segments, card numbers that nobody should keep."""

from collections.abc import Mapping
from datetime import date
from xml.sax.saxutils import escape

from demo.drops.sales import COMPLETED, Sold, business_day, by_store_and_day, pieces, total_of, yuan


def wpubon_files(sales: tuple[Sold, ...]) -> Mapping[str, bytes]:
    """One IDoc a store and day."""
    done = tuple(sale for sale in sales if sale.status == COMPLETED)
    return {
        f"WPUBON01_{store}_{day:%Y%m%d}.xml": wpubon_file(store, day, found)
        for store, day, found in by_store_and_day(done)
    }


def wpubon_file(store: str, day: date, sales: list[Sold]) -> bytes:
    """A document of all receipts of a day."""
    control = (
        '<EDI_DC40 SEGMENT="1"><TABNAM>EDI_DC40</TABNAM><MANDT>100</MANDT>'
        f"<DOCNUM>{int(store[1:]):08d}{day:%m%d}</DOCNUM><IDOCTYP>WPUBON01</IDOCTYP>"
        f"<MESTYP>WPUBON</MESTYP><SNDPRN>{store}</SNDPRN></EDI_DC40>"
    )
    receipts = "\n".join(map(_receipt, sales))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    idoc = f'<IDOC BEGIN="1">{control}\n{receipts}\n</IDOC>'
    return f"{head}<WPUBON01>{idoc}</WPUBON01>\n".encode()


def _receipt(sale: Sold) -> str:
    customer = f"<KUNDNR>{sale.account.number:010d}</KUNDNR>" if sale.account else ""
    items = "".join(_item(sale, row) for row in range(len(sale.lines)))
    amount = total_of(sale)
    tender = (
        f'<E1WPB06 SEGMENT="1"><VORZEICHEN>{_sign(amount)}</VORZEICHEN>'
        f"<ZAHLART>{escape(sale.payment)}</ZAHLART><SUMME>{yuan(abs(amount))}</SUMME>"
        f"<KARTENNR>62220000{sale.number:08d}</KARTENNR><WAEHRUNG>CNY</WAEHRUNG></E1WPB06>"
    )
    return (
        f'<E1WPB01 SEGMENT="1"><POSKREIS>{sale.store.code}</POSKREIS><KASSID>1</KASSID>'
        f"<VORGDATUM>{business_day(sale):%Y%m%d}</VORGDATUM>"
        f"<VORGZEIT>{sale.placed:%H%M%S}</VORGZEIT><BONNUMMER>{sale.number}</BONNUMMER>"
        f"{customer}<BELEGWAERS>CNY</BELEGWAERS>{items}{tender}</E1WPB01>"
    )


def _item(sale: Sold, row: int) -> str:
    line = sale.lines[row]
    sign, off = _sign(line.milli), line.after - line.before
    condition = (
        f'<E1WPB03 SEGMENT="1"><VORZEICHEN>{_sign(line.before)}</VORZEICHEN>'
        f"<KONDITION>PBBO</KONDITION><KONDVALUE>{yuan(abs(line.before))}</KONDVALUE></E1WPB03>"
    )
    if off:
        condition += (
            f'<E1WPB03 SEGMENT="1"><VORZEICHEN>{_sign(off)}</VORZEICHEN>'
            f"<KONDITION>RABA</KONDITION><KONDVALUE>{yuan(abs(off))}</KONDVALUE></E1WPB03>"
        )
    action = "<AKTIONSNR>A2026</AKTIONSNR>" if off else ""
    back = f"<REFBONNR>{sale.number - 1}</REFBONNR>" if total_of(sale) < 0 else ""
    return (
        '<E1WPB02 SEGMENT="1"><VORGANGART>VERK</VORGANGART><QUALARTNR>EAN1</QUALARTNR>'
        f"<ARTNR>{escape(line.code.written)}</ARTNR><VORZEICHEN>{sign}</VORZEICHEN>"
        f"<MENGE>{pieces(abs(line.milli))}</MENGE>{action}{back}{condition}</E1WPB02>"
    )


def _sign(amount: int) -> str:
    return "-" if amount < 0 else "+"
