"""A pair of which every gate is met, and how to spoil one fact of it."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION, STANDARD
from capabilities.adoption.deciding import Wanted
from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import ConflictPolicy, implicit
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability

NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
BASIS = Basis(schema="s", connector="c", mapping="m")
_DAYS = 86_400.0
# Just good enough, under production's values.
VALUES = {
    Fact.CONFIG_VALID: 1,
    Fact.HEALTHY: 1,
    Fact.OWNER_NAMED: 1,
    Fact.PII_CLASSED: 1,
    Fact.LOAD_AGREED: 1,
    Fact.CONTRACT_PASSED: 1,
    Fact.STATUS_COVERED: 1,
    Fact.STATUS_UNKNOWN: 0,
    Fact.LEGACY_P99: 800,
    Fact.LEGACY_ERRORS: 0.01,
    Fact.HEADROOM: 0.3,
    Fact.BACKFILL_DAYS_DIFFER: 0,
    Fact.FEED_LAG_P99: 60,
    Fact.COMPARISONS: 10_000,
    Fact.COMPARED_SECONDS: 7 * _DAYS,
    Fact.COMPARED_PEAKS: 1,
    Fact.MISMATCH_RATE: 0.001,
    Fact.MISMATCH_CRITICAL: 0,
    Fact.MISMATCH_UNEXPLAINED: 0,
    Fact.PLATFORM_P99: 800,
    Fact.PLATFORM_ERRORS: 0.01,
    Fact.WRITES_IDEMPOTENT: 1,
    Fact.REVERSE_SYNC: 1,
    Fact.REPLAY_ACCEPTED: 1,
    Fact.DRIFT: 0,
    Fact.DRIFT_FREE_SECONDS: 7 * _DAYS,
    Fact.WRITE_LAG_P99: 60,
    Fact.LEGACY_UNREAD_SECONDS: 30 * _DAYS,
    Fact.RUNBOOK_REHEARSED: 1,
    Fact.BUSINESS_SIGNED: 1,
    Fact.ARCHIVE_EXPORTED: 1,
}
WANTED = Wanted(author="ada", reason="try", key="1", role="ADMIN")


def evidence(fact, value, **more):
    return Evidence(fact=fact, value=value, **{"at": NOON, "basis": BASIS, **more})


GOOD = {fact: evidence(fact, value) for fact, value in VALUES.items()}


def case(state, known=GOOD, profile=PRODUCTION, **standing):
    """A pair at a state whose every gate to the next one is met."""
    long_ago = NOON - timedelta(days=40)
    pair = replace(
        implicit("shop", Capability.MEMBER),
        state=state,
        read_points=10_000,
        write_points=10_000,
        conflict_policy=ConflictPolicy.LEADER_WINS,
        entered_at=long_ago,
        routed_at=long_ago,
        version=7,
    )
    return Case(
        standing=replace(pair, **standing),
        known=known,
        basis=BASIS,
        bounds=STANDARD.defaults,
        profile=profile,
        now=NOON,
        approved_by=frozenset({"ada", "bob"})
        if state is AdoptionState.MIDDLE_OWNED
        else frozenset(),
    )


def spoiled(fact, value, **more):
    return {**GOOD, fact: evidence(fact, value, **more)}
