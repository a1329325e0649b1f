"""The estate: channels, connectors in force, and which connector answers for a channel."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from capabilities.ids import global_id
from capabilities.load import LoadAgreement
from capabilities.schedule import Schedule

_AtLeastOne = Annotated[int, Meta(ge=1)]
LONGEST_KEPT_SECONDS = 24 * 3600.0


class ChannelKind(Enum):
    """Kinds of channel; a channel itself is data."""

    STORE = "STORE"
    TAKEAWAY = "TAKEAWAY"
    MARKETPLACE = "MARKETPLACE"
    APP = "APP"
    MINI_PROGRAM = "MINI_PROGRAM"
    LIVESTREAM = "LIVESTREAM"
    OFFICE_TERMINAL = "OFFICE_TERMINAL"
    THIRD_PARTY = "THIRD_PARTY"
    POPUP = "POPUP"
    OTHER = "OTHER"


class Capability(Enum):
    """What a connector may answer for a channel."""

    MEMBER = "member"
    ORDER = "order"
    PROMOTION = "promotion"


class Channel(Struct, frozen=True, kw_only=True):
    """Where the retailer sells."""

    brand: str
    code: str
    name: str
    kind: ChannelKind
    time_zone: str = "Asia/Shanghai"

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Channel", self.brand, self.code)


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one connector may ask of its system, in one process.

    `deadline_ms` holds for one whole call, `max_batch` for the keys of one call. With
    `share_batches` one call may carry keys that several callers asked for. What has no limit of its
    own has the deadline's.
    """

    deadline_ms: _AtLeastOne = 800
    connect_ms: _AtLeastOne = 1000
    first_byte_ms: _AtLeastOne | None = None
    max_concurrent: _AtLeastOne = 8
    max_batch: _AtLeastOne = 50
    max_body_bytes: _AtLeastOne = 8 * 1024 * 1024
    scan_max_rows: _AtLeastOne = 500
    scan_max_calls: _AtLeastOne = 5
    share_batches: bool = True


class CachePolicy(Struct, frozen=True, kw_only=True):
    """How long the answers of one capability of a connector are kept; all in seconds.

    `fresh` answers without asking, `absent` does so for a key that has no record. The two stale
    windows begin where `fresh` ends: in the first the old answer is given while a new one is
    fetched, in the second only where the system fails.
    """

    fresh: float
    absent: float
    stale_while_revalidate: float = 0.0
    stale_if_error: float = 0.0

    @property
    def life(self) -> float:
        """For how long an answer may be of any use."""
        return self.fresh + max(self.stale_while_revalidate, self.stale_if_error)


class ConnectorOrigin(Enum):
    """Where a connector was written down."""

    ESTATE_FILE = "ESTATE_FILE"
    FOLDER = "FOLDER"
    REGISTERED = "REGISTERED"


class ConnectorSpec(Struct, frozen=True, kw_only=True):
    """One registered connection: data, as the operator wrote it.

    `secrets` holds references (`env:NAME`, `file:PATH`), never values. `channels` maps, per
    capability, the source's own word for a channel to our channel code; the single entry `"*"`
    means that every row belongs to that channel. A capability without a policy in `cache` is never
    kept. `manifest` is the text of a manifest of its own, in place of that of a system's folder.
    `sync` is when the records of a capability are taken in; without a schedule only when asked.
    """

    name: str
    system: str
    settings: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}
    limits: Limits = Limits()
    load: LoadAgreement | None = None
    cache: Mapping[Capability, CachePolicy] = {}
    channels: Mapping[Capability, Mapping[str, str]] = {}
    sync: Mapping[Capability, Schedule] = {}
    manifest: str | None = None
    paused: bool = False
    origin: ConnectorOrigin = ConnectorOrigin.ESTATE_FILE

    def codes(self, capability: Capability) -> frozenset[str]:
        """Our codes of the channels that it answers a capability for."""
        return frozenset(self.channels.get(capability, {}).values())


class ConnectorHealth(Enum):
    """How a connector fares right now."""

    UP = "UP"
    FAILING = "FAILING"
    BROKEN = "BROKEN"
    UNTRIED = "UNTRIED"
    PAUSED = "PAUSED"


class ConnectorStanding(Enum):
    """What became of a connector's newest definition."""

    IN_FORCE = "IN_FORCE"
    PAUSED = "PAUSED"
    REFUSED = "REFUSED"
    REMOVED = "REMOVED"


class BreakerState(Enum):
    """Whether a connector's system is asked."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class ConnectorState(Struct, frozen=True, kw_only=True):
    """A connector as the graph shows it; `last_error` is a coded message, never a body."""

    name: str
    system: str
    health: ConnectorHealth
    capabilities: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    calls: int = 0
    errors: int = 0
    in_flight: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    p50: int | None = None
    p99: int | None = None
    error_rate: float | None = None
    last_error: str | None = None
    last_latency_ms: int | None = None
    origin: ConnectorOrigin = ConnectorOrigin.ESTATE_FILE
    state: ConnectorStanding = ConnectorStanding.IN_FORCE
    refused: str | None = None
    author: str | None = None
    changed_at: datetime | None = None
