"""Tags of answers, and the conditions that clients put on them."""

import hmac

from gateway.http.api_reply import ApiReply, problem_reply
from gateway.http.asked import Asked
from gateway.http.cross_origin import Pairs
from gateway.http.introduced import text_of
from gateway.keys import derived_key
from gateway.rest.problem import Problem
from gateway.settings import Settings

_FAILED = Problem(
    status=412, code="PRECONDITION_FAILED", told="what is there is not what If-Match names"
)


class EntityTags:
    """The tags of one gateway: the same in all its processes, and after a restart.

    They are hashes under a key of the gateway's. A plain one of a person's row would tell whoever
    reads it in a log which guess of her phone is right.
    """

    def __init__(self, settings: Settings) -> None:
        self._key = derived_key(settings, "entity tags")

    def conditional(self, asked: Asked, reply: ApiReply) -> ApiReply:
        """The answer with its tag; 304 where the client has it, 412 where it wanted another."""
        tag = f'"{hmac.digest(self._key, reply.body, "sha256").hex()[:32]}"'
        headers: Pairs = (*reply.headers, (b"etag", tag.encode()))
        wanted = text_of(asked.header(b"if-match"))
        if wanted is not None and not _names(wanted, tag):
            return problem_reply(asked, _FAILED)
        known = text_of(asked.header(b"if-none-match"))
        if known is not None and _names(known, tag):
            return ApiReply(status=304, media_type=None, headers=headers, caching=reply.caching)
        return ApiReply(
            status=reply.status,
            body=reply.body,
            media_type=reply.media_type,
            headers=headers,
            caching=reply.caching,
        )


def _names(header: str, tag: str) -> bool:
    """Whether a list of tags names this one; what is weak counts as equal."""
    if header.strip() == "*":
        return True
    return tag in (one.strip().removeprefix("W/") for one in header.split(","))
