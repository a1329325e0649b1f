"""A REST interface asked in its own words."""

from collections.abc import Sequence

from connectors._kit import Wire
from connectors._kit.answer import Answer
from connectors._kit.origin import segment

_HEADERS = {"Accept": "application/json"}


class RestVerbatim:
    """Reads whatever is asked below the base, as the system's own clients word it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def ask(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """The answer to a GET; `path` is made of plain segments."""
        quoted = "/".join(segment(part) for part in path.split("/"))
        return await self._wire.get(quoted, params, _HEADERS)
