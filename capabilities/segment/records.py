"""A segment: its name, its conditions, and every version that it had."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from capabilities.declined import Declined
from capabilities.errors import BadInput
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import TotalCount
from capabilities.segment.conditions import Condition, faults
from capabilities.sources import SourceReport

SegmentName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class SegmentDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment as a person writes it."""

    name: SegmentName
    where: Condition
    title: Annotated[str, Meta(max_length=200)] | None = None


class Segment(Struct, frozen=True, kw_only=True):
    """A segment in force: one version of it."""

    name: str
    where: Condition
    version: int
    author: str
    reason: str
    changed_at: datetime
    title: str | None = None

    @property
    def definition(self) -> str:
        """The conditions as JSON."""
        return msgspec.json.encode(self.where).decode()


class SegmentPreview(Struct, frozen=True, kw_only=True):
    """How many people some conditions find, before they are kept."""

    where: Condition
    count: TotalCount


class SegmentPage(Struct, frozen=True, kw_only=True):
    """One page of the people of a segment; a place for each."""

    one_ids: tuple[str, ...]
    places: tuple[str, ...]
    has_next_page: bool
    has_previous_page: bool
    total: TotalCount
    report: SourceReport


class SegmentUnknown(Declined, frozen=True, kw_only=True):
    """There is no segment of this name."""


SegmentOutcome: TypeAlias = Segment | SegmentUnknown | IdempotencyKeyReused


def read_condition(raw: object) -> Condition:
    """Conditions from plain data; BadInput says where it is wrong."""
    try:
        condition: Condition = msgspec.convert(raw, Condition)
    except msgspec.ValidationError as exc:
        raise BadInput(f"the conditions are wrong: {exc}", code="SEGMENT_INVALID") from exc
    if wrong := faults(condition):
        raise BadInput(f"the conditions are wrong: {'; '.join(wrong)}", code="SEGMENT_INVALID")
    return condition


def read_draft(raw: object) -> SegmentDraft:
    """A segment from plain data, such as a file; BadInput says where it is wrong."""
    try:
        draft = msgspec.convert(raw, SegmentDraft)
    except msgspec.ValidationError as exc:
        raise BadInput(f"this is no segment: {exc}", code="SEGMENT_INVALID") from exc
    if wrong := faults(draft.where):
        raise BadInput(f"this is no segment: {'; '.join(wrong)}", code="SEGMENT_INVALID")
    return draft


def condition_hash(condition: Condition) -> str:
    """What names conditions in a cursor: pages of two different lists never mix."""
    return sha256(msgspec.json.encode(condition, order="deterministic")).hexdigest()[:16]
