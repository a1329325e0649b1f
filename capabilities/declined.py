"""What a write answers when it does nothing: a value and no exception, for clients to handle."""

from msgspec import Struct


class Declined(Struct, frozen=True, kw_only=True):
    """Base of every typed refusal; `path` leads to the part of the input that is meant.

    The contract has its words, in the caller's language: see `schema.user_error`.
    """

    code: str
    path: tuple[str, ...] = ()
