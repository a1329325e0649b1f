"""The reference as files: products, crosswalk, and what the crosswalk does not know."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from demo.sample.records import Code, Line, Retailer


def write_files(retailer: Retailer, folder: Path) -> None:
    """Write products.csv, crosswalk.csv and unmatched.csv into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    products = (
        (
            product.sku,
            product.name,
            product.brand,
            " > ".join(product.category_path),
            "|".join(product.barcodes),
            product.unit,
            product.launched_at.isoformat(),
            product.discontinued_at.isoformat() if product.discontinued_at else "",
        )
        for product in retailer.products
    )
    _write(
        folder / "products.csv",
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at",
        products,
    )
    crosswalk = (
        (row.system, row.kind, row.code, row.sku, row.valid_from or "", row.valid_to or "")
        for row in retailer.crosswalk
    )
    _write(folder / "crosswalk.csv", "system,kind,code,sku,valid_from,valid_to", crosswalk)
    unmatched = ((*key, lines) for key, lines in count_unmatched(retailer))
    _write(folder / "unmatched.csv", "system,kind,code,lines", unmatched)


def count_unmatched(retailer: Retailer) -> list[tuple[tuple[str, str, str], int]]:
    """The planted codes with the number of order lines that carry them."""
    lines = Counter(
        (code.system, code.kind, code.code) for code in codes_used(retailer) if code.product is None
    )
    return sorted(lines.items())


def codes_used(retailer: Retailer) -> Iterator[Code]:
    """The code of every order line of every system, once a line."""
    for lines in _baskets(retailer):
        for line in lines:
            yield line.code


def _baskets(retailer: Retailer) -> Iterator[tuple[Line, ...]]:
    yield from (order.lines for order in retailer.sap_orders)
    yield from (order.lines for order in retailer.woo_orders)
    yield from (sale.lines for sale in retailer.pos_sales)


def _write(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
