"""What a system is asked in its own words, and what a section makes of its own answers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from capabilities.errors import Refused
from connectors._kit.answer import Answer
from connectors._kit.strict_json import Decoder
from connectors.ports.port import Port
from connectors.ports.wanted import Verbatim


class OwnWords(Port):
    """Base of connectors: those whose protocol can are asked as their systems' own clients ask.

    It is no ability of the graph's, which knows records only: it serves doors that speak the
    system's wire.
    """

    _verbatim: Verbatim | None = None

    @property
    def speaks_verbatim(self) -> bool:
        """Whether its system can be asked in its own words."""
        return self._verbatim is not None

    async def verbatim(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """The system's own answer to a question that only reads, whatever its status.

        Refused where its protocol cannot.
        """
        if self._verbatim is None:
            message = "this system cannot be asked in its own words"
            raise Refused(message, source=self.spec.name)
        async with self._observed("verbatim", 1), self._deadline():
            return await self._verbatim.ask(path, params)

    def made_of(self, name: str, body: bytes) -> Sequence[Any]:
        """What a section makes of a body of rows, or of one, as its system writes them.

        In the rows' order, None for a row of no channel of this connector.
        """
        bound = self._bound[name]
        compiled, at = bound.compiled, bound.at
        rows = _decoder(compiled.row_type).decode(body, self.spec.name)
        every = rows if isinstance(rows, tuple) else (rows,)
        return [compiled.record(row, at) for row in every]


@lru_cache(maxsize=256)
def _decoder(row_type: Any) -> Decoder[Any]:
    kind: Any = tuple[row_type, ...] | row_type
    return Decoder(kind)
