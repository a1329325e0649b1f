"""What becomes of touches when people are judged anew: planned, moved, called back, cancelled."""

from base64 import b32encode
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from capabilities.lifecycle.due import Cancelled, DueTouch, TouchKey, why_cancelled
from capabilities.lifecycle.judging import Judgement

_ID_BYTES = 15
# A person's own word; her orders do not bring such a touch back.
_FOR_GOOD = frozenset({Cancelled.CONSENT_WITHDRAWN, Cancelled.ERASED})


class TouchState(Enum):
    """How a touch stands; all but the first three are the end of it."""

    PLANNED = "PLANNED"
    SENDING = "SENDING"
    DROPPED = "DROPPED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    HELD_OUT = "HELD_OUT"
    STOPPED = "STOPPED"
    CANCELLED = "CANCELLED"


class KnownTouch(Struct, frozen=True, kw_only=True, gc=False):
    """A touch as it is kept; `recall` says why it is to be taken out of a drop again."""

    key: TouchKey
    one_id: str
    state: TouchState
    due_on: date
    lapses_on: date
    reason: str | None = None
    recall: str | None = None


def touch_id(brand: str, key: TouchKey) -> str:
    """24 characters by which a touch is known outside; the same for the same touch, always."""
    parts = (brand, key.rule, key.channel, key.number, str(key.cycle))
    digest = sha256("\x1f".join(parts).encode()).digest()
    return b32encode(digest[:_ID_BYTES]).decode().lower()


def replanned(
    judged: Mapping[str, Judgement | None],
    known: Iterable[KnownTouch],
    as_of: date,
    *,
    consent: Mapping[str, bool] | None = None,
) -> list[KnownTouch]:
    """The touches that are new or not as they were; what was sent keeps its state for ever.

    `judged` are the people with their judgement, None for one who is gone. A touch is hers whose
    order its anchor is. `consent` says of people who answered anew whether any way is left.
    """
    owners = {
        key: one_id
        for one_id, judgement in judged.items()
        if judgement is not None
        for key in (*(one.key for one in judgement.person.purchases), *judgement.person.void)
    }
    standing = {one.key: one for one in known}
    answers = consent or {}
    changed = [
        after
        for before in standing.values()
        if (after := _after(before, owners, judged, as_of, answers)) != before
    ]
    return changed + [
        _planned(touch, one_id)
        for one_id, judgement in judged.items()
        if judgement is not None
        for touch in judgement.touches
        if touch.key not in standing
    ]


def _planned(touch: DueTouch, one_id: str) -> KnownTouch:
    return KnownTouch(
        key=touch.key,
        one_id=one_id,
        state=TouchState.PLANNED,
        due_on=touch.due_on,
        lapses_on=touch.lapses_on,
    )


def _after(
    before: KnownTouch,
    owners: Mapping[tuple[str, str], str],
    judged: Mapping[str, Judgement | None],
    as_of: date,
    answers: Mapping[str, bool],
) -> KnownTouch:
    """A touch as it is now."""
    owner = owners.get((before.key.channel, before.key.number))
    if owner is None:
        gone = judged.get(before.one_id, _NOBODY) is None
        return _with(before, Cancelled.ERASED if gone else Cancelled.ANCHOR_MOVED)
    judgement = judged[owner]
    if judgement is None:
        raise ValueError("who is gone owns no order")
    held = replace(before, one_id=owner)
    why = why_cancelled(before.key, judgement.person, judgement.held, as_of)
    answered = answers.get(owner)
    if why is None and answered is False:
        why = Cancelled.CONSENT_WITHDRAWN
    if why is not None:
        return _with(held, why)
    withdrawn = before.reason == Cancelled.CONSENT_WITHDRAWN.value and not answered
    return held if withdrawn else _open(held, judgement)


_NOBODY = object()
_ON_ITS_WAY = (TouchState.SENDING, TouchState.DROPPED)


def _with(touch: KnownTouch, why: Cancelled) -> KnownTouch:
    """A touch that is due no more: cancelled, or called back from where it lies."""
    if touch.state is TouchState.PLANNED:
        return replace(touch, state=TouchState.CANCELLED, reason=why.value)
    if touch.state in _ON_ITS_WAY:
        return replace(touch, recall=why.value)
    if touch.state is TouchState.CANCELLED and why in _FOR_GOOD:
        return replace(touch, reason=why.value)
    return touch


def _open(touch: KnownTouch, judgement: Judgement) -> KnownTouch:
    """A touch that is due, again or still; its days are those of the rules in force."""
    due = next(one for one in judgement.touches if one.key == touch.key)
    if touch.state in _ON_ITS_WAY:
        return replace(touch, recall=None)
    if touch.state not in (TouchState.PLANNED, TouchState.CANCELLED):
        return touch
    if touch.reason == Cancelled.ERASED.value:
        return touch
    return replace(
        touch,
        state=TouchState.PLANNED,
        reason=None,
        due_on=due.due_on,
        lapses_on=due.lapses_on,
    )
