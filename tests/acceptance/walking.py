"""Reading a list of orders page by page, as a front end does."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.acceptance.retailer import Answer, Gateway

ORDERS = """
query Walk($first: Int, $after: String, $last: Int, $before: String, $policy: Policy! = BEST_EFFORT,
           $filter: OrderFilterInput, $orderBy: OrderOrder) {
  orders(first: $first, after: $after, last: $last, before: $before, policy: $policy,
         filter: $filter, orderBy: $orderBy) {
    edges { late cursor node { id number channel { code } placedAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    sources { name status code retryable }
  }
}
"""
OLDEST_FIRST = {"field": "PLACED_AT", "direction": "ASC"}


class Row(NamedTuple):
    """One edge."""

    id: str
    channel: str
    number: str
    placed_at: str
    late: bool
    cursor: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.channel, self.number)


class Page(NamedTuple):
    """One page with the cursor to go on from, None at the end."""

    rows: list[Row]
    onward: str | None
    sources: dict[str, str]


def page_of(answer: Answer, *, backward: bool = False) -> Page:
    told = answer.data["orders"]
    place = told["pageInfo"]
    more = place["hasPreviousPage" if backward else "hasNextPage"]
    return Page(
        rows=[_row(edge) for edge in told["edges"]],
        onward=place["startCursor" if backward else "endCursor"] if more else None,
        sources={one["name"]: one["status"] for one in told["sources"]},
    )


def walk(
    gateway: Gateway,
    size: int,
    *,
    backward: bool = False,
    between: Callable[[int], None] = lambda _: None,
    most: int = 200,
    **variables: Any,
) -> Iterator[Page]:
    """Every page in turn; `between` hears the number of each page before it is read."""
    place: str | None = None
    names = ("last", "before") if backward else ("first", "after")
    for turn in range(most):
        between(turn)
        asked = {names[0]: size, names[1]: place, **variables}
        page = page_of(gateway.ask(ORDERS, **asked), backward=backward)
        yield page
        if page.onward is None:
            return
        place = page.onward
    raise AssertionError(f"no end after {most} pages")


def keys(rows: list[Row]) -> list[tuple[str, str]]:
    return [row.key for row in rows]


def _row(edge: dict[str, Any]) -> Row:
    node = edge["node"]
    return Row(
        node["id"],
        node["channel"]["code"],
        node["number"],
        node["placedAt"],
        edge["late"],
        edge["cursor"],
    )
