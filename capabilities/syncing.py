"""How a connector's records are taken into what the platform keeps: one stream for each kind."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.errors import SantongError
from capabilities.estate import Capability

# The kinds of record that are taken in, by the word of their command.
STREAMS = {
    "members": Capability.MEMBER,
    "orders": Capability.ORDER,
    "promotions": Capability.PROMOTION,
}
SECTIONS = {
    Capability.MEMBER: "memberships",
    Capability.ORDER: "orders",
    Capability.PROMOTION: "promotions",
}


class SyncBusy(SantongError):
    """Another run has the stream."""

    code = "SYNC_BUSY"


class SyncLost(SantongError):
    """Another run took the stream over, because this one was silent for too long."""

    code = "SYNC_LOST"


class SyncVanished(SantongError):
    """So much is missing from a whole reading that nothing of it is believed."""

    code = "SYNC_VANISHED"


class SyncDefect(SantongError):
    """A run ended by a defect of ours."""

    code = "SYNC_DEFECT"


class SyncState(Enum):
    """How the newest pass of a stream stands."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    DONE = "DONE"


class Stream(Struct, frozen=True, kw_only=True):
    """One kind of record of one connector, and the newest pass over it.

    `whole` says that the pass reads everything and compares, and does not follow a feed. `read`
    rows came, `changed` of them had an effect, `removed` are gone, `unfit` could not be mapped.
    `moment` is how far the pass came in the source's own time, `total` how many rows it has where
    the source counts them. `ended_at` is when a pass last came to its end, this one or one before.
    `failure` is a coded message and never a row.
    """

    connector: str
    capability: Capability
    state: SyncState
    whole: bool = False
    position: str | None = None
    began_at: datetime | None = None
    moved_at: datetime | None = None
    ended_at: datetime | None = None
    read: int = 0
    changed: int = 0
    removed: int = 0
    unfit: int = 0
    total: int | None = None
    moment: datetime | None = None
    failed_at: datetime | None = None
    failure_code: str | None = None
    failure: str | None = None
    running_until: datetime | None = None

    @property
    def seconds(self) -> float:
        """How long the pass has taken until it last moved."""
        if self.began_at is None or self.moved_at is None:
            return 0.0
        return (self.moved_at - self.began_at).total_seconds()

    @property
    def per_second(self) -> float | None:
        """Rows a second of this pass, once it has taken a moment."""
        return self.read / self.seconds if self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long the pass will take, where its source counts its rows."""
        rate = self.per_second
        if self.total is None or not rate:
            return None
        return max(0, self.total - self.read) / rate
