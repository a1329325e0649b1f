"""Suggestions and touchpoints as files write them: one row by its cells, or why it is none."""

from collections.abc import Mapping
from datetime import UTC, datetime

from capabilities.member.touches import SANTONG, Touchpoint
from capabilities.suggestions import LONGEST_TEXT, NewSuggestion, SuggestionSource

SUGGESTION_COLUMNS = ("source", "reference", "text")
TOUCH_COLUMNS = ("source", "reference", "channel", "number", "kind", "at")
_LONGEST_WORD = 100

Cells = Mapping[str, str]


def suggestion_of_cells(cells: Cells, now: datetime, author: str) -> NewSuggestion:
    """A suggestion; ValueError says what is wrong, without its values."""
    text = cells["text"]
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise ValueError(f"text has 1 to {LONGEST_TEXT} characters")
    sources = {one.value: one for one in SuggestionSource}
    source = sources.get(cells["source"].upper())
    if source is None:
        raise ValueError(f"source is one of {', '.join(sources)}")
    told_at = cells.get("submittedAt") or cells.get("submitted_at")
    return NewSuggestion(
        source=source,
        reference=_word(cells, "reference"),
        text=text,
        submitted_at=_moment("submittedAt", told_at) if told_at else now,
        author=author,
        product=_word(cells, "product") if cells.get("product") else "",
    )


def touchpoint_of_cells(cells: Cells) -> Touchpoint:
    """A touchpoint; ValueError says what is wrong, without its values."""
    source = _word(cells, "source")
    if source == SANTONG:
        raise ValueError(f"source {SANTONG!r} is for what is sent from here")
    return Touchpoint(
        source=source,
        reference=_word(cells, "reference"),
        channel=_word(cells, "channel"),
        number=_word(cells, "number"),
        kind=_word(cells, "kind"),
        at=_moment("at", cells["at"]),
        medium=_perhaps(cells, "medium"),
        campaign=_perhaps(cells, "campaign"),
        outcome=_perhaps(cells, "outcome"),
    )


def _perhaps(cells: Cells, name: str) -> str | None:
    return _word(cells, name) if cells.get(name) else None


def _word(cells: Cells, name: str) -> str:
    word = cells[name]
    if not 1 <= len(word) <= _LONGEST_WORD or "\n" in word:
        raise ValueError(f"{name} has 1 to {_LONGEST_WORD} characters on one line")
    return word


def _moment(name: str, told: str) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as exc:
        raise ValueError(f"{name} is no moment like 2026-01-31T08:00:00+08:00") from exc
    if moment.tzinfo is None:
        raise ValueError(f"{name} needs its zone, like 2026-01-31T08:00:00+08:00")
    return moment.astimezone(UTC)
