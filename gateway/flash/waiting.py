"""A wish and who waits for its outcome."""

import asyncio

from capabilities.flash.records import Outcome
from gateway.gathering import answer
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

    def tell(self, told: Outcome | BaseException) -> None:
        """Answer whoever sent it first."""
        answer([self.outcome], told)

    def tell_followers(self, told: Outcome | BaseException) -> None:
        """Answer those who sent it again."""
        answer(self.followers, told)
