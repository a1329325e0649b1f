"""Which moves are legal: one step up at a time, any step down, and no return from the end."""

from datetime import date, datetime
from enum import Enum

from msgspec.structs import replace

from capabilities.adoption.cohort import ALL
from capabilities.adoption.standing import LAST, Standing
from capabilities.adoption.states import AdoptionState, at_least

_S = AdoptionState


class Action(Enum):
    """What a step of the history did. DEMOTE is done by the platform itself."""

    PROMOTE = "PROMOTE"
    ROLLBACK = "ROLLBACK"
    HALT = "HALT"
    RESUME = "RESUME"
    PERCENT = "PERCENT"
    ROUTE = "ROUTE"
    STAY = "STAY"
    APPROVE = "APPROVE"
    DEMOTE = "DEMOTE"


class Illegal(Exception):
    """The states do not allow a move; the text says which are."""


def legal(standing: Standing, target: AdoptionState, review_on: date | None = None) -> None:
    """Illegal where a pair cannot go to a state from where it stands, whatever the evidence."""
    if standing.state is _S.LEGACY_RETIRED:
        raise Illegal("nothing leads back from LEGACY_RETIRED")
    if target is standing.state:
        raise Illegal(f"it stands at {target.value} already")
    if target is _S.STAYS_LEGACY and review_on is None:
        raise Illegal("STAYS_LEGACY needs a date of its review")
    if target not in reachable(standing):
        why = _beyond(standing, target)
        raise Illegal(f"from {standing.state.value} it may go to {choices(standing)}{why}")


def choices(standing: Standing) -> str:
    """The states that a pair may go to by one move, in words."""
    options = reachable(standing)
    return ", ".join(one.value for one in AdoptionState if one in options)


def _beyond(standing: Standing, target: AdoptionState) -> str:
    """Why a pair never comes to a state, where that is so."""
    last = LAST.get(standing.capability)
    if last is None or target is last or not at_least(target, last):
        return ""
    return f"; {standing.capability.value} ends at {last.value}"


def reachable(standing: Standing) -> frozenset[AdoptionState]:
    """The states that a pair may go to by one move."""
    state = standing.state
    if state is _S.LEGACY_RETIRED:
        return frozenset()
    if state is _S.STAYS_LEGACY:
        return frozenset({_S.FEDERATED_READ})
    here = standing.lead if state is _S.HALTED else state
    found = {one for one in _S if one.step is not None and at_least(here, one)}
    if state is not _S.HALTED:
        found.discard(state)
        found |= {standing.next} if standing.next is not None else set()
        found |= {_S.HALTED} if at_least(state, _S.REGISTERED) else set()
    if at_least(here, _S.REGISTERED) and not at_least(here, _S.DUAL_WRITE_MIDDLE_LEAD):
        found.add(_S.STAYS_LEGACY)
    return frozenset(found)


def is_up(standing: Standing, target: AdoptionState) -> bool:
    """Whether a move is a step up, which needs evidence; out of a halt nothing leads up."""
    here = standing.state.step
    return here is not None and target.step is not None and target.step > here


def moved(
    standing: Standing, target: AdoptionState, at: datetime, *, frozen: bool = False
) -> Standing:
    """The standing behind a legal move; a halt leaves every share as it is, a frozen one reads.

    Resumed where it was halted everything is as it was: the same people are answered and led.
    """
    halt = target is _S.HALTED
    again = standing.state is _S.HALTED and target is standing.lead
    shares = {} if halt or again else _shares(standing, target)
    # of a share that the halt left in force the time goes on
    kept = halt or (again and (standing.frozen or at_least(target, _S.DUAL_WRITE_MIDDLE_LEAD)))
    return replace(
        standing,
        state=target,
        from_state=standing.state,
        frozen=frozen,
        review_on=None,
        entered_at=at,
        routed_at=standing.routed_at if kept else at,
        changed_at=at,
        **shares,
    )


def _shares(standing: Standing, target: AdoptionState) -> dict[str, int]:
    """What the platform answers and leads where a state begins, in basis points.

    A canary begins with nobody, also on the way down: what is wrong is then seen by nobody more.
    Back from MIDDLE_OWNED nobody's leader changes.
    """
    reads = ALL if at_least(target, _S.MIDDLE_READ) else 0
    writes = ALL if at_least(target, _S.MIDDLE_OWNED) else 0
    if target is _S.DUAL_WRITE_MIDDLE_LEAD and at_least(standing.lead, target):
        writes = standing.write_points
    return {"read_points": reads, "write_points": writes}
