"""Lines of the product files, checked one by one; a bad line names its file, number and reason."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.product.codes import BARCODE, SKU, canonical_code

# columns by file; `connector` may be missing from the crosswalk
_PRODUCT = ("sku", "name", "brand", "category_path", "barcodes", "unit")
_PRODUCT_DAYS = ("launched_at", "discontinued_at")
_CODE = ("system", "kind", "code", "sku", "valid_from", "valid_to")
_ALWAYS = date(1, 1, 1)
_BARCODE_LENGTHS = range(6, 15)
# a formula, or a long number as a spreadsheet shortens it
_SPREADSHEET = re.compile(r"=.*|[+-]?\d(?:\.\d+)?E\+\d+", re.IGNORECASE | re.DOTALL)

Line = tuple[int, dict[str, str]]
Parsed = dict[str, object]


class BadRow(Struct, frozen=True):
    """A line that was set aside. The reason never repeats more of it than a code."""

    file: str
    line: int
    reason: str


def read_products(path: Path) -> tuple[list[Parsed], list[BadRow]]:
    """Sound products by the columns of their table, and the lines set aside."""
    rows: list[Parsed] = []
    bad: list[BadRow] = []
    lines: dict[object, int] = {}
    for number, cells in _lines(path, (*_PRODUCT, *_PRODUCT_DAYS), bad):
        try:
            row = _product(cells)
            _once(lines, row["sku"], number)
        except ValueError as exc:
            bad.append(BadRow(path.name, number, str(exc)))
        else:
            rows.append(row)
    return rows, bad


def read_codes(path: Path, known_skus: frozenset[str]) -> tuple[list[Parsed], list[BadRow]]:
    """Sound crosswalk entries by the columns of their table, and the lines set aside."""
    rows: list[Parsed] = []
    bad: list[BadRow] = []
    lines: dict[object, int] = {}
    for number, cells in _lines(path, _CODE, bad):
        try:
            row = _code(cells, known_skus)
            key = ("system", "connector", "kind", "code", "valid_from")
            _once(lines, tuple(row[name] for name in key), number)
        except ValueError as exc:
            bad.append(BadRow(path.name, number, str(exc)))
        else:
            rows.append(row)
    return rows, bad


def _lines(path: Path, columns: tuple[str, ...], bad: list[BadRow]) -> Iterator[Line]:
    """Each line's cells by column, with its number in the file as an editor counts."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = _header(reader, path.name, columns)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as exc:
                many = reader.line_num > number  # an open quote takes the lines after it along
                lost = f"; lines {number} to {reader.line_num} are lost" if many else ""
                bad.append(BadRow(path.name, number, f"not CSV: {exc}{lost}"))
                continue
            if cells is None:
                return
            reason = _unreadable(cells, len(header))
            if reason:
                bad.append(BadRow(path.name, number, reason))
            elif cells:
                yield number, dict(zip(header, cells, strict=True))


def _header(reader: Iterator[list[str]], file: str, columns: tuple[str, ...]) -> list[str]:
    """The names of the columns; BadInput where the file is not the one that is meant."""
    try:
        header = next(reader, [])
    except csv.Error as exc:
        raise BadInput(f"{file}, line 1: not CSV: {exc}") from exc
    if reason := _unreadable(header, len(header)):
        raise BadInput(f"{file}, line 1: {reason}")
    if missing := [name for name in columns if name not in header]:
        raise BadInput(f"{file} lacks the columns {', '.join(missing)}")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise BadInput(f"{file} has twice the columns {', '.join(twice)}")
    return header


def _unreadable(cells: list[str], width: int) -> str | None:
    text = "".join(cells)
    if "\0" in text:
        return "a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "not UTF-8"
    if cells and len(cells) != width:
        return f"{len(cells)} cells where the header has {width}"
    return None


def _product(cells: dict[str, str]) -> Parsed:
    launched, discontinued = (_day(cells, name) for name in _PRODUCT_DAYS)
    return {
        "sku": _key(canonical_code(SKU, cells["sku"]), "sku"),
        "name": cells["name"].strip() or None,
        "brand_name": cells["brand"].strip() or None,
        "category_path": _path(cells["category_path"]),
        "barcodes": _barcodes(cells["barcodes"]),
        "unit": cells["unit"].strip() or None,
        "launched_at": launched,
        "discontinued_at": discontinued,
    }


def _code(cells: dict[str, str], known_skus: frozenset[str]) -> Parsed:
    kind = _required(cells["kind"].strip(), "kind")
    sku = _key(canonical_code(SKU, cells["sku"]), "sku")
    if sku not in known_skus:
        raise ValueError(f"no product has the sku {sku!r}")
    valid_from, valid_to = _day(cells, "valid_from") or _ALWAYS, _day(cells, "valid_to")
    if valid_to is not None and valid_to <= valid_from:
        raise ValueError("valid_to is not after valid_from")
    return {
        "system": _required(cells["system"].strip(), "system"),
        "connector": cells.get("connector", "").strip(),
        "kind": kind,
        "code": _key(canonical_code(kind, cells["code"]), "code"),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "sku": sku,
    }


def _path(cell: str) -> list[str]:
    return [part for one in cell.split(">") if (part := one.strip())]


def _barcodes(cell: str) -> list[str]:
    """Barcodes as text: a spreadsheet's 6.92E+12 is none any more."""
    codes = [code for one in cell.split("|") if (code := canonical_code(BARCODE, one))]
    for code in codes:
        if not (code.isascii() and code.isdigit() and len(code) in _BARCODE_LENGTHS):
            raise ValueError(f"{code!r} is no barcode: 6 to 14 digits, as text")
    return list(dict.fromkeys(codes))


def _day(cells: dict[str, str], name: str) -> date | None:
    text = cells[name].strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"{name} is no date like 2026-01-31") from exc


def _required(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _key(value: str | None, name: str) -> str:
    key = _required(value, name)
    if _SPREADSHEET.fullmatch(key):
        raise ValueError(f"{name} {key!r} is a spreadsheet's, no code as text")
    return key


def _once(lines: dict[object, int], key: object, number: int) -> None:
    """Refuse a key that an earlier line has."""
    first = lines.setdefault(key, number)
    if first != number:
        raise ValueError(f"repeats line {first}")
