"""Connections: Relay's paging arguments, checked, and edge and connection types of our own."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument

from capabilities import page
from capabilities.errors import BadInput
from capabilities.page import ConnectionArgs, CountPrecision, Freshness, MergedPage, Policy
from schema.context import Ask
from schema.restrict import clean_text
from schema.source import SourceReport
from schema.view import asked, plain, view
from schema.warning import note

DEFAULT_PAGE = 20
LARGEST_PAGE = 100
_PAGING = ("first", "after", "last", "before", "policy", "freshness")
FRESHNESS = "Whether an answer that was kept will do; not for what hangs below this field."
Wanted = Annotated[Freshness, strawberry.argument(description=FRESHNESS)]


@view(page.PageInfo)
class PageInfo:
    """Where this page stands in its list."""

    has_next_page: bool = plain(
        "Whether rows follow; also true while a missing source may have some."
    )
    has_previous_page: bool = plain("Whether rows come before.")
    start_cursor: str | None = plain("Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = plain("Cursor to go on from: pass it as `after`.")


@view(page.TotalCount)
class TotalCount:
    """A count over all sources, and how exact it is."""

    value: int | None = plain("The count; null when the precision is UNKNOWN.")
    precision: CountPrecision = plain("How much the count knows.")


def connection_args(
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    policy: Policy | None = None,
    freshness: Freshness | None = None,
) -> ConnectionArgs:
    """Checked paging arguments; BadInput says which one is wrong."""
    if first is not None and last is not None:
        raise BadInput("Ask for `first` or for `last`, not for both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= LARGEST_PAGE:
            raise BadInput(f"`{name}` must be between 1 and {LARGEST_PAGE}.")
    for name, cursor in (("after", after), ("before", before)):
        clean_text(name, cursor or "")
    return ConnectionArgs(
        first=DEFAULT_PAGE if first is None and last is None else first,
        after=after,
        last=last,
        before=before,
        policy=policy or Policy.BEST_EFFORT,
        freshness=freshness or Freshness.CACHED,
    )


class Paging(FieldExtension):
    """Gives a resolver its `page: ConnectionArgs`, and warns of sources that are missing."""

    def map_arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Six arguments of the contract become one checked value."""
        rest = {name: value for name, value in kwargs.items() if name not in _PAGING}
        return {**rest, "page": connection_args(**{n: kwargs[n] for n in _PAGING if n in kwargs})}

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Ask, **kwargs: Any
    ) -> MergedPage[Any]:
        """The page as the reader answered it."""
        asked_for: ConnectionArgs = kwargs["page"]
        info.context.spend(asked_for.first or asked_for.last or 0)
        merged: MergedPage[Any] = await next_(source, info, **kwargs)
        note(info, merged.sources)
        return merged


def paged(connection: object) -> Callable[[Any], Any]:
    """A connection field; its resolver takes `page: ConnectionArgs` and answers a `MergedPage`."""

    def declare(resolver: Any) -> Any:
        field = asked(connection, extensions=[Paging()])(resolver)
        own = [one for one in field.arguments if one.python_name != "page"]
        field.arguments = [*own, *_paging_arguments()]
        return field

    return declare


def _paging_arguments() -> list[StrawberryArgument]:
    table: tuple[tuple[str, Any, str, Any], ...] = (
        ("first", int | None, "Rows from the front: 1 to 100, 20 where nothing is asked.", UNSET),
        ("after", str | None, "Cursor that the page begins behind.", UNSET),
        ("last", int | None, "Rows from the back: 1 to 100; never together with `first`.", UNSET),
        ("before", str | None, "Cursor that the page ends before.", UNSET),
        ("policy", Policy, "What to do when a source is missing.", Policy.BEST_EFFORT),
        ("freshness", Freshness, FRESHNESS, Freshness.CACHED),
    )
    return [
        StrawberryArgument(
            python_name=name,
            graphql_name=None,
            type_annotation=StrawberryAnnotation(annotation),
            description=description,
            default=default,
        )
        for name, annotation, description, default in table
    ]


def connection_of(node: type) -> Any:
    """The connection type of a view, with its edge type: `OrderConnection`, `OrderEdge`."""
    name = node.__name__
    edge = view(page.Edge, shared=True)(
        type(
            f"{name}Edge",
            (),
            {
                "__doc__": f"One {name} in a list.",
                "node": plain(f"The {name}.", node),
                "cursor": plain("Opaque place of this row; pass it as `after` or `before`.", str),
                "late": plain(
                    "True where the row's source was missing on the page it belonged to.", bool
                ),
            },
        )
    )
    return view(page.MergedPage, shared=True)(
        type(
            f"{name}Connection",
            (),
            {
                "__doc__": f"One page of a list of {name}, merged from all sources that answer it.",
                "edges": plain("The rows with their cursors.", list[edge]),  # type: ignore[valid-type]
                "nodes": plain("The rows without their cursors.", list[node]),  # type: ignore[valid-type]
                "page_info": plain("Where this page stands.", PageInfo),
                "total_count": plain("How many rows the whole list has.", TotalCount),
                "sources": plain("What each source did for this page.", list[SourceReport]),
            },
        )
    )
