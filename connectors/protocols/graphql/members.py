"""Results of several types: which of them are rows, and which say why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from capabilities.errors import Garbled
from connectors._kit import Decoder
from connectors.protocols.meanings import fault_of


class _Head(Struct, frozen=True, rename={"kind": "__typename"}):
    kind: str = ""


_HEAD = Decoder(_Head)


class Members:
    """The types of a result by a manifest's table: `row`, `not_found`, or an error's meaning."""

    def __init__(self, types: Mapping[str, str], row_type: Any) -> None:
        self._types = types
        self._row = Decoder(row_type)

    def rows(self, raw: Sequence[msgspec.Raw], source: str) -> list[Any]:
        """The rows; an error of ours for a typed error, Garbled for a type that nobody declared."""
        found: list[Any] = []
        for one in filter(_is_there, raw):
            kind = _HEAD.decode(bytes(one), source).kind
            meaning = self._types.get(kind)
            if meaning == "row":
                found.append(self._row.decode(bytes(one), source))
            elif meaning is None:
                raise Garbled("a result is of a type that the manifest lacks", source=source)
            elif meaning != "not_found":
                raise fault_of(meaning, kind, source)
        return found


def _is_there(raw: msgspec.Raw) -> bool:
    return bytes(raw) != b"null"
