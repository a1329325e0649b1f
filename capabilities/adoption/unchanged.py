"""Whether what is in force is that under which both sides were held against each other last.

Comparisons do that below dual writes. From there on nothing is compared any more, and a
reconciliation that finds no difference says the same: it holds every record of both sides against
each other.
"""

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.rules import Case
from capabilities.adoption.states import AdoptionState

_S = AdoptionState
RECONCILED = frozenset(
    {_S.DUAL_WRITE_LEGACY_LEAD, _S.DUAL_WRITE_MIDDLE_LEAD, _S.MIDDLE_OWNED},
)


def changed(case: Case, state: AdoptionState) -> bool:
    """Whether a pair at a state was compared, and neither that nor a reconciliation counts now."""
    return Fact.COMPARISONS in case.known and held(case, state) is None


def held(case: Case, state: AdoptionState) -> Evidence | None:
    """By what both sides were held against each other under what is in force; None by nothing.

    A reconciliation from before the last comparison is of an earlier attempt.
    """
    compared = case.known.get(Fact.COMPARISONS)
    if compared is None or case.in_force(compared.basis):
        return compared
    equal = case.known.get(Fact.BOTH_EQUAL)
    if state not in RECONCILED or equal is None or equal.at < compared.at:
        return None
    return equal if case.in_force(equal.basis) else None
