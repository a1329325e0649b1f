"""Segments 人群: people by conditions, kept by operations under a name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities.errors import BadInput
from capabilities.member import records as member_records
from capabilities.page import ConnectionArgs, Edge, MergedPage, PageInfo
from capabilities.segment import records
from capabilities.segment.conditions import Condition
from capabilities.segment.records import SegmentOutcome, read_draft
from capabilities.segment.words import in_words
from capabilities.sources import SourceReport
from schema.context import Ask, Context
from schema.operation import IdempotencyKeyReused
from schema.page import TotalCount
from schema.restrict import bounded_text, optional_text
from schema.segment_input import SegmentCondition, condition_of
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(records.Segment)
class Segment:
    """Segment 人群: people by conditions, in its version in force."""

    name: str = plain("Its name.")
    title: str | None = plain("What people call it.")
    version: int = plain("How often it was written.")
    definition: str = plain("Its conditions, as the JSON that `santong segment` reads.")
    author: str = plain("Subject of who wrote this version.")
    reason: str = plain("Why.")
    changed_at: datetime = plain("When.")

    @asked(str)
    @staticmethod
    def words(segment: Parent[records.Segment], info: Ask) -> str:
        """Whom it means, in the language of `Accept-Language`: zh-CN or en."""
        return in_words(segment.where, info.context.language)


@view(records.SegmentPreview)
class SegmentPreview:
    """How many people some conditions find, before anybody keeps them."""

    count: TotalCount = plain("How many; a lower bound where counting would take long.")

    @asked(str)
    @staticmethod
    def words(preview: Parent[records.SegmentPreview], info: Ask) -> str:
        """Whom they mean, in the language of `Accept-Language`: zh-CN or en."""
        return in_words(preview.where, info.context.language)


@view(records.SegmentUnknown)
class SegmentUnknown(UserError):
    """There is no segment of this name; nothing was done."""


SegmentResult = Annotated[
    Union[Segment, SegmentUnknown, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("SegmentResult", description="What became of a change of a segment."),
]
_KEY = "Key of this one wish: the same key again answers what it did the first time."
_NAME = "Its name: lower-case letters, digits, `_` and `-`."


@strawberry.input(one_of=True, description="People by a segment; give exactly one of the fields.")
class SegmentSelector:
    """A segment by its name, or conditions of the moment."""

    name: str | None = strawberry.field(default=UNSET, description="Name of a segment.")
    where: SegmentCondition | None = strawberry.field(
        default=UNSET, description="Conditions that nobody kept."
    )


@strawberry.input(description="A segment to be kept.")
class SaveSegmentInput:
    """Name, conditions and reason."""

    name: str = strawberry.field(description=_NAME)
    title: str | None = strawberry.field(
        default=UNSET, description="What people call it; at most 200 characters."
    )
    where: SegmentCondition = strawberry.field(description="Whom it means.")
    reason: str = strawberry.field(description="Why it is written or changed.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A segment to be taken away.")
class RemoveSegmentInput:
    """Name and reason."""

    name: str = strawberry.field(description=_NAME)
    reason: str = strawberry.field(description="Why.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class SegmentQueries:
    """Questions about segments."""

    @asked(list[Segment])
    @staticmethod
    async def segments(info: Ask) -> Sequence[records.Segment]:
        """Every segment 人群 in force, by name."""
        found = await info.context.platform.segments.all()
        info.context.spend(len(found))
        return found

    @asked(Segment | None)
    @staticmethod
    async def segment(
        info: Ask, name: Annotated[str, strawberry.argument(description=_NAME)]
    ) -> records.Segment | None:
        """One segment 人群 by its name; null where there is none."""
        return await info.context.platform.segments.named(bounded_text("name", name))

    @asked(SegmentPreview | None)
    @staticmethod
    async def preview_segment(
        info: Ask,
        where: Annotated[SegmentCondition, strawberry.argument(description="Whom is meant.")],
    ) -> records.SegmentPreview:
        """How many people conditions find, and what they mean in words."""
        return await info.context.platform.segments.preview(condition_of(where))


@strawberry.type
class SegmentMutations:
    """What can be done with segments."""

    @asked(SegmentResult | None)
    @staticmethod
    async def save_segment(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            SaveSegmentInput, strawberry.argument(description="What is kept.")
        ],
    ) -> SegmentOutcome:
        """Keep conditions under a name, as its next version; earlier versions stay."""
        draft = read_draft(
            {
                "name": bounded_text("name", input.name),
                "title": optional_text("title", input.title),
                "where": condition_of(input.where),
            }
        )
        reason = bounded_text("reason", input.reason)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.segments.save(draft, reason, key)

    @asked(SegmentResult | None)
    @staticmethod
    async def remove_segment(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RemoveSegmentInput, strawberry.argument(description="Which, and why.")
        ],
    ) -> SegmentOutcome:
        """Take a segment away; its versions stay in its history."""
        return await info.context.platform.segments.remove(
            bounded_text("name", input.name),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )


async def segment_members(
    context: Context, by: SegmentSelector, args: ConnectionArgs
) -> MergedPage[member_records.Member]:
    """One page of a segment's people; what their systems did not answer is in the reports."""
    part = context.platform.segments
    found = await part.people(await _where(context, by), args)
    people = await context.reader.people(found.one_ids, args.freshness)
    edges = tuple(
        Edge(node=member, place=place)
        for member, place in zip(people, found.places, strict=True)
        if member is not None
    )
    ends = found.places or (None,)
    return MergedPage(
        edges=edges,
        page_info=PageInfo(
            has_next_page=found.has_next_page,
            has_previous_page=found.has_previous_page,
            start=ends[0],
            end=ends[-1],
        ),
        sources=(found.report, *_failures([edge.node for edge in edges])),
        total_count=found.total,
    )


async def _where(context: Context, by: SegmentSelector) -> Condition:
    if by.where is not UNSET and by.where is not None:
        return condition_of(by.where)
    segment = await context.platform.segments.named(bounded_text("name", by.name or ""))
    if segment is None:
        raise BadInput("there is no segment of this name", code="SEGMENT_UNKNOWN")
    return segment.where


def _failures(people: Sequence[member_records.Member]) -> list[SourceReport]:
    """What failed for any of them, once per source."""
    found: dict[str, SourceReport] = {}
    for member in people:
        for report in member.sources:
            if not report.complete and report.code is not None:
                found.setdefault(report.name, report)
    return list(found.values())
