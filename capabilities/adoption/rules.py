"""How a gate reads evidence: a number, a yes, or a time that must have passed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from capabilities.adoption.bounds import Bounds, Profile
from capabilities.adoption.cohort import ALL
from capabilities.adoption.evidence import (
    ANSWERS,
    COMPARED,
    OF_THE_STATE,
    SIGNED,
    Basis,
    Evidence,
    Fact,
    Known,
)
from capabilities.adoption.spans import span
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Share
from capabilities.adoption.verdict import Gate

_S = AdoptionState


class Case(Struct, frozen=True, kw_only=True):
    """All that a verdict is read from; `basis` are the definitions in force now.

    `approved_by` are the people who have approved that the legacy is retired; `filling` says that
    the platform's copy does not stand whole, so that nothing can be compared.
    """

    standing: Standing
    known: Known
    basis: Basis
    bounds: Bounds
    profile: Profile
    now: datetime
    approved_by: frozenset[str] = frozenset()
    filling: bool = False

    def in_force(self, basis: Basis) -> bool:
        """Whether what was measured under definitions still says something.

        Where no gateway ever told which are in force, nothing says that they changed.
        """
        return self.basis == Basis() or basis.holds(self.basis)


Rule = Callable[[Case], Gate]
_Shown = Callable[[float], str]
# A number of seconds, or why there is none.
_Seconds = Callable[[Case], tuple[float | None, str]]


# What begins anew with each state, and how it came to be known.
_ANEW = {
    **dict.fromkeys(OF_THE_STATE, "signed"),
    **dict.fromkeys(COMPARED, "compared"),
    **dict.fromkeys(ANSWERS, "measured"),
}


def measured(case: Case, fact: Fact) -> tuple[Evidence | None, str]:
    """A fact as far as it counts today, else why it does not."""
    found = case.known.get(fact)
    if case.filling and fact in COMPARED:
        return None, "the copy is being filled"
    if found is None:
        return None, "not measured"
    if not case.in_force(found.basis):
        return None, "measured before schema, connector or mapping changed"
    halted = case.standing.state is AdoptionState.HALTED and fact in COMPARED
    how = _ANEW.get(fact)
    if how is not None and found.at < case.standing.entered_at and not halted:
        return None, f"{how} before it came to {case.standing.state.value}"
    # nothing is compared while it is halted: what was is as old as it was then
    age = (case.standing.entered_at if halted else case.now) - found.at
    if fact not in SIGNED and age > case.profile.lasts("evidence_age", case.bounds):
        return None, f"measured {span(age)} ago"
    return found, ""


def _numeric(
    name: str,
    fact: Fact,
    required: Callable[[Bounds], str],
    ok: Callable[[float, Bounds], bool],
    shown: _Shown,
) -> Rule:
    """A gate over one measured number."""

    def rule(case: Case) -> Gate:
        found, why = measured(case, fact)
        return Gate(
            name=name,
            required=required(case.bounds),
            observed=why if found is None else shown(found.value),
            ok=found is not None and ok(found.value, case.bounds),
            measured_at=None if found is None else found.at,
        )

    return rule


def yes(name: str, fact: Fact, required: str = "yes") -> Rule:
    """A gate over what holds or does not."""
    return _numeric(
        name, fact, lambda _: required, lambda value, _: value == 1, lambda v: "yes" if v else "no"
    )


def not_seen(name: str, fact: Fact, bad: float, words: tuple[str, str]) -> Rule:
    """A gate that is met unless its opposite was measured; `words` are for the good and the bad."""

    def rule(case: Case) -> Gate:
        found, why = measured(case, fact)
        is_bad = found is not None and found.value == bad
        good, other = words
        return Gate(
            name=name,
            required=good,
            observed=why if found is None else other if is_bad else good,
            ok=not is_bad,
            measured_at=None if found is None else found.at,
        )

    return rule


def no_more(name: str, fact: Fact, bound: Callable[[Bounds], float], shown: _Shown) -> Rule:
    """A gate over a number that a bound holds down."""
    return _numeric(
        name,
        fact,
        lambda bounds: f"at most {shown(bound(bounds))}",
        lambda value, bounds: value <= bound(bounds),
        shown,
    )


def no_less(name: str, fact: Fact, bound: Callable[[Bounds], float], shown: _Shown) -> Rule:
    """A gate over a number that must come up to a bound."""
    return _numeric(
        name,
        fact,
        lambda bounds: f"at least {shown(bound(bounds))}",
        lambda value, bounds: value >= bound(bounds),
        shown,
    )


def count(value: float) -> str:
    """A number, in groups of three digits."""
    return f"{value:,.0f}"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{value * 100:.4g} %"


def milliseconds(value: float) -> str:
    """A number of milliseconds."""
    return f"{value:,.0f} ms"


def seconds(value: float) -> str:
    """A number of seconds, as people say it."""
    return span(timedelta(seconds=value))


def lasting(name: str, duration: str, observed: _Seconds) -> Rule:
    """A gate over a time that must have passed, which a profile may shorten."""

    def rule(case: Case) -> Gate:
        full, here = case.profile.shown(duration, case.bounds)
        past, why = observed(case)
        asked = (full if here is None else here).total_seconds()
        required = span(full) if here is None else f"{span(full)}, here {span(here)}"
        return Gate(
            name=name,
            required=required,
            observed=why if past is None else seconds(past),
            ok=past is not None and past >= asked,
            shortened=None if here is None else required,
        )

    return rule


def fact_seconds(fact: Fact) -> _Seconds:
    """A measured time."""

    def observed(case: Case) -> tuple[float | None, str]:
        found, why = measured(case, fact)
        return (None if found is None else found.value), why

    return observed


def routed_seconds(state: AdoptionState, of: Share) -> _Seconds:
    """For how long everybody has been on one side of a state."""

    def observed(case: Case) -> tuple[float | None, str]:
        one = case.standing
        points = share_of(one, of)
        if one.state is not state:
            return None, f"it stands at {one.state.value}"
        if points < ALL:
            return None, f"at {share(points / ALL)}"
        return (case.now - one.routed_at).total_seconds(), ""

    return observed


def share_of(standing: Standing, of: Share) -> int:
    """The basis points that the platform answers, or leads."""
    return standing.read_points if of is Share.READ else standing.write_points
