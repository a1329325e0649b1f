"""What the till of the conformance case sends, made of the demo's sales."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from demo.pos.money import total_of
from demo.sample.records import POS, PosSale, Retailer

SITES = {"M": "store", "T": "terminal", "P": "popup"}


def tables_of(retailer: Retailer) -> Mapping[str, list[dict[str, Any]]]:
    """The rows of every table, in the order of their keys."""
    shops = {store.number: store.code for store in retailer.stores}
    return {
        "people": [
            {
                "number": one.number,
                "name": one.person.name,
                "phone": one.phone,
                "email": one.email,
                "card": one.card,
                "joined": f"{one.joined:%Y-%m-%d %H:%M:%S}",
                "home": shops.get(one.home),
                "gone": int(one.deleted),
            }
            for one in retailer.accounts[POS]
        ],
        "sales": [_sale(one) for one in retailer.pos_sales],
        "shops": [
            {"code": one.code, "name": one.name, "site": one.code[0]} for one in retailer.stores
        ],
    }


def key_of(sale: PosSale) -> str:
    """The natural key of a sale."""
    return f"{sale.store.code}-{sale.placed:%Y%m%d}-{sale.kind}-1-{sale.number}"


def batches(rows: list[dict[str, Any]], size: int) -> Iterator[tuple[int, bytes]]:
    """JSON lines of at most `size` rows, each with their number."""
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        lines = (json.dumps(row, ensure_ascii=False) for row in part)
        yield len(part), "\n".join(lines).encode()


def _sale(sale: PosSale) -> dict[str, Any]:
    total = total_of(sale.lines, added=sale.tax_added)
    return {
        "shop": sale.store.code,
        "site": sale.store.code[0],
        "day": f"{sale.placed:%Y%m%d}",
        "kind": sale.kind,
        "till": 1,
        "receipt": sale.number,
        "sold_at": f"{sale.placed:%Y-%m-%d %H:%M:%S}",
        "state": sale.status,
        "customer": sale.account.number if sale.account else None,
        "total": f"{total / 100:.2f}",
        "rest": f"{(total - sum(line.after for line in sale.lines)) / 100:.2f}",
        "lines": [
            {
                "line": number,
                "barcode": getattr(line.code, "text", None),
                "item": "",
                "quantity": line.milli / 1000,
                "amount": f"{line.after / 100:.2f}",
            }
            for number, line in enumerate(sale.lines)
        ],
    }
