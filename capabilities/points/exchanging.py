"""Points of one programme for points of another: two entries of one wish, or none."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from capabilities.points.ledger import Posted, credit, spend
from capabilities.points.records import Account, EntryType, InsufficientPoints, Told


class Bargain(Struct, frozen=True, kw_only=True):
    """What a rule makes of a wish: so many points go, so many come, and until when they hold."""

    gives: int
    gets: int
    expires_at: datetime | None = None


def exchange(
    source: Account,
    target: Account,
    bargain: Bargain,
    told: Told,
    came: Told,
    at: datetime,
) -> Sequence[Posted] | InsufficientPoints:
    """TRANSFER_OUT of one account and TRANSFER_IN of the other; `came` says why it came."""
    gone = spend(source, EntryType.TRANSFER_OUT, bargain.gives, told, at)
    if isinstance(gone, InsufficientPoints):
        return gone
    kind, amount = EntryType.TRANSFER_IN, bargain.gets
    here = credit(target, kind, amount, came, at, expires_at=bargain.expires_at)
    return gone, replace(here, entries=(replace(here.entries[0], part=1),))
