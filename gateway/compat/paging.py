"""How a list says where it goes on, as the shop's own does."""

from collections.abc import Mapping
from urllib.parse import urlencode

from gateway.compat.proof import asked_for
from gateway.compat.wire import CompatAsked


def page_headers(
    asked: CompatAsked, page: int, total: int | None, pages: int | None
) -> Mapping[str, str]:
    """Totals, and links to the pages beside this one, at the address that the client used."""
    if total is None or pages is None:
        return {}
    found = {"x-wp-total": str(total), "x-wp-totalpages": str(pages)}
    given = [(name, value) for name, value in asked_for(asked.query) if name != "page"]
    links = [
        f'<{asked.url}?{urlencode([*given, ("page", str(near))])}>; rel="{rel}"'
        for rel, near in (("prev", page - 1), ("next", page + 1))
        if 1 <= near <= pages
    ]
    return {**found, "link": ", ".join(links)} if links else found
