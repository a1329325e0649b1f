"""Product suggestions 产品建议: taken in, compared, decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities import page as page_records
from capabilities import suggestions as records
from capabilities.errors import BadInput
from capabilities.member import records as member_records
from capabilities.page import MergedPage
from capabilities.product import records as product_records
from capabilities.suggestions import (
    LONGEST_TEXT,
    Deciding,
    Submitting,
    SuggestionSource,
    SuggestionStatus,
)
from schema.context import Ask
from schema.member import Member
from schema.node import LARGEST_BATCH, parse_id
from schema.operation import IdempotencyKeyReused
from schema.page import DEFAULT_PAGE, PageInfo, TotalCount, connection_args
from schema.product import Product
from schema.profile import FirstOf, bounded_first
from schema.restrict import bounded_text, chosen, clean_lines, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_KIND = "ProductSuggestion"


@view(records.Suggestion)
class ProductSuggestion:
    """Suggestion 产品建议: what somebody would change about a product."""

    id: strawberry.ID = plain("Its id.")
    source: SuggestionSource = plain("Where it was made.")
    reference: str = plain("Its name at its source.")
    text: str = plain("What was said; phone numbers and addresses are masked.")
    submitted_at: datetime = plain("When it was made.")
    author: str = plain("Who handed it in.")
    status: SuggestionStatus = plain("What became of it.")
    product_code: str | None = plain("Sku of the product, or the code that was given.")
    duplicate_of_id: strawberry.ID | None = plain(
        "The suggestion that it repeats.", name="duplicateOf"
    )
    resembles_id: strawberry.ID | None = plain("One that it resembles.", name="resembles")
    similarity: float | None = plain("How much it resembles that one, of 100.")
    duplicates: int = plain("How many repeat it.")
    decided_by: str | None = plain("Who decided about it last.")
    decided_at: datetime | None = plain("When that was.")

    @asked(Product | None)
    @staticmethod
    async def product(
        suggestion: Parent[records.Suggestion], info: Ask
    ) -> product_records.Product | None:
        """The product; null where none was named, or no product has this code."""
        code = suggestion.product
        return None if code is None else await info.context.reader.product(code)

    @asked(Member | None)
    @staticmethod
    async def member(
        suggestion: Parent[records.Suggestion], info: Ask
    ) -> member_records.Member | None:
        """Who made it, where that is known."""
        one_id = suggestion.one_id
        return None if one_id is None else await info.context.reader.member_named(one_id)


@view(page_records.MergedPage, shared=True)
class ProductSuggestionPage:
    """One page of suggestions, the newest first."""

    nodes: list[ProductSuggestion] = plain("The suggestions.")
    page_info: PageInfo = plain("Where this page stands.")
    total_count: TotalCount = plain("How many the whole list has.")


@view(records.SuggestionCount)
class SuggestionCount:
    """How much was suggested about one product."""

    product_code: str | None = plain(
        "Sku of the product, or the code that was given; null for none."
    )
    suggestions: int = plain("All suggestions.")
    distinct: int = plain("Those that repeat no other.")


@view(records.SuggestionSubmitted)
class SuggestionSubmitted:
    """A suggestion was taken in."""

    id: strawberry.ID = plain("Its id.")


@view(records.SuggestionDeclined)
class SuggestionDeclined(UserError):
    """Nothing was done: a suggestion is not there, or stands for another already."""


SubmitResult = Annotated[
    Union[SuggestionSubmitted, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("SubmitSuggestionResult", description="What became of a suggestion."),
]
DecisionResult = Annotated[
    Union[ProductSuggestion, SuggestionDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("SuggestionDecisionResult", description="What became of a decision."),
]


@strawberry.input(description="Which suggestions; what is absent restricts nothing.")
class SuggestionFilterInput:
    """The contract's form of `SuggestionFilter`."""

    product: str | None = strawberry.field(default=UNSET, description="Sku of a product.")
    sources: list[SuggestionSource] | None = strawberry.field(
        default=UNSET, description="Made at one of these."
    )
    statuses: list[SuggestionStatus] | None = strawberry.field(
        default=UNSET, description="In one of these."
    )
    text: str | None = strawberry.field(
        default=UNSET, description="With these words, whatever their spacing, width and case."
    )


@strawberry.input(description="A suggestion to be handed in.")
class SubmitSuggestionInput:
    """What is said, and of what."""

    source: SuggestionSource = strawberry.field(description="Where it was made.")
    text: str = strawberry.field(description=f"What is said; at most {LONGEST_TEXT} characters.")
    product: str | None = strawberry.field(
        default=UNSET, description="Sku or barcode of the product."
    )
    member: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Id of the Member who said it; a consumer is herself."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Suggestions that mean the same.")
class MergeSuggestionsInput:
    """Which one stands, and which repeat it."""

    into: strawberry.ID = strawberry.field(description="The one that stands.")
    suggestions: list[strawberry.ID] = strawberry.field(
        description=f"Those that repeat it, at most {LARGEST_BATCH}."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="What becomes of a suggestion.")
class DecideSuggestionInput:
    """Which, and what."""

    suggestion: strawberry.ID = strawberry.field(description="The suggestion.")
    status: SuggestionStatus = strawberry.field(description="OPEN, ACCEPTED or DECLINED.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class SuggestionQueries:
    """Questions about suggestions."""

    @asked(ProductSuggestionPage | None)
    @staticmethod
    async def suggestions(
        info: Ask,
        first: Annotated[
            int | None, strawberry.argument(description="How many, from the front: 1 to 100; 20.")
        ] = UNSET,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor that the page begins behind.")
        ] = UNSET,
        last: Annotated[
            int | None, strawberry.argument(description="How many, from the end: 1 to 100.")
        ] = UNSET,
        before: Annotated[
            str | None, strawberry.argument(description="Cursor that the page ends before.")
        ] = UNSET,
        filter: Annotated[  # noqa: A002 - the contract's name
            SuggestionFilterInput | None, strawberry.argument(description="Which suggestions.")
        ] = UNSET,
    ) -> MergedPage[records.Suggestion]:
        """Suggestions about products 产品建议, the newest first."""
        page = connection_args(
            first=given(first),
            after=optional_text("after", after),
            last=given(last),
            before=optional_text("before", before),
        )
        info.context.spend(page.first or page.last or 0)
        wanted = filter or SuggestionFilterInput()
        filters = records.SuggestionFilter(
            product=optional_text("product", wanted.product),
            sources=chosen("sources", wanted.sources),
            statuses=chosen("statuses", wanted.statuses),
            text=optional_text("text", wanted.text),
        )
        return await info.context.platform.suggestions.page(filters, page)

    @asked(list[SuggestionCount])
    @staticmethod
    async def suggestion_counts(
        info: Ask, first: FirstOf = DEFAULT_PAGE
    ) -> Sequence[records.SuggestionCount]:
        """The products with the most suggestions, those first."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        return await info.context.platform.suggestions.counts(wanted)


@strawberry.type
class SuggestionMutations:
    """What can be done with suggestions."""

    @asked(SubmitResult | None)
    @staticmethod
    async def submit_suggestion(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            SubmitSuggestionInput, strawberry.argument(description="What is said.")
        ],
    ) -> Submitting:
        """Hand in a suggestion about a product 产品建议."""
        text = clean_lines("text", input.text)
        if not 1 <= len(text.strip()) <= LONGEST_TEXT:
            raise BadInput(f"`text` must have 1 to {LONGEST_TEXT} characters.")
        product = optional_text("product", input.product)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        one_id = await _who(info, input.member)
        return await info.context.platform.suggestions.submit(
            input.source, text, product, one_id, key
        )

    @asked(DecisionResult | None)
    @staticmethod
    async def merge_suggestions(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            MergeSuggestionsInput, strawberry.argument(description="Which, into which.")
        ],
    ) -> Deciding:
        """Say that suggestions mean the same; what repeats them goes along."""
        if not 1 <= len(input.suggestions) <= LARGEST_BATCH:
            raise BadInput(f"`suggestions` takes 1 to {LARGEST_BATCH} ids.")
        keys = [parse_id(one, _KIND).key for one in input.suggestions]
        into = parse_id(input.into, _KIND).key
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.suggestions.merge(into, keys, key)

    @asked(DecisionResult | None)
    @staticmethod
    async def decide_suggestion(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            DecideSuggestionInput, strawberry.argument(description="Which, and what.")
        ],
    ) -> Deciding:
        """Say what becomes of a suggestion; one that was merged stands for itself again."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        named = parse_id(input.suggestion, _KIND).key
        return await info.context.platform.suggestions.decide(named, input.status, key)


async def _who(info: Ask, member: strawberry.ID | None) -> str | None:
    """The person who said it: a consumer herself, else the one who is named and may be seen."""
    reader = info.context.reader
    if member is UNSET or member is None:
        own = await reader.me()
        return None if own is None else own.one_id
    found = await reader.member_by_one_id(parse_id(member, "Member").key)
    if found is None:
        raise BadInput("`member` is no member, or none that you may see.")
    return found.one_id
