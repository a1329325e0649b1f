"""JSON inside a text: the field's text is decoded to the type of what is read of it."""

from typing import Any, ClassVar, Self
from urllib.parse import unquote_plus

from capabilities.errors import Garbled
from connectors._kit.strict_json import Decoder


class Folded:
    """What stood in one text; a class for each field, made with the type of what is inside."""

    __slots__ = ("value",)
    inner: ClassVar[Decoder[Any]]

    def __init__(self, value: Any) -> None:
        self.value = value

    @classmethod
    def unfold(cls, raw: Any) -> Self:
        """Read by the decoder of the row; blank text is nothing inside.

        No JSON begins with `%`: such a text is as a form encodes it, and decoded first.
        """
        if not isinstance(raw, str):
            raise TypeError("not a text")
        if raw.startswith("%"):
            raw = unquote_plus(raw)
        try:
            return cls(cls.inner.decode(raw.encode()) if raw.strip() else None)
        except (Garbled, UnicodeEncodeError):
            pass
        raise ValueError("not the JSON that is expected")


def folded(name: str, inner: Any) -> type[Folded]:
    """The class of a field whose text is JSON of a type."""
    return type(name, (Folded,), {"inner": Decoder(inner), "__slots__": ()})
