"""What doors without GraphQL read: a question of theirs counts as an operation does."""

from collections.abc import Iterable

from capabilities.caller import Caller
from capabilities.usage.client import DOOR, Client, credential_of
from capabilities.usage.records import CountedOperation, OperationKey, Reached
from gateway.usage.counting import Counting, Use


class DoorUses:
    """Counts the questions of doors; a door has few, and names no document."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._uses: dict[str, Use] = {}

    def answered(self, caller: Caller, question: str, reached: Iterable[Reached]) -> None:
        """A question was answered, such as `woocommerce GET customers`, from these sources."""
        use = self._uses.get(question)
        if use is None:
            key = OperationKey(DOOR, question)
            operation = CountedOperation(key=key, kind=DOOR, coordinates=())
            use = self._uses[question] = Use(self._counting, operation)
        client = Client(credential_of(caller))
        use.ran(client)
        use.reached(client, reached)
