"""What becomes of the next pushes of stock: lost, late, doubled, or done and never confirmed."""

from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

PUSH_MODES: Final = ("none", "lost", "late", "doubled", "unconfirmed")
_T = TypeVar("_T")


class StockFaults:
    """Bends pushes in the order they come; what is late arrives when it is told to."""

    def __init__(self) -> None:
        self._modes: deque[str] = deque()
        self._late: list[Callable[[], object]] = []

    def order(self, body: dict[str, object]) -> dict[str, object]:
        """`POST /__control/push_fault` with `modes`: one for each of the next pushes."""
        modes = body.get("modes")
        if not isinstance(modes, list) or not set(modes) <= set(PUSH_MODES):
            raise ValueError(f"modes is a list of {', '.join(PUSH_MODES)}")
        self._modes = deque(modes)
        return {"modes": modes}

    def arrive(self, _: dict[str, object]) -> dict[str, object]:
        """`POST /__control/arrive`: everything that is late comes in now."""
        late, self._late = self._late, []
        for push in late:
            push()
        return {"arrived": len(late)}

    def push(self, do: Callable[[], _T]) -> _T:
        """A push as it comes in today; ConnectionResetError where nobody hears of it."""
        mode = self._modes.popleft() if self._modes else "none"
        if mode in ("late", "doubled"):
            self._late.append(do)
        done = do() if mode in ("none", "doubled", "unconfirmed") else None
        if done is None or mode == "unconfirmed":
            raise ConnectionResetError(mode)
        return done
