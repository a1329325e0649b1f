"""A CSV file while it grows: what is whole of it, and the cursor behind which it goes on."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.spreadsheet import csv_lines

_MARK = "\ufeff"  # what spreadsheets need to read a file as UTF-8
Cell = str | int | float | None


class _State(Struct, frozen=True, kw_only=True):
    of: Mapping[str, Any]
    cursor: str | None
    rows: int
    size: int


class CsvPart:
    """`FILE.part` and, beside it, `FILE.part.json`: how far it is whole.

    A page that was half written when the power went is cut off when the file is opened again.
    `of` names what is written; BadInput where a part is of something else.
    """

    def __init__(self, file: Path, of: Mapping[str, Any]) -> None:
        self._file = file
        self._part = file.with_name(f"{file.name}.part")
        self._place = file.with_name(f"{file.name}.part.json")
        self._of = of
        self.cursor: str | None = None
        self.rows = 0
        self._size = 0

    def __enter__(self) -> Self:
        """Open it behind what is whole."""
        state = self._read()
        if state is not None:
            self.cursor, self.rows, self._size = state.cursor, state.rows, state.size
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT, 0o600)
        self._open = os.fdopen(descriptor, "r+b")
        self._open.truncate(self._size)
        self._open.seek(self._size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; what was added stays."""
        del kind, error, trace
        self._open.close()

    def begin(self, names: Sequence[str]) -> None:
        """Write the head of the file."""
        self._write(_MARK + "".join(csv_lines([names])))

    def add(self, rows: Iterable[Sequence[Cell]], cursor: str | None) -> None:
        """Add a page, and remember the cursor behind it."""
        lines = list(csv_lines(rows))
        self._write("".join(lines))
        self.rows += len(lines)
        self.cursor = cursor or self.cursor
        self._keep()

    def finish(self) -> None:
        """The file is whole: put it in its place."""
        self._part.rename(self._file)
        self._place.unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        self._size += self._open.write(text.encode())

    def _keep(self) -> None:
        """The place after the bytes: never further than what is on the disk."""
        self._open.flush()
        os.fsync(self._open.fileno())
        state = _State(of=self._of, cursor=self.cursor, rows=self.rows, size=self._size)
        draft = self._place.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(state))
        draft.replace(self._place)

    def _read(self) -> _State | None:
        try:
            state = msgspec.json.decode(self._place.read_bytes(), type=_State)
        except OSError:
            return None
        except msgspec.MsgspecError as exc:
            raise self._foreign() from exc
        if msgspec.to_builtins(state.of) != dict(self._of) or not self._part.exists():
            raise self._foreign()
        return state

    def _foreign(self) -> BadInput:
        told = f"{self._part} is of another export; remove it, or name another file"
        return BadInput(told, code="EXPORT_EXISTS")
