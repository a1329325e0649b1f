"""Evidence: what was measured of a pair, when, over how much, and under which definitions."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import astuple


class Fact(Enum):
    """What can be known of a pair, by the name under which it is kept; the unit is in its comment.

    Whoever measures writes by these names, and gates read by them.
    """

    # 1 or 0; the first one's basis are the definitions in force
    CONFIG_VALID = "connector.valid"
    HEALTHY = "connector.healthy"
    PII_CLASSED = "pii.classed"
    LOAD_AGREED = "load.agreed"
    CONTRACT_PASSED = "contract.passed"
    BREAKER_OPEN = "connector.breaker_open"
    CONSENT_KEPT = "consent.kept"
    # the share of rows of 90 days whose status the mapping knows, 0 to 1; and values it does not
    STATUS_COVERED = "mapping.status_covered"
    STATUS_UNKNOWN = "mapping.status_unknown"
    # milliseconds; shares of calls, 0 to 1
    LEGACY_P99 = "connector.p99_ms"
    LEGACY_ERRORS = "connector.error_rate"
    HEADROOM = "connector.headroom"
    # days on which the counts of both sides differ; seconds
    BACKFILL_DAYS_DIFFER = "backfill.days_differ"
    FEED_LAG_P99 = "feed.lag_p99_seconds"
    # of comparisons since the last change of what is compared: how many, how long, peaks seen,
    # the share that differs, how many critical ones do, how many kinds nobody explained
    COMPARISONS = "shadow.comparisons"
    COMPARED_SECONDS = "shadow.seconds"
    COMPARED_PEAKS = "shadow.peaks"
    MISMATCH_RATE = "shadow.mismatch_rate"
    MISMATCH_CRITICAL = "shadow.mismatch_critical"
    MISMATCH_UNEXPLAINED = "shadow.mismatch_unexplained"
    # the same of the last minutes, by which a pair is demoted
    MISMATCH_RECENT = "shadow.mismatch_recent"
    PLATFORM_P99 = "platform.p99_ms"
    PLATFORM_ERRORS = "platform.error_rate"
    # the share of failed answers in the last seconds, by which a pair is demoted
    PLATFORM_BURN = "platform.burn"
    # writes: 1 or 0, rows that differ, seconds without a difference, seconds, rows that wait
    WRITES_IDEMPOTENT = "writes.idempotent"
    REVERSE_SYNC = "writes.reverse_sync"
    REPLAY_ACCEPTED = "writes.replay_accepted"
    DRIFT = "writes.drift"
    DRIFT_FREE_SECONDS = "writes.drift_free_seconds"
    # 1, of the last reconciliation that found no difference: by its basis, under which definitions
    BOTH_EQUAL = "writes.both_equal"
    WRITE_LAG_P99 = "writes.lag_p99_seconds"
    UNDRAINED = "writes.undrained"
    # seconds since the last read of the legacy by another application's path
    LEGACY_UNREAD_SECONDS = "legacy.unread_seconds"
    # what a person vouches for: 1 or 0; `query` says what, such as who the owner is
    OWNER_NAMED = "signed.owner"
    RUNBOOK_REHEARSED = "signed.runbook_rehearsed"
    BUSINESS_SIGNED = "signed.business"
    ARCHIVE_EXPORTED = "signed.archive_exported"


# What no measurement can tell: written in a person's name.
SIGNED = frozenset(
    {
        Fact.OWNER_NAMED,
        Fact.RUNBOOK_REHEARSED,
        Fact.BUSINESS_SIGNED,
        Fact.ARCHIVE_EXPORTED,
    }
)


# What is vouched for of one attempt alone: who owns the legacy stays so, whatever is taken back.
OF_THE_STATE = SIGNED - {Fact.OWNER_NAMED}
# How answers of the platform fare: those of another state say nothing of this one.
ANSWERS = frozenset({Fact.PLATFORM_P99, Fact.PLATFORM_ERRORS})
# What comparisons alone can tell.
COMPARED = frozenset(
    {
        Fact.COMPARISONS,
        Fact.COMPARED_SECONDS,
        Fact.COMPARED_PEAKS,
        Fact.MISMATCH_RATE,
        Fact.MISMATCH_CRITICAL,
        Fact.MISMATCH_UNEXPLAINED,
    }
)


class Basis(Struct, frozen=True, kw_only=True):
    """Under which definitions something was measured; an empty digest depends on nothing.

    `schema` is that of the contract, `connector` that of the connector's definition without its
    limits, `mapping` that of its manifest.
    """

    schema: str = ""
    connector: str = ""
    mapping: str = ""

    def holds(self, now: "Basis") -> bool:
        """Whether what was measured so still says something."""
        pairs = zip(astuple(self), astuple(now), strict=True)
        return all(not then or then == today for then, today in pairs)


class Evidence(Struct, frozen=True, kw_only=True):
    """One fact as it was measured last; `sample` is how many rows, calls or pairs it rests on.

    `query` says in words what was counted; `author` is who measured, or who vouches.
    """

    fact: Fact
    value: float
    at: datetime
    sample: int = 0
    since: datetime | None = None
    query: str = ""
    basis: Basis = Basis()
    author: str = "system:adoption"


Known = Mapping[Fact, Evidence]
