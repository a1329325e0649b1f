"""IDoc ORDERS05 in XML: one document a file, in which qualifiers decide what a segment means."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from demo.drops.sales import SINCE, pieces, yuan
from demo.sample.records import Retailer, SapOrder


def orders05_in(retailer: Retailer) -> tuple[SapOrder, ...]:
    """Plain orders of these months, and all of the demo's person."""
    person = retailer.accounts["sap_s4hana"][0]
    return tuple(
        order
        for order in retailer.sap_orders
        if order.kind == "ZOS"
        and not order.mirrors
        and order.account is not None
        and (order.placed >= SINCE or order.account == person)
    )


def orders05_files(orders: tuple[SapOrder, ...]) -> Mapping[str, bytes]:
    """One file a document."""
    return {
        f"ORDERS05_{row:016d}.xml": orders05_file(row, order) for row, order in enumerate(orders, 1)
    }


def orders05_file(number: int, order: SapOrder) -> bytes:
    """A document; a comma stands for the decimal point, and a minus behind its number."""
    if order.account is None:
        raise ValueError("an order of nobody")
    total = sum(line.after for line in order.lines)
    items = "".join(_item(order, row) for row in range(len(order.lines)))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<ORDERS05><IDOC BEGIN="1">'
    body = (
        f'<EDI_DC40 SEGMENT="1"><DOCNUM>{number:016d}</DOCNUM><STATUS>03</STATUS>'
        "<IDOCTYP>ORDERS05</IDOCTYP><MESTYP>ORDERS</MESTYP></EDI_DC40>"
        f'<E1EDK01 SEGMENT="1"><CURCY>CNY</CURCY><BELNR>{order.number:010d}</BELNR></E1EDK01>'
        '<E1EDK14 SEGMENT="1"><QUALF>008</QUALF><ORGID>4010</ORGID></E1EDK14>'
        f'<E1EDK14 SEGMENT="1"><QUALF>007</QUALF><ORGID>{order.channel}</ORGID></E1EDK14>'
        f'<E1EDK14 SEGMENT="1"><QUALF>012</QUALF><ORGID>{order.kind}</ORGID></E1EDK14>'
        '<E1EDK03 SEGMENT="1"><IDDAT>002</IDDAT><DATUM>20261231</DATUM></E1EDK03>'
        f'<E1EDK03 SEGMENT="1"><IDDAT>012</IDDAT><DATUM>{order.placed:%Y%m%d}</DATUM></E1EDK03>'
        '<E1EDKA1 SEGMENT="1"><PARVW>WE</PARVW><PARTN>0000009999</PARTN></E1EDKA1>'
        f'<E1EDKA1 SEGMENT="1"><PARVW>AG</PARVW><PARTN>{order.account.number:010d}</PARTN>'
        f"</E1EDKA1>{items}"
        f'<E1EDS01 SEGMENT="1"><SUMID>002</SUMID><SUMME>{_comma(total)}</SUMME></E1EDS01>'
    )
    return f"{head}{body}</IDOC></ORDERS05>\n".encode()


def _item(order: SapOrder, row: int) -> str:
    line = order.lines[row]
    off = line.before - line.after
    reduced = (
        f'<E1EDP05 SEGMENT="1"><ALCKZ>-</ALCKZ><BETRG>{_comma(-off)}</BETRG></E1EDP05>'
        if off
        else ""
    )
    return (
        f'<E1EDP01 SEGMENT="1"><POSEX>{(row + 1) * 10:06d}</POSEX>'
        f"<MENGE>{pieces(line.milli)}</MENGE><MENEE>PC</MENEE><VPREI>{_comma(line.cents)}</VPREI>"
        f"<NETWR>{_comma(line.after)}</NETWR><WERKS>4010</WERKS>{reduced}"
        '<E1EDP19 SEGMENT="1"><QUALF>001</QUALF><IDTNR>theirs</IDTNR></E1EDP19>'
        f'<E1EDP19 SEGMENT="1"><QUALF>002</QUALF><IDTNR>{escape(line.code.written)}</IDTNR>'
        f"<KTEXT>{escape(line.code.name)}</KTEXT></E1EDP19></E1EDP01>"
    )


def _comma(cents: int) -> str:
    text = yuan(abs(cents)).replace(".", ",")
    return f"{text}-" if cents < 0 else text
