"""How REST interfaces give out lists, as small values: what to ask first, and what comes after."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from capabilities.errors import Garbled

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_LONGEST_COUNT = 18
_YES = (True, "true", "True", 1, "1", "Y", "y")


class Step(Struct, frozen=True):
    """What to ask for one page: parameters, or a link that an answer held."""

    params: Mapping[str, str] = {}
    link: str | None = None


class Turn(Struct, frozen=True):
    """One page that was asked, and what came: rows, headers, and what the body said of the list.

    `said` holds what stood at the paths that the manifest names: total, more, cursor, link.
    """

    step: Step
    rows: int
    headers: Mapping[str, str]
    source: str = ""
    said: Mapping[str, Any] = {}
    last: Any = None


class Paginator(Protocol):
    """One way to give out a list."""

    @property
    def most(self) -> int | None:
        """The rows to keep of one answer; None keeps all that came."""

    def first(self) -> Step:
        """What to ask for the first page."""

    def after(self, turn: Turn) -> Step | None:
        """What to ask after an answer with so many rows; None when there is no more."""

    def total(self, turn: Turn) -> int | None:
        """How many rows the whole list has, where the answer says so."""


class PageNumber(Struct, frozen=True, kw_only=True):
    """Numbered pages; the defaults are WordPress's. `start` is the first page asked."""

    size: int = 100
    start: int = 1
    first_number: int = 1
    page_param: str = "page"
    size_param: str = "per_page"
    total_header: str = "x-wp-total"
    pages_header: str = "x-wp-totalpages"

    @property
    def most(self) -> int | None:
        """All rows that came."""
        return None

    def first(self) -> Step:
        """The page `start`."""
        return self._page(self.start)

    def after(self, turn: Turn) -> Step | None:
        """The next number, while the answer says so or pages come full."""
        number = int(turn.step.params[self.page_param])
        pages, whole = count(turn, self.pages_header), self.total(turn)
        more = turn.rows >= self.size if pages is None else number < pages
        if pages is None and whole is not None:
            more = (number - self.first_number + 1) * self.size < whole
        if "more" in turn.said:
            more = turn.said["more"] in _YES
        return self._page(number + 1) if more and turn.rows else None

    def total(self, turn: Turn) -> int | None:
        """The number that the body or the header says."""
        return told(turn, self.total_header)

    def _page(self, number: int) -> Step:
        return Step({self.page_param: str(number), self.size_param: str(self.size)})


class Offset(Struct, frozen=True, kw_only=True):
    """Rows from a position on; `start` is the first position asked."""

    size: int = 100
    start: int = 0
    offset_param: str = "offset"
    size_param: str = "per_page"
    total_header: str = "x-wp-total"

    @property
    def most(self) -> int | None:
        """All rows that came."""
        return None

    def first(self) -> Step:
        """The position `start`."""
        return self._from(self.start)

    def after(self, turn: Turn) -> Step | None:
        """The position behind the rows that came, while the total says so or pages come full."""
        place = int(turn.step.params[self.offset_param]) + turn.rows
        whole = told(turn, self.total_header)
        more = turn.rows >= self.size if whole is None else place < whole
        return self._from(place) if more and turn.rows else None

    def total(self, turn: Turn) -> int | None:
        """The number that the body or the header says."""
        return told(turn, self.total_header)

    def _from(self, place: int) -> Step:
        return Step({self.offset_param: str(place), self.size_param: str(self.size)})


class LinkHeader(Struct, frozen=True, kw_only=True):
    """The answer names its next page in `Link: <…>; rel="next"` (RFC 8288)."""

    size: int = 100
    size_param: str = "per_page"
    total_header: str = "x-wp-total"

    @property
    def most(self) -> int | None:
        """All rows that came."""
        return None

    def first(self) -> Step:
        """The list itself."""
        return Step({self.size_param: str(self.size)})

    def after(self, turn: Turn) -> Step | None:
        """The link, which is asked from our own base."""
        link = next_link(turn.headers.get("link", ""))
        return None if link is None else Step(link=link)

    def total(self, turn: Turn) -> int | None:
        """The number that the body or the header says."""
        return told(turn, self.total_header)


class CutClientSide(Struct, frozen=True, kw_only=True):
    """The interface has no pages: everything comes, and at most `size` rows are kept."""

    size: int = 100

    @property
    def most(self) -> int | None:
        """`size`."""
        return self.size

    def first(self) -> Step:
        """The list itself."""
        return Step()

    def after(self, turn: Turn) -> Step | None:  # noqa: ARG002 - there is one page
        """Nothing comes after everything."""
        return None

    def total(self, turn: Turn) -> int | None:  # noqa: ARG002 - no answer says it
        """Nobody says."""
        return None


def told(turn: Turn, header: str) -> int | None:
    """The size of the whole list, in the body where the manifest says so, else in a header."""
    return number_of(turn.said["total"], turn) if "total" in turn.said else count(turn, header)


def number_of(raw: Any, turn: Turn) -> int | None:
    """A count as number or text; Garbled when it is neither."""
    text = "" if raw is None else str(raw)
    if raw is not None and not _is_count(text):
        raise Garbled("the answer's count is no number", source=turn.source)
    return int(text) if text else None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT


def count(turn: Turn, name: str) -> int | None:
    """A number in a header; None when it is missing, Garbled when it is no number."""
    raw = turn.headers.get(name.lower())
    if raw is None:
        return None
    if not _is_count(raw):
        raise Garbled("the answer's count is no number", source=turn.source)
    return int(raw)


def next_link(header: str) -> str | None:
    """The target with the relation `next` in a Link header."""
    for target, parameters in _LINK.findall(header):
        for quoted, bare in _REL.findall(parameters):
            if "next" in (quoted or bare).lower().split():
                return str(target)
    return None
