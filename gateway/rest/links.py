"""`Link` headers of a list: the next and the previous page, as a query on the same address.

A link holds no path: it is resolved against the address that was asked, which may hold a phone.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from gateway.rest.given import at
from gateway.rest.resource import Pages

_ROWS = "20"


def links(pages: Pages, data: Mapping[str, Any], query_string: bytes) -> str:
    """The value of the header; empty where the list ends both ways."""
    info = (at(data, pages.connection) or {}).get("pageInfo") or {}
    asked = parse_qsl(query_string.decode("ascii"), keep_blank_values=True)
    turns = {pages.after, pages.first, pages.before, pages.last}
    kept = [pair for pair in asked if pair[0] not in turns]
    rows = next((text for name, text in asked if name in (pages.first, pages.last)), None)
    found = []
    if info.get("hasNextPage") and info.get("endCursor"):
        found.append(_link("next", kept, pages.after, info["endCursor"], pages.first, rows))
    if pages.before and pages.last and info.get("hasPreviousPage") and info.get("startCursor"):
        count = rows or _ROWS  # a page is only read backwards where its length is asked
        found.append(_link("prev", kept, pages.before, info["startCursor"], pages.last, count))
    return ", ".join(found)


def _link(
    rel: str,
    kept: list[tuple[str, str]],
    cursor_name: str,
    cursor: str,
    rows_name: str | None,
    rows: str | None,
) -> str:
    count = [(rows_name, rows)] if rows_name and rows else []
    return f'<?{urlencode([*kept, *count, (cursor_name, cursor)])}>; rel="{rel}"'
