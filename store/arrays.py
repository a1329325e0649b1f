"""Lists as PostgreSQL reads arrays, written as a whole and not element by element.

A batch is a handful of statements over arrays of a thousand elements each. The driver's own way
calls a dumper and a search for every element, which was a fifth of a batch's processor time.
"""

import re
from datetime import date, datetime
from typing import Any

import orjson
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import PyFormat
from psycopg.types.array import ListDumper

_PLAIN = frozenset({str, int, bool, datetime, date, type(None)})
_BYTES = frozenset({bytes, type(None)})
_NUL = b"\\u0000"
# Of JSON's escapes an array knows those of quote and backslash; others stand for their character.
_ESCAPE = re.compile(rb'\\(?:(["\\])|([bfnrt])|u00([0-9a-f]{2}))')
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class ArrayDumper(ListDumper):
    """Texts, whole numbers, times and bytes; any other list as the driver does it.

    The server is told no type, as of a constant in quotes: a statement casts its arrays.
    """

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002 - the driver's
        """A list of several kinds of value has a dumper of the driver's own."""
        kinds = set(map(type, obj))
        return self.cls if kinds <= _PLAIN or kinds <= _BYTES else super().get_key(obj, format)

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The array as text."""
        if self.sub_dumper is not None:
            return super().dump(obj)
        if bytes in set(map(type, obj)):
            return _of_bytes(obj)
        try:
            told = orjson.dumps(obj)
        except orjson.JSONEncodeError:
            told = _NUL
        if _NUL in told:  # what no array can hold is refused in the driver's words
            return self.upgrade(obj, PyFormat.TEXT).dump(obj)
        if b"\\" in told:
            told = _ESCAPE.sub(_in_array, told)
        return b"{" + told[1:-1] + b"}"


def _of_bytes(values: list[bytes | None]) -> bytes:
    cells = ["NULL" if one is None else f'"\\\\x{one.hex()}"' for one in values]
    return f"{{{','.join(cells)}}}".encode()


def _in_array(found: re.Match[bytes]) -> bytes:
    same, control, number = found.groups()
    if same is not None:
        return found[0]
    return _CONTROL[control] if control is not None else bytes([int(number, 16)])
