"""What batches are compared with: the same gateway, and a commit for each confirmation.

`python -m bench.payments.single serve` is `santong serve` with that one difference, and with as
many connections as such a gateway would have.
"""

from collections.abc import Sequence
from typing import TypeVar

from gateway.cli import main
from gateway.payments import desk, opening
from gateway.together import Together

T = TypeVar("T")
A = TypeVar("A")
_CONNECTIONS = 16


class Single(Together[T, A]):
    """Asks the store for each by itself."""

    async def ask(self, one: T) -> A:
        """The answer, once it is committed."""
        answers: Sequence[A] = await self._work([one])
        return answers[0]


if __name__ == "__main__":
    desk.Together = Single  # type: ignore[misc]
    opening._CONNECTIONS = _CONNECTIONS  # noqa: SLF001 - the point of it
    main()
