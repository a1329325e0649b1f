"""Decisions: the step that a person's wish leads to, or why it is not taken. All pure."""

from datetime import date
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.cohort import ALL, MOST_LISTED
from capabilities.adoption.demotion import Demotion
from capabilities.adoption.fields import PARTS
from capabilities.adoption.gates import verdict, verdict_of_share
from capabilities.adoption.history import AdoptionDeclined, Decided
from capabilities.adoption.moves import Action, Illegal, choices, is_up, legal, moved
from capabilities.adoption.rules import Case, share_of
from capabilities.adoption.standing import ConflictPolicy, Standing
from capabilities.adoption.states import AdoptionState, Share, Side
from capabilities.adoption.staying import verdict_of_staying
from capabilities.adoption.verdict import Verdict

_S = AdoptionState
_DIVIDED = {Share.READ: _S.CANARY_READ, Share.WRITE: _S.DUAL_WRITE_MIDDLE_LEAD}
Step: TypeAlias = tuple[Standing, Decided] | AdoptionDeclined


class Wanted(Struct, frozen=True, kw_only=True):
    """Who wants a step, why, and at which version of the standing; None for whichever stands.

    `person` says that she proved who she is, as a step takes that two people approve.
    """

    author: str
    reason: str
    key: str
    role: str | None = None
    version: int | None = None
    person: bool = False


class Routing(Struct, frozen=True, kw_only=True):
    """What is routed otherwise; None leaves a part as it is."""

    stores: frozenset[str] | None = None
    members: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    fields: dict[str, Side] | None = None
    conflict_policy: ConflictPolicy | None = None


def promoted(case: Case, target: AdoptionState | None, wanted: Wanted) -> Step:
    """One step up, where every gate is met; the last one behind a second person's approval."""
    here = case.standing
    target = here.next if target is None else target
    if target is None:
        detail = f"{here.state.value} has no step up; it may go to {choices(here) or 'no other'}"
        return declined(here, "target", code="ADOPTION_ILLEGAL", detail=detail)
    if (refused := _refused(here, target, wanted)) is not None:
        return refused
    if here.state is _S.HALTED or not is_up(here, target):
        detail = f"{target.value} is no step up from {here.state.value}"
        return declined(here, "target", code="ADOPTION_ILLEGAL", detail=detail)
    if target is _S.LEGACY_RETIRED:
        return _retired(case, wanted)
    return _up(case, target, wanted)


def rolled_back(case: Case, target: AdoptionState | None, wanted: Wanted) -> Step:
    """Any step down; evidence is asked by nobody."""
    here = case.standing
    if target is None:
        step = here.state.step
        below = [one for one in _S if one.step is not None and step and one.step == step - 1]
        target = below[0] if below else here.state
    if (refused := _refused(here, target, wanted)) is not None:
        return refused
    if here.state is _S.HALTED or is_up(here, target) or target.step is None:
        detail = f"{target.value} is no step down from {here.state.value}"
        return declined(here, "target", code="ADOPTION_ILLEGAL", detail=detail)
    return moved(here, target, case.now), _decided(Action.ROLLBACK, wanted)


def halted(case: Case, wanted: Wanted) -> Step:
    """Whoever leads answers, and nothing goes up until a person resumes."""
    refused = _refused(case.standing, _S.HALTED, wanted)
    step = moved(case.standing, _S.HALTED, case.now), _decided(Action.HALT, wanted)
    return step if refused is None else refused


def resumed(case: Case, target: AdoptionState, wanted: Wanted) -> Step:
    """Out of a halt: where it was, by the gates for staying there; further down if it stays."""
    here = case.standing
    if (refused := _refused(here, target, wanted)) is not None:
        return refused
    if here.state is not _S.HALTED or target.step is None:
        detail = f"{here.state.value} is not resumed to {target.value}"
        return declined(here, "target", code="ADOPTION_ILLEGAL", detail=detail)
    found = verdict_of_staying(case, target)
    if not found.ok:
        return _not_met(here, found)
    return moved(here, target, case.now), _decided(Action.RESUME, wanted, found)


def stayed(case: Case, review_on: date, wanted: Wanted) -> Step:
    """The legacy answers for good, until a day on which somebody looks again."""
    here = case.standing
    if (refused := _refused(here, _S.STAYS_LEGACY, wanted, review_on)) is not None:
        return refused
    fresh = replace(moved(here, _S.STAYS_LEGACY, case.now), review_on=review_on)
    return fresh, _decided(Action.STAY, wanted)


def shared(case: Case, of: Share, points: int, wanted: Wanted) -> Step:
    """Another share of people; more of them only where the gates are met."""
    here = case.standing
    if (refused := moved_on(here, wanted)) is not None:
        return refused
    if here.state is not _DIVIDED[of]:
        detail = f"people are divided in {_DIVIDED[of].value}, and it stands at {here.state.value}"
        return declined(here, "side", code="ADOPTION_ILLEGAL", detail=detail)
    if not 0 <= points <= ALL:
        return declined(
            here, "points", code="ADOPTION_ILLEGAL", detail=f"0 to {ALL:,} basis points"
        )
    found = None
    if points > share_of(here, of):
        found = verdict_of_share(case, of, points)
        if not found.ok:
            return _not_met(here, found)
    name = "read_points" if of is Share.READ else "write_points"
    fresh = replace(here, routed_at=case.now, changed_at=case.now, **{name: points})
    return fresh, _decided(Action.PERCENT, wanted, found)


def routed(case: Case, routing: Routing, wanted: Wanted) -> Step:
    """Other lists, fields of another side, or what happens where both sides changed the same."""
    here = case.standing
    if (refused := moved_on(here, wanted)) is not None:
        return refused
    if here.state is _S.LEGACY_RETIRED:
        return declined(
            here, "", code="ADOPTION_ILLEGAL", detail="nothing is routed after LEGACY_RETIRED"
        )
    parts = PARTS[here.capability]
    if unknown := sorted(set(routing.fields or ()) - set(parts)):
        detail = f"{', '.join(unknown)}: there are {', '.join(parts) or 'none'}"
        return declined(here, "laggingFields", code="ADOPTION_ILLEGAL", detail=detail)
    if (long := _too_long(routing)) is not None:
        detail = f"at most {MOST_LISTED} are named one by one; divide more by store or percentage"
        return declined(here, long, code="ADOPTION_ILLEGAL", detail=detail)
    cohorts = replace(here.cohorts, **_given(routing, ("stores", "members", "labels")))
    rest = _given(routing, ("fields", "conflict_policy"))
    fresh = replace(here, changed_at=case.now, cohorts=cohorts, **rest)
    return fresh, _decided(Action.ROUTE, wanted)


def _too_long(routing: Routing) -> str | None:
    """The name of a list with more than may be named."""
    lists = _given(routing, ("stores", "members", "labels"))
    return next((name for name, some in lists.items() if len(some) > MOST_LISTED), None)


def _given(routing: Routing, names: tuple[str, ...]) -> dict[str, Any]:
    """The parts that are not left as they are."""
    found = {name: getattr(routing, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def demoted(standing: Standing, seen: int, cause: Demotion, case: Case) -> Step:
    """Down by itself, once: whoever saw another version finds that it was done."""
    if standing.version != seen:
        return declined(standing, "", code="ADOPTION_MOVED", detail="it was moved meanwhile")
    fresh = moved(standing, cause.target, case.now, frozen=cause.frozen)
    why = Wanted(author="system:adoption", reason=cause.reason, key="")
    return fresh, _decided(Action.DEMOTE, why)


def moved_on(here: Standing, wanted: Wanted) -> AdoptionDeclined | None:
    """Why a wish is not granted whose author looked at another version."""
    if wanted.version is None or wanted.version == here.version:
        return None
    return declined(
        here, "version", code="ADOPTION_MOVED", detail=f"it stands at version {here.version}"
    )


def declined(here: Standing, at: str, *, code: str, detail: str) -> AdoptionDeclined:
    """A refusal, with how the pair stands."""
    path = ("input", at) if at else ()
    return AdoptionDeclined(code=code, path=path, detail=detail, standing=here)


def _refused(
    here: Standing, target: AdoptionState, wanted: Wanted, review_on: date | None = None
) -> AdoptionDeclined | None:
    if (found := moved_on(here, wanted)) is not None:
        return found
    try:
        legal(here, target, review_on)
    except Illegal as exc:
        return declined(here, "target", code="ADOPTION_ILLEGAL", detail=str(exc))
    return None


def _up(case: Case, target: AdoptionState, wanted: Wanted) -> Step:
    found = verdict(case, target)
    if not found.ok:
        return _not_met(case.standing, found)
    return moved(case.standing, target, case.now), _decided(Action.PROMOTE, wanted, found)


def _retired(case: Case, wanted: Wanted) -> Step:
    """The first approval is kept as a step that leads nowhere; a second person's takes it."""
    before = case.approved_by
    if not wanted.person or wanted.author in before:
        detail = "whoever approved it first does not approve it again"
        if not wanted.person:
            detail = "two people approve this, each by a token of her own; a machine is neither"
        return declined(case.standing, "", code="ADOPTION_SECOND_PERSON", detail=detail)
    approving = replace(case, approved_by=before | {wanted.author})
    found = verdict(approving, _S.LEGACY_RETIRED)
    short = {one.name for one in found.failing}
    if short == {"two-approvals"}:
        fresh = replace(case.standing, changed_at=case.now)
        return fresh, _decided(Action.APPROVE, wanted, found)
    return _up(approving, _S.LEGACY_RETIRED, wanted)


def _not_met(here: Standing, found: Verdict) -> AdoptionDeclined:
    names = ", ".join(one.name for one in found.failing)
    refusal = declined(
        here, "", code="ADOPTION_GATES", detail=f"not met under {found.profile}: {names}"
    )
    return replace(refusal, gates=found.failing)


def _decided(action: Action, wanted: Wanted, found: Verdict | None = None) -> Decided:
    return Decided(
        action=action,
        author=wanted.author,
        reason=wanted.reason,
        role=wanted.role,
        profile=None if found is None else found.profile,
        gates=() if found is None else found.gates,
    )
