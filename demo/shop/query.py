"""The parameters of a listing, read as WordPress reads them; unknown ones are not seen."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Generic, TypeVar

import msgspec
from starlette.datastructures import QueryParams

from demo.shop.failures import invalid

Item = TypeVar("Item")
ZONE: Final = timedelta(hours=8)  # the site's, beside which stand the `_gmt` fields
_MOST: Final = 100
_DIGITS: Final = 18  # of a 64-bit integer


class Window(msgspec.Struct, frozen=True):
    """The page that was asked for."""

    page: int
    per_page: int
    offset: int | None

    @property
    def start(self) -> int:
        """The first row; an offset overrules the page."""
        return (self.page - 1) * self.per_page if self.offset is None else self.offset


class Listing(msgspec.Struct, Generic[Item], frozen=True):
    """One page, and how many rows and pages there are."""

    rows: Sequence[Item]
    total: int
    pages: int


def read_window(query: QueryParams) -> Window:
    """Page, page size and offset; a size beyond 100 is refused, not cut."""
    per_page = read_number(query, "per_page", 10)
    if not 1 <= per_page <= _MOST:
        raise invalid("per_page", "must be between 1 (inclusive) and 100 (inclusive)")
    page = read_number(query, "page", 1)
    if page < 1:
        raise invalid("page", "must be greater than or equal to 1")
    offset = read_number(query, "offset", 0) if "offset" in query else None
    return Window(page, per_page, offset)


def read_number(query: QueryParams, name: str, default: int) -> int:
    """A whole number, or the refusal."""
    text = query.get(name)
    if text is None:
        return default
    if not _is_number(text):
        raise invalid(name, "is not of type integer.")
    return int(text)


def read_numbers(query: QueryParams, name: str) -> list[int]:
    """`include=1,2` and `include[]=1&include[]=2`, in the order given."""
    texts = [*query.getlist(name), *query.getlist(f"{name}[]")]
    parts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if not all(map(_is_number, parts)):
        raise invalid(name, "is not of type integer.")
    return [int(part) for part in parts]


def read_words(query: QueryParams, name: str) -> list[str]:
    """A comma list or repeated parameter of words."""
    texts = [*query.getlist(name), *query.getlist(f"{name}[]")]
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def read_choice(query: QueryParams, name: str, choices: Sequence[str], default: str) -> str:
    """One of the choices, or the refusal that lists them."""
    chosen = query.get(name, default)
    if chosen not in choices:
        raise invalid(name, f"is not one of {', '.join(choices)}.")
    return chosen


def read_moment(query: QueryParams, name: str) -> datetime | None:
    """A bound in the site's own time; with `dates_are_gmt` what has no zone is in GMT."""
    text = query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta()) + ZONE
        gmt = query.get("dates_are_gmt", "").lower() in {"true", "1"}
        return moment + ZONE if gmt else moment
    except (ValueError, OverflowError) as wrong:
        raise invalid(name, "Invalid date.") from wrong


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def list_page(
    items: Sequence[Item],
    query: QueryParams,
    keys: dict[str, Callable[[Item], Any]],
    default: tuple[str, str],
    turn: int,
) -> Listing[Item]:
    """Sort and cut; rows that sort alike lie in another order at every request (`turn`)."""
    window = read_window(query)
    name = read_choice(query, "orderby", [*keys, "include"], default[0])
    descending = read_choice(query, "order", ("asc", "desc"), default[1]) == "desc"
    if name == "include":
        place = {number: row for row, number in enumerate(read_numbers(query, "include"))}
        rows = sorted(items, key=lambda item: place.get(keys["id"](item), 0))
    else:
        shuffled = Random(turn).sample(items, len(items))
        rows = sorted(shuffled, key=keys[name], reverse=descending)
    pages = -(-len(rows) // window.per_page)
    return Listing(rows[window.start : window.start + window.per_page], len(rows), pages)
