"""The gates for staying in a state: what a pair is asked when a person resumes it there.

It came by the gates of entering it, which are not asked anew: what was compared before the halt
counts as long as the definitions are the same, and so does a reconciliation where both sides are
written. Asked is what would send it down at once, and that no more differs than may. Further down
only the former is asked, and nothing where its system answers everybody.
"""

from collections.abc import Mapping

from capabilities.adoption.evidence import Fact
from capabilities.adoption.gates import CONTRACT_KEPT, CRITICAL, MISMATCH
from capabilities.adoption.rules import Case, Rule, count, no_more, not_seen
from capabilities.adoption.states import AdoptionState
from capabilities.adoption.unchanged import RECONCILED, changed, held
from capabilities.adoption.verdict import Gate, Verdict

_S = AdoptionState


def _unchanged(state: AdoptionState) -> Rule:
    """What was compared is in force: else it would be sent down from a state at once."""
    both = state in RECONCILED
    mend = "changed: reconcile until nothing differs" if both else "changed: resume at SHADOW_READ"

    def rule(case: Case) -> Gate:
        found = held(case, state)
        how = "as compared"
        if found is None:
            how = mend if changed(case, state) else "not compared"
        elif found.fact is Fact.BOTH_EQUAL:
            how = "as reconciled"
        return Gate(
            name="definitions-unchanged",
            required="as compared or reconciled" if both else "as compared",
            observed=how,
            ok=not changed(case, state),
            measured_at=None if found is None else found.at,
        )

    return rule


_CONSENT = not_seen("consent-kept", Fact.CONSENT_KEPT, 0, ("kept", "not kept"))
_CIRCUIT = not_seen("circuit-closed", Fact.BREAKER_OPEN, 1, ("closed", "open"))
_DRIFT = no_more("drift", Fact.DRIFT, lambda b: b.drift_limit, count)
_COMPARED, _WRITTEN = _unchanged(_S.MIDDLE_READ), _unchanged(_S.MIDDLE_OWNED)
_READS = (_CONSENT, _CIRCUIT, CONTRACT_KEPT, _COMPARED, MISMATCH, CRITICAL)
_WRITES = (_CONSENT, _CIRCUIT, CONTRACT_KEPT, _WRITTEN, _DRIFT)
STAYING: Mapping[AdoptionState, tuple[Rule, ...]] = {
    _S.CONTRACT_OK: (CONTRACT_KEPT,),
    _S.SHADOW_READ: (_CONSENT,),
    _S.CANARY_READ: _READS,
    _S.MIDDLE_READ: _READS,
    _S.DUAL_WRITE_LEGACY_LEAD: _WRITES,
    _S.DUAL_WRITE_MIDDLE_LEAD: _WRITES,
    _S.MIDDLE_OWNED: (_CONSENT, CONTRACT_KEPT, _WRITTEN),
}
# What each look sees anew, whatever it was when a state began.
FURTHER_DOWN: Mapping[AdoptionState, tuple[Rule, ...]] = {
    _S.CANARY_READ: (_CIRCUIT, _COMPARED),
    _S.MIDDLE_READ: (_CIRCUIT, _COMPARED),
    _S.DUAL_WRITE_LEGACY_LEAD: (_CIRCUIT, _WRITTEN),
    _S.DUAL_WRITE_MIDDLE_LEAD: (_CIRCUIT, _WRITTEN),
}


def verdict_of_staying(case: Case, target: AdoptionState | None = None) -> Verdict:
    """Whether a halted pair may go on at a state, where it was halted if none is named."""
    lead = case.standing.lead
    target = lead if target is None else target
    rules = (STAYING if target is lead else FURTHER_DOWN).get(target, ())
    gates = tuple(rule(case) for rule in rules)
    return Verdict(target=target, profile=case.profile.name, gates=gates)
