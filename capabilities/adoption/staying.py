"""The gates for staying in a state: what a pair is asked when a person resumes it there.

It came by the gates of entering it, which are not asked anew: what was compared before the halt
counts as long as the definitions are the same. Asked is what would send it down at once, and that
no more differs than may.
"""

from collections.abc import Mapping

from capabilities.adoption.evidence import Fact
from capabilities.adoption.gates import CONTRACT_KEPT, CRITICAL, MISMATCH
from capabilities.adoption.rules import Case, Rule, count, no_more, not_seen
from capabilities.adoption.states import AdoptionState
from capabilities.adoption.verdict import Gate, Verdict

_S = AdoptionState


def _unchanged(case: Case) -> Gate:
    """What was compared is in force: else it would be sent back to comparing at once."""
    found = case.known.get(Fact.COMPARISONS)
    same = found is None or found.basis.holds(case.basis)
    return Gate(
        name="definitions-unchanged",
        required="as compared",
        observed="not compared" if found is None else "as compared" if same else "changed",
        ok=same,
        measured_at=None if found is None else found.at,
    )


_CONSENT = not_seen("consent-kept", Fact.CONSENT_KEPT, 0, ("kept", "not kept"))
_CIRCUIT = not_seen("circuit-closed", Fact.BREAKER_OPEN, 1, ("closed", "open"))
_DRIFT = no_more("drift", Fact.DRIFT, lambda b: b.drift_limit, count)
_READS = (_CONSENT, _CIRCUIT, CONTRACT_KEPT, _unchanged, MISMATCH, CRITICAL)
_WRITES = (_CONSENT, _CIRCUIT, CONTRACT_KEPT, _unchanged, _DRIFT)
STAYING: Mapping[AdoptionState, tuple[Rule, ...]] = {
    _S.CONTRACT_OK: (CONTRACT_KEPT,),
    _S.SHADOW_READ: (_CONSENT,),
    _S.CANARY_READ: _READS,
    _S.MIDDLE_READ: _READS,
    _S.DUAL_WRITE_LEGACY_LEAD: _WRITES,
    _S.DUAL_WRITE_MIDDLE_LEAD: _WRITES,
    _S.MIDDLE_OWNED: (_CONSENT, CONTRACT_KEPT, _unchanged),
}


def verdict_of_staying(case: Case) -> Verdict:
    """Whether a halted pair may go on where it was halted."""
    target = case.standing.lead
    gates = tuple(rule(case) for rule in STAYING.get(target, ()))
    return Verdict(target=target, profile=case.profile.name, gates=gates)
