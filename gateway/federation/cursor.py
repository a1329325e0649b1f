"""The cursor of a merged list: opaque text that holds where every channel stands.

base64url of one form byte and a msgpack array; the form says whether the array is deflated. A key
is written once, however many channels stand there. No connector is named in it, so that a half-read
list survives a change of routes and the re-registration of a connector.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, NoReturn
from unicodedata import category

import msgspec
from msgspec import Meta, Struct

from capabilities.errors import BadInput
from capabilities.page import SortKey, before
from capabilities.time import micros

_PLAIN, _DEFLATED = b"\x01", b"\x02"
_DEFLATE_ABOVE = 420
_LONGEST_TEXT = 16_384
_LONGEST_BODY = 65_536
_HASH_BYTES = 6
_LONGEST_NAME = 200
_FIRST = micros(datetime.min.replace(tzinfo=UTC))
_LAST = micros(datetime.max.replace(tzinfo=UTC))

_Index = Annotated[int, Meta(ge=0)]


class Cursor(Struct, frozen=True, kw_only=True):
    """A place in a walk through a merged list, and what remains to be delivered behind it.

    Everything up to a channel's stand is delivered, nothing after it is. `own` is the key of the
    edge that carries the cursor, `frontier` the furthest key that the walk has delivered; both are
    None before the first row. `stands` holds the channels that stand elsewhere than at the frontier
    (None: never read): their source was missing or truncated, or their late rows are on the way.
    `newest_first` is the direction of the walk.
    """

    filter_hash: str
    estate_version: str
    newest_first: bool
    channels: tuple[str, ...]
    own: SortKey | None = None
    frontier: SortKey | None = None
    stands: Mapping[str, SortKey | None] = {}

    def stand(self, channel: str) -> SortKey | None:
        """The last place of this channel that is delivered; None when it was never read."""
        return self.stands.get(channel, self.frontier)

    def further(self, left: SortKey | None, right: SortKey | None) -> SortKey | None:
        """The place that comes later in the walk; None is the beginning."""
        if left is None or right is None:
            return left or right
        return right if before(left, right, newest_first=self.newest_first) else left

    def is_late(self, key: SortKey) -> bool:
        """Whether the walk has already delivered a row that belongs after this one."""
        return self.frontier is not None and before(
            key, self.frontier, newest_first=self.newest_first
        )


def can_carry(keys: Sequence[SortKey]) -> bool:
    """Whether a cursor can hold each of these places.

    A source is asked with what a cursor holds, and anybody can write one: a moment that no calendar
    has, or a key that no database takes, would be a fault of every source at once.
    """
    return (
        all(_FIRST <= key.value <= _LAST for key in keys)
        and all(map(is_name, {key.channel for key in keys}))
        and all(is_name(key.natural_key) for key in keys)
    )


def is_name(text: str) -> bool:
    """Whether a text can be a key of something: bounded, and without control characters."""
    # What is printable holds no control character; only other texts need the longer look.
    return len(text) <= _LONGEST_NAME and (
        text.isprintable() or not any(category(one) == "Cc" for one in text)
    )


class _Packed(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    filter_digest: bytes
    estate_version: str
    newest_first: bool
    channels: tuple[str, ...]
    keys: tuple[tuple[int, _Index | str, str], ...]
    own: _Index | None
    frontier: _Index | None
    stands: tuple[tuple[_Index, _Index | None], ...]


def encode(cursor: Cursor) -> str:
    """The text of a cursor."""
    body = msgspec.msgpack.encode(_pack(cursor))
    form = _PLAIN
    if len(body) > _DEFLATE_ABOVE:
        form, body = _DEFLATED, zlib.compress(body, 9, -zlib.MAX_WBITS)
    return urlsafe_b64encode(form + body).rstrip(b"=").decode()


def decode(text: str, filter_hash: str) -> Cursor:
    """The cursor of a text; BadInput with BAD_CURSOR or CURSOR_FILTER_MISMATCH."""
    try:
        packed = msgspec.msgpack.decode(_body(text), type=_Packed)
        cursor = _unpack(packed, filter_hash)
    except (ValueError, IndexError, zlib.error) as exc:
        raise BadInput("this cursor is not one of ours", code="BAD_CURSOR") from exc
    if packed.filter_digest != _digest(filter_hash):
        _mismatch()
    return cursor


def _mismatch() -> NoReturn:
    raise BadInput(
        "this cursor belongs to a list with other filters or another order; start without a cursor",
        code="CURSOR_FILTER_MISMATCH",
    )


def _body(text: str) -> bytes:
    if not text.isascii() or len(text) > _LONGEST_TEXT:
        raise ValueError("no cursor")
    whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(whole).rstrip(b"=").decode() != text:
        raise ValueError("not canonical")
    form, body = whole[:1], whole[1:]
    if form == _PLAIN:
        return body
    if form != _DEFLATED:
        raise ValueError("unknown form")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflater.decompress(body, _LONGEST_BODY)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("cut or too long")
    return inflated


def _pack(cursor: Cursor) -> _Packed:
    at = {channel: index for index, channel in enumerate(cursor.channels)}
    keys = _distinct((cursor.own, cursor.frontier, *cursor.stands.values()))
    return _Packed(
        filter_digest=_digest(cursor.filter_hash),
        estate_version=cursor.estate_version,
        newest_first=cursor.newest_first,
        channels=cursor.channels,
        keys=tuple((key.value, at.get(key.channel, key.channel), key.natural_key) for key in keys),
        own=_place(keys, cursor.own),
        frontier=_place(keys, cursor.frontier),
        stands=tuple((at[channel], _place(keys, key)) for channel, key in cursor.stands.items()),
    )


def _unpack(packed: _Packed, filter_hash: str) -> Cursor:
    names = packed.channels
    keys = [
        SortKey(value, channel if isinstance(channel, str) else names[channel], natural_key)
        for value, channel, natural_key in packed.keys
    ]
    if len(set(names)) != len(names) or (packed.own is None) != (packed.frontier is None):
        raise ValueError("contradicts itself")
    if not can_carry(keys) or not all(map(is_name, (packed.estate_version, *names))):
        raise ValueError("no place of a list")
    return Cursor(
        filter_hash=filter_hash,
        estate_version=packed.estate_version,
        newest_first=packed.newest_first,
        channels=names,
        own=None if packed.own is None else keys[packed.own],
        frontier=None if packed.frontier is None else keys[packed.frontier],
        stands={names[at]: None if key is None else keys[key] for at, key in packed.stands},
    )


def _distinct(keys: Iterable[SortKey | None]) -> dict[SortKey, int]:
    places: dict[SortKey, int] = {}
    for key in keys:
        if key is not None:
            places.setdefault(key, len(places))
    return places


def _place(places: Mapping[SortKey, int], key: SortKey | None) -> int | None:
    return None if key is None else places[key]


def _digest(filter_hash: str) -> bytes:
    return blake2b(filter_hash.encode(), digest_size=_HASH_BYTES).digest()
