"""The gates of every state: named conditions over evidence, each a pure function.

Which state asks for which gates is the table `GATES`; their values are `Bounds`.
"""

from collections.abc import Mapping

from capabilities.adoption.cohort import ALL
from capabilities.adoption.evidence import Fact
from capabilities.adoption.rules import (
    Case,
    Rule,
    count,
    fact_seconds,
    lasting,
    milliseconds,
    no_less,
    no_more,
    not_seen,
    routed_seconds,
    seconds,
    share,
    share_of,
    yes,
)
from capabilities.adoption.states import AdoptionState, Share
from capabilities.adoption.verdict import Gate, Verdict

_S = AdoptionState
# Of the point of no return.
_APPROVALS = 2


def _policy(case: Case) -> Gate:
    chosen = case.standing.conflict_policy
    observed = "none" if chosen is None else chosen.value
    return Gate(name="conflict-policy", required="chosen", observed=observed, ok=chosen is not None)


def _approved(case: Case) -> Gate:
    count = len(case.approved_by)
    return Gate(
        name="two-approvals", required=str(_APPROVALS), observed=str(count), ok=count >= _APPROVALS
    )


MISMATCH = no_more("mismatch-rate", Fact.MISMATCH_RATE, lambda b: b.mismatch_rate, share)
CRITICAL = no_more(
    "mismatch-critical", Fact.MISMATCH_CRITICAL, lambda b: b.mismatch_critical, count
)
_MISMATCH = (
    MISMATCH,
    CRITICAL,
    no_more("mismatch-explained", Fact.MISMATCH_UNEXPLAINED, lambda _: 0, count),
)
# Unless a check found otherwise: it need not have come since.
CONTRACT_KEPT = not_seen("contract-kept", Fact.CONTRACT_PASSED, 0, ("kept", "not kept"))
_COMPARED = (
    no_less("comparisons", Fact.COMPARISONS, lambda b: b.comparisons, count),
    lasting("compared-for", "compared", fact_seconds(Fact.COMPARED_SECONDS)),
    no_less("compared-peaks", Fact.COMPARED_PEAKS, lambda b: b.peaks, count),
    *_MISMATCH,
)
_BUDGET = (
    no_more("platform-p99", Fact.PLATFORM_P99, lambda b: b.platform_p99_ms, milliseconds),
    no_more("platform-errors", Fact.PLATFORM_ERRORS, lambda b: b.platform_errors, share),
)
_DRIFT = no_more("drift", Fact.DRIFT, lambda b: b.drift, count)
_LAG = no_more("write-lag", Fact.WRITE_LAG_P99, lambda b: b.write_lag_seconds, seconds)
GATES: Mapping[AdoptionState, tuple[Rule, ...]] = {
    _S.REGISTERED: (
        yes("connector-valid", Fact.CONFIG_VALID),
        yes("connector-healthy", Fact.HEALTHY),
        yes("owner-named", Fact.OWNER_NAMED),
        yes("pii-classed", Fact.PII_CLASSED),
    ),
    _S.CONTRACT_OK: (
        yes("contract-passed", Fact.CONTRACT_PASSED),
        no_less("status-covered", Fact.STATUS_COVERED, lambda _: 1, share),
        no_more("status-unknown", Fact.STATUS_UNKNOWN, lambda _: 0, count),
    ),
    _S.FEDERATED_READ: (
        no_more("legacy-p99", Fact.LEGACY_P99, lambda b: b.legacy_p99_ms, milliseconds),
        no_more("legacy-errors", Fact.LEGACY_ERRORS, lambda b: b.legacy_errors, share),
        no_less("headroom", Fact.HEADROOM, lambda b: b.headroom, share),
        yes("load-agreed", Fact.LOAD_AGREED),
    ),
    _S.SHADOW_READ: (
        no_more("backfill-days", Fact.BACKFILL_DAYS_DIFFER, lambda _: 0, count),
        no_more("feed-lag", Fact.FEED_LAG_P99, lambda b: b.feed_lag_seconds, seconds),
    ),
    _S.CANARY_READ: (*_COMPARED, CONTRACT_KEPT),
    _S.MIDDLE_READ: (
        lasting("canary-held", "step_held", routed_seconds(_S.CANARY_READ, Share.READ)),
        *_MISMATCH,
        *_BUDGET,
    ),
    _S.DUAL_WRITE_LEGACY_LEAD: (
        yes("writes-idempotent", Fact.WRITES_IDEMPOTENT),
        yes("reverse-sync", Fact.REVERSE_SYNC),
        _DRIFT,
        lasting("drift-free-for", "drift_free", fact_seconds(Fact.DRIFT_FREE_SECONDS)),
    ),
    _S.DUAL_WRITE_MIDDLE_LEAD: (
        yes("replay-accepted", Fact.REPLAY_ACCEPTED),
        _LAG,
        _policy,
        yes("runbook-rehearsed", Fact.RUNBOOK_REHEARSED),
    ),
    _S.MIDDLE_OWNED: (
        lasting("led-for", "led", routed_seconds(_S.DUAL_WRITE_MIDDLE_LEAD, Share.WRITE)),
        _DRIFT,
        yes("business-signed", Fact.BUSINESS_SIGNED),
    ),
    _S.LEGACY_RETIRED: (
        lasting("legacy-unread-for", "unread", fact_seconds(Fact.LEGACY_UNREAD_SECONDS)),
        yes("archive-exported", Fact.ARCHIVE_EXPORTED),
        _approved,
    ),
}
# What more people may be moved on, by the side whose share of them rises from nobody, or further.
_RAISING = {Share.READ: _COMPARED, Share.WRITE: (_DRIFT, _LAG)}
_FURTHER = {Share.READ: _BUDGET, Share.WRITE: ()}


def verdict(case: Case, target: AdoptionState) -> Verdict:
    """Whether a pair may go up to a state."""
    gates = tuple(rule(case) for rule in GATES.get(target, ()))
    return Verdict(target=target, profile=case.profile.name, gates=gates)


def verdict_of_share(case: Case, of: Share, points: int) -> Verdict:
    """Whether so many basis points may be moved to the platform, one step after another."""
    before = share_of(case.standing, of)
    following = next((one for one in case.bounds.steps if one > before), ALL)
    order = Gate(
        name="step-order",
        required=f"at most {share(following / ALL)}",
        observed=share(points / ALL),
        ok=points <= following,
    )
    held = lasting("step-held", "step_held", _since_routed) if before else None
    rules = (*((held,) if held else ()), *_RAISING[of], *(_FURTHER[of] if before else ()))
    gates = (order, *(rule(case) for rule in rules))
    return Verdict(target=case.standing.state, profile=case.profile.name, gates=gates)


def _since_routed(case: Case) -> tuple[float | None, str]:
    return (case.now - case.standing.routed_at).total_seconds(), ""
