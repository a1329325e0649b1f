"""Rows of a CSV or JSONL file that a command takes in, each with its line; bad ones by number."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from capabilities.errors import BadInput
from capabilities.spreadsheet import plain_cell

T = TypeVar("T")
_LONGEST_LINE = 100_000
_OBJECT = msgspec.json.Decoder(dict[str, Any])

Cells = Mapping[str, str]


class BadLine(NamedTuple):
    """A line that was set aside; the reason repeats no value of it."""

    line: int
    reason: str


class Lines(NamedTuple):
    """What a file holds."""

    rows: list[Any]
    bad: list[BadLine]


def read_rows(path: Path, columns: tuple[str, ...], parse: Callable[[Cells], T]) -> Lines:
    """Every row that `parse` takes; a ValueError of it sets its line aside with the reason."""
    if not path.is_file():
        raise BadInput(f"{path} is no file", code="INTAKE_INVALID")
    lines = _jsonl if path.suffix in (".jsonl", ".ndjson") else _csv
    found = Lines([], [])
    for number, cells in lines(path, columns):
        try:
            found.rows.append(parse(_checked(cells, columns)))
        except ValueError as exc:
            found.bad.append(BadLine(number, str(exc)))
    return found


def _checked(cells: Cells | str, columns: tuple[str, ...]) -> Cells:
    if isinstance(cells, str):
        raise ValueError(cells)  # noqa: TRY004 - a line's own reason
    text = "".join(cells.values())
    if any(one < " " and one not in "\t\r\n" for one in text):
        raise ValueError("a control character")
    return {name: cells.get(name, "").strip() for name in {*columns, *cells}}


def _csv(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Cells | str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = [one.strip() for one in next(reader, [])]
        if missing := [one for one in columns if one not in header]:
            raise BadInput(f"{path.name} lacks {', '.join(missing)}", code="INTAKE_INVALID")
        while True:
            number = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as exc:
                yield number, f"not CSV: {exc}"
                continue
            if row is None:
                return
            if row:
                yield number, _cells(header, row)


def _cells(header: list[str], row: list[str]) -> Cells | str:
    if len(row) != len(header):
        return f"{len(row)} cells where the header has {len(header)}"
    if any("\ufffd" in one for one in row):
        return "not UTF-8"
    return {name: plain_cell(one) for name, one in zip(header, row, strict=True)}


def _jsonl(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Cells | str]]:
    del columns
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if len(line) > _LONGEST_LINE:
                yield number, "the line is too long"
            elif line.strip():
                yield number, _object(line)


def _object(line: bytes) -> Cells | str:
    try:
        found = _OBJECT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "not a JSON object"
    return {str(name): "" if one is None else str(one) for name, one in found.items()}
