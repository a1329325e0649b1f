"""JSON as its promise says: UTF-8, no key twice, no number beyond reading, nothing too deep.

Decimals keep their text and floats never appear: `Decoder` refuses a type that would make one,
and what is of type Any gets Decimals.
How duplicate keys are found is explained in docs/decisions/strict-json.md.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from msgspec import inspect

from capabilities.errors import Garbled

T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"
_COLON_ESCAPE = re.compile(rb"\\u003[aA]")
_PLACE = re.compile(r" - at `(\$[A-Za-z0-9_.\[\]]{0,200})`$")


class Decoder(Generic[T]):
    """A typed decoder that cannot make a float; made once, used for every answer."""

    def __init__(self, row_type: type[T]) -> None:
        if any(isinstance(part, inspect.FloatType) for part in _parts(row_type)):
            raise TypeError("a row has no float: its numbers are Decimal, int or text")
        decoder = msgspec.json.Decoder(row_type, float_hook=Decimal, dec_hook=of_text)
        self._decode = decoder.decode

    def decode(self, body: bytes, source: str = "", charset: str = "utf-8") -> T:
        """The typed body; Garbled when it breaks a rule of this module or is of another type."""
        text = checked(body, source, charset)
        try:
            return self._decode(text)
        except (msgspec.MsgspecError, RecursionError) as exc:
            fault = of_shape(exc, source)
        raise fault


def of_text(kind: type[Any], raw: Any) -> Any:
    """A value of a type that reads itself from a text, see `Folded`; the hook of decoders."""
    unfold = getattr(kind, "unfold", None)
    if unfold is None:
        raise TypeError("no type of rows")
    return unfold(raw)


def of_shape(exc: Exception, source: str) -> Garbled:
    """The error of a value that is not of its row's type: the place, never the value."""
    place = _PLACE.search(str(exc))
    where = f" at {place[1]}" if place else ""
    return Garbled(f"the answer is of another shape{where}", source=source)


def checked(body: bytes, source: str = "", charset: str = "utf-8") -> bytes:
    """The body in UTF-8 without mark, if it is strict JSON; else Garbled."""
    try:
        text = body if charset == "utf-8" else body.decode(charset).encode()
        text = text.removeprefix(_BOM)
        # orjson refuses NaN, infinities, numbers beyond a double, lone surrogates, control
        # characters, trailing text and, when it writes, more than 254 levels.
        twice = _has_duplicate_keys(text)
    except (ValueError, TypeError, RecursionError) as exc:
        broken = type(exc).__qualname__
    else:
        if not twice:
            return text
        broken = "duplicate keys"
    raise Garbled(f"the answer is not strict JSON ({broken})", source=source)


def _has_duplicate_keys(text: bytes) -> bool:
    """Whether an object has a key twice.

    A parser keeps one of two equal keys, so writing its result again loses the other's colon, and
    nothing but a key's colon can be lost. Only a colon written as an escape could make up for it.
    """
    written = orjson.dumps(orjson.loads(text))
    if b"\\u003" in text and _COLON_ESCAPE.search(text) is not None:
        return _has_duplicate_keys_slowly(text)
    return text.count(b":") != written.count(b":")


def _has_duplicate_keys_slowly(text: bytes) -> bool:
    found = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len(dict(pairs)) != len(pairs)

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)
    return found


def _parts(row_type: Any) -> Iterator[inspect.Type]:
    """Every type inside a type, each once."""
    waiting: list[Any] = [inspect.type_info(row_type)]
    seen: set[int] = set()
    kept: list[Any] = []
    while waiting:
        part = waiting.pop()
        if isinstance(part, inspect.Type) and id(part) not in seen:
            seen.add(id(part))
            kept.append(part)  # an id is unique only while its object lives
            yield part
        if isinstance(part, inspect.Type | inspect.Field):
            for name in part.__struct_fields__:
                value = getattr(part, name)
                waiting.extend(value if isinstance(value, tuple | list) else (value,))
