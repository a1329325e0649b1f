"""A platform of random records: each method of each part answers what its protocol says it does."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args, get_origin, get_type_hints

from capabilities.page import MergedPage
from schema.platform import Platform


class DrawnPlatform:
    """Every part of `Platform`, each of its methods answered with a record drawn for its question.

    `one` makes a value of a type for a question, `page` a page of its rows; a part's own protocol
    says which types.
    """

    def __init__(
        self, one: Callable[..., Awaitable[Any]], page: Callable[..., Awaitable[Any]]
    ) -> None:
        self._one = one
        self._page = page

    def __getattr__(self, part: str) -> "DrawnPart":
        declared = getattr(Platform, part).fget
        return DrawnPart(self._drawn, part, get_type_hints(declared)["return"])

    async def _drawn(self, kind: Any, *question: Any) -> Any:
        if get_origin(kind) is MergedPage:
            return await self._page(get_args(kind)[0], *question)
        return await self._one(kind, *question)


class DrawnPart:
    """One part of it."""

    def __init__(self, one: Callable[..., Awaitable[Any]], name: str, protocol: type) -> None:
        self._drawn = one
        self._name = name
        self._protocol = protocol

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        kind = get_type_hints(getattr(self._protocol, method))["return"]

        async def answered(*asked: Any, **named: Any) -> Any:
            question = f"{self._name}.{method}"
            return await self._drawn(kind, question, *asked, *sorted(named.items()))

        return answered
