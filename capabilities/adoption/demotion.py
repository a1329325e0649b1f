"""When a pair goes down by itself: what was measured says so, and nobody is asked."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState
from capabilities.adoption.unchanged import changed

_S = AdoptionState
_PLATFORM_READS = frozenset(
    {_S.CANARY_READ, _S.MIDDLE_READ, _S.DUAL_WRITE_LEGACY_LEAD, _S.DUAL_WRITE_MIDDLE_LEAD}
)
_DUAL = frozenset({_S.DUAL_WRITE_LEGACY_LEAD, _S.DUAL_WRITE_MIDDLE_LEAD})
_ADOPTING = frozenset({_S.SHADOW_READ, *_PLATFORM_READS, _S.MIDDLE_OWNED})
# Out of these reads go back to the legacy by going down; of others only a halt keeps every leader.
_LOWER: Mapping[AdoptionState, AdoptionState] = {
    _S.CANARY_READ: _S.SHADOW_READ,
    _S.MIDDLE_READ: _S.CANARY_READ,
}


class Demotion(Struct, frozen=True):
    """Where a pair goes by itself, and why; `frozen` leaves every read where it is."""

    target: AdoptionState
    reason: str
    frozen: bool = False


Cause = Callable[[Case], Demotion | None]


def demotion(case: Case) -> Demotion | None:
    """The first cause to send a pair down, the gravest first; None where it may stay."""
    for cause in (_consent, _drift, _mismatch, _burn, _breaker, _expired, _contract):
        found = cause(case)
        if found is not None:
            return found
    return None


def watched(standing: Standing) -> bool:
    """Whether a pair may go down by itself from where it stands."""
    return standing.state in _ADOPTING or standing.state is _S.CONTRACT_OK


def lower(standing: Standing) -> AdoptionState:
    """Where reads of a state go back to the legacy, if by one step, else into a halt."""
    return _LOWER.get(standing.state, _S.HALTED)


def _consent(case: Case) -> Demotion | None:
    kept = _fresh(case, Fact.CONSENT_KEPT)
    if case.standing.state not in _ADOPTING or kept is None or kept.value == 1:
        return None
    return Demotion(_S.HALTED, "a consent was not kept")


def _drift(case: Case) -> Demotion | None:
    found = _fresh(case, Fact.DRIFT)
    if case.standing.state not in _DUAL or found is None or found.value <= case.bounds.drift_limit:
        return None
    return Demotion(_S.HALTED, f"{found.value:,.0f} rows differ between both sides")


def _mismatch(case: Case) -> Demotion | None:
    found = _fresh(case, Fact.MISMATCH_RECENT)
    bounds = case.bounds
    if case.standing.state not in _LOWER or found is None or found.sample < bounds.spike_pairs:
        return None
    if found.value <= bounds.spike_rate:
        return None
    return Demotion(_S.HALTED, f"{found.value * 100:.3g} % of {found.sample:,} pairs differ")


def _burn(case: Case) -> Demotion | None:
    found = _fresh(case, Fact.PLATFORM_BURN)
    bounds = case.bounds
    if case.standing.state not in _PLATFORM_READS or found is None:
        return None
    if found.sample < bounds.burn_answers or found.value <= bounds.burn_rate:
        return None
    reason = f"{found.value * 100:.3g} % of {found.sample:,} answers of the platform failed"
    return Demotion(lower(case.standing), reason)


def _breaker(case: Case) -> Demotion | None:
    """The legacy is away: nothing is compared nor fed, and it is no safer than what answers now."""
    found = _fresh(case, Fact.BREAKER_OPEN)
    if case.standing.state not in _PLATFORM_READS or found is None or found.value != 1:
        return None
    return Demotion(_S.HALTED, "the circuit of the connector is open", frozen=True)


def _expired(case: Case) -> Demotion | None:
    """What was compared says nothing of what is in force now: back to comparing."""
    if not changed(case, case.standing.state):
        return None
    reason = "schema, connector or mapping changed since it was compared"
    return _to_comparing(case.standing.state, reason)


def _contract(case: Case) -> Demotion | None:
    """Its answers do not fit the contract: it is registered only, or goes back to comparing.

    Between those two its system answers as it always did, and nobody is taken away from it.
    """
    found = _fresh(case, Fact.CONTRACT_PASSED)
    if found is None or found.value == 1:
        return None
    if case.standing.state is _S.CONTRACT_OK:
        return Demotion(_S.REGISTERED, f"its answers do not fit the contract: {found.query}")
    reason = f"its answers do not fit the contract any more: {found.query}"
    return _to_comparing(case.standing.state, reason)


def _to_comparing(state: AdoptionState, reason: str) -> Demotion | None:
    """Back to comparing; where the platform leads nothing was drained, so a person decides."""
    if state in {*_LOWER, _S.DUAL_WRITE_LEGACY_LEAD}:
        return Demotion(_S.SHADOW_READ, reason)
    if state in {_S.DUAL_WRITE_MIDDLE_LEAD, _S.MIDDLE_OWNED}:
        return Demotion(_S.HALTED, reason, frozen=True)
    return None


def _fresh(case: Case, fact: Fact) -> Evidence | None:
    """A fact of this state: what was measured before it began is of another one."""
    found = case.known.get(fact)
    return None if found is None or found.at < case.standing.entered_at else found
