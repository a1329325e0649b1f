"""A wish and who waits for its outcome."""

import asyncio

from capabilities.flash.records import Outcome
from store.flash.selling import Asked


class Waiting:
    """A wish that waits; `followers` sent the same one meanwhile, and hear the same."""

    __slots__ = ("asked", "followers", "member", "name", "outcome", "searches")

    def __init__(self, asked: Asked, outcome: "asyncio.Future[Outcome]") -> None:
        self.asked = asked
        self.outcome = outcome
        self.followers: list[asyncio.Future[Outcome]] = []
        self.searches = 0
        self.member = (asked.home.sale, asked.wish.member)
        self.name = (*self.member, asked.wish.key)

    def tell(self, answer: Outcome | BaseException) -> None:
        """Answer whoever sent it first."""
        _set(self.outcome, answer)

    def tell_followers(self, answer: Outcome | BaseException) -> None:
        """Answer those who sent it again."""
        for one in self.followers:
            _set(one, answer)


def _set(outcome: "asyncio.Future[Outcome]", answer: Outcome | BaseException) -> None:
    if outcome.done():
        return  # whoever waited has gone
    if isinstance(answer, asyncio.CancelledError):
        outcome.cancel()
    elif isinstance(answer, BaseException):
        outcome.set_exception(answer)
    else:
        outcome.set_result(answer)
