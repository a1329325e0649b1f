"""Texts that a database keeps in an encoding of its own, as bytes that we decode ourselves."""

import codecs
from collections.abc import Callable, Mapping, Sequence

from capabilities.errors import Garbled

_EURO = 0x80
_EURO_MARK = "santong-cp936"


def _euro(exc: UnicodeError) -> tuple[str, int]:
    """Windows' code page 936 has the euro at 0x80, and Python's gbk and gb18030 do not."""
    if isinstance(exc, UnicodeDecodeError) and exc.object[exc.start] == _EURO:
        return "€", exc.start + 1
    raise exc


codecs.register_error(_EURO_MARK, _euro)

# gb18030 reads all of gbk and gb2312; what an encoding can write decides which keys can exist.
_READ: Mapping[str, tuple[str, str]] = {
    "big5": ("cp950", "strict"),
    "gb18030": ("gb18030", "strict"),
    "gbk": ("gb18030", _EURO_MARK),
    "latin1": ("cp1252", "strict"),
    "utf8": ("utf-8", "strict"),
}
ENCODINGS = tuple(_READ)
KEY_ENCODINGS = ("ascii", *ENCODINGS, "utf8mb3")


def decoded(value: bytes, encoding: str, column: str, source: str) -> str:
    """The text of some bytes; Garbled, naming the column and no byte, where they are none."""
    name, errors = _READ[encoding]
    try:
        return value.decode(name, errors)
    except UnicodeDecodeError:
        pass
    raise Garbled(f"{source} has text in {column} that is not {encoding}", source=source)


def writable(keys: Sequence[str], encoding: str | None) -> list[str]:
    """The keys that a column of this encoding can hold; others are in no row."""
    return list(keys) if encoding is None else [key for key in keys if _CAN[encoding](key)]


def _writes(name: str) -> Callable[[str], bool]:
    def can(key: str) -> bool:
        try:
            key.encode(name)
        except UnicodeEncodeError:
            return False
        return True

    return can


_CAN: Mapping[str, Callable[[str], bool]] = {
    "ascii": str.isascii,
    "big5": _writes("cp950"),
    "gb18030": _writes("gb18030"),
    "gbk": _writes("gbk"),
    "latin1": _writes("cp1252"),
    "utf8": _writes("utf-8"),
    "utf8mb3": lambda key: all(char < "\U00010000" for char in key),
}
