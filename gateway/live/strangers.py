"""Sockets of those who have not said yet who they are."""

from collections import OrderedDict
from collections.abc import Callable, Hashable


class Strangers:
    """A bounded number of them: a newcomer takes the place of who has been silent the longest.

    Clients introduce themselves at once, so who opens sockets and says nothing loses them, and
    keeps nobody out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._leave: OrderedDict[Hashable, Callable[[], None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._leave)

    def come(self, who: Hashable, leave: Callable[[], None]) -> None:
        """Somebody is here; `leave` is called where the place is needed."""
        if len(self._leave) >= self._most:
            _, oldest = self._leave.popitem(last=False)
            oldest()
        self._leave[who] = leave

    def go(self, who: Hashable) -> None:
        """Somebody introduced himself, or is gone."""
        self._leave.pop(who, None)
