"""Why somebody looks at a person, in the words that are kept of it."""

from unicodedata import category
from urllib.parse import unquote_to_bytes

from gateway.redact import redacted_text

_SHORTEST = 3
_LONGEST = 200


def reason_kept(reason: str | None) -> str | None:
    """A reason as the trail keeps it, without personal numbers and addresses; None for none."""
    told = (reason or "").strip()
    return redacted_text(told) if len(told) >= _SHORTEST else None


def reason_of(header: bytes | None) -> str | None:
    """The reason in `X-Santong-Reason`: UTF-8, by itself or percent-encoded; None for none."""
    if header is None:
        return None
    told = unquote_to_bytes(header).decode("utf-8", "replace")[:_LONGEST]
    return reason_kept("".join(" " if category(one) == "Cc" else one for one in told))
