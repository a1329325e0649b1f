"""Senders: who may push rows to a connector, and for which stores."""

from datetime import datetime

from msgspec import Struct


class Sender(Struct, frozen=True, kw_only=True):
    """One sender of one connector, as its operator registered it; its key is shown once."""

    connector: str
    name: str
    stores: tuple[str, ...]
    added_at: datetime
    added_by: str
    revoked_at: datetime | None = None
