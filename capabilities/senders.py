"""Senders: who may push rows and files to a connector, and for which stores."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from capabilities.copied import FeederState

# A shop that is open every day has sent something by then.
SILENT_HOURS = 24.0


class Sender(Struct, frozen=True, kw_only=True):
    """One sender of one connector, as its operator registered it; its key is shown once."""

    connector: str
    name: str
    stores: tuple[str, ...]
    added_at: datetime
    added_by: str
    revoked_at: datetime | None = None


class SentFile(Struct, frozen=True, kw_only=True):
    """The newest content of a file that a sender pushed.

    `received` are the bytes that came, of `size`; `whole_at` is None while some are missing.
    """

    sender: str
    name: str
    sha256: str
    size: int
    received: int
    store: str
    day: date | None = None
    started_at: datetime | None = None
    whole_at: datetime | None = None


def silent(
    senders: Sequence[Sender],
    states: Sequence[FeederState],
    since: datetime,
    files: Sequence[SentFile] = (),
) -> list[Sender]:
    """Senders that may push, could have, and brought neither rows nor a file since a moment."""
    heard = {one.feeder for one in states if one.accepted_at >= since}
    heard |= {one.sender for one in files if one.whole_at is not None and one.whole_at >= since}
    return [
        one
        for one in senders
        if one.revoked_at is None and one.added_at < since and one.name not in heard
    ]
