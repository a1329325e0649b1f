"""Content negotiation of GraphQL over HTTP."""

from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
CSV = "text/csv"


@lru_cache(256)
def negotiate(accept: str | None) -> str | None:
    """The media type to answer with; None when the client takes none of ours.

    Without a wish, and for `*/*`, plain JSON: what clients of before the specification expect.
    """
    return preferred(accept, (JSON, GRAPHQL))


@lru_cache(256)
def preferred(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The media type that a client likes best of those offered; the first for want of a wish."""
    if not accept or not accept.strip():
        return offered[0]
    wishes = sorted(
        (_wish(part, place) for place, part in enumerate(accept.split(",")) if part.strip()),
        key=lambda wish: (-wish[1], wish[2]),
    )
    for kind, quality, _ in wishes:
        if quality <= 0:
            continue
        family = kind.removesuffix("*")
        for one in offered:
            if kind in (one, "*/*") or (family != kind and one.startswith(family)):
                return one
    return None


def _wish(part: str, place: int) -> tuple[str, float, int]:
    kind, *parameters = part.split(";")
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return kind.strip().lower(), quality, place
