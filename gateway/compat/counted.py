"""People whom one request names or is shown: on the budget of its key, as all look-ups are.

Whom it names has a place before anybody is asked, whether she is there or not. Who is shown in a
list has hers before the list leaves; whoever was seen lately costs nothing.
"""

from collections.abc import Sequence

from capabilities.estate import Capability
from capabilities.lookups import Sought
from gateway.compat.legacy import Row
from gateway.compat.questions import Question
from gateway.federation.look_ups import CallersLookUps, LookUp

# Filters that name one person by something else than a number.
_NAMING = ("email", "search")
_GUEST = "0"


class Counted:
    """The look-ups of one request; `channel` is that of the shop's customers."""

    def __init__(self, look_ups: CallersLookUps, channel: str) -> None:
        self._look_ups = look_ups
        self._channel = channel
        self._only: LookUp | None = None

    async def named(self, question: Question) -> None:
        """Before anybody is asked; LookUpsSpent where there is no room."""
        soughts = self._named(question)
        if len(soughts) == 1:
            self._only = await self._look_ups.enter(soughts[0])
        else:
            await self._look_ups.enter_all(soughts)

    async def shown(self, question: Question, rows: Sequence[Row]) -> None:
        """Before they leave; LookUpsSpent where there is no room."""
        people = [self._of(question, row) for row in rows]
        if self._only is not None and len(people) == 1:
            await self._only.is_of(people[0])
        await self._look_ups.enter_all(people)

    def _named(self, question: Question) -> list[Sought]:
        numbers = [question.number] if question.number else question.several("include")
        of_people = question.resource.capability is Capability.MEMBER
        found = [self._member(one) if of_people else self._order(one) for one in numbers]
        buyer = question.first("customer")
        if buyer and buyer != _GUEST:
            found.append(self._member(buyer))
        told = {name: (question.first(name) or "").strip().lower() for name in _NAMING}
        by_text = [Sought(name, f"{self._channel}\x1f{one}") for name, one in told.items() if one]
        return [*found, *by_text]

    def _of(self, question: Question, row: Row) -> Sought:
        """Whose a row is; a guest is known by her order alone."""
        if question.resource.capability is Capability.MEMBER:
            return self._member(str(row.get("id")))
        buyer = str(row.get("customer_id") or _GUEST)
        return self._order(str(row.get("id"))) if buyer == _GUEST else self._member(buyer)

    def _member(self, number: str) -> Sought:
        """In the words of the graph's own look-ups: whoever was seen there is known here."""
        return Sought("membership", f"{self._channel}\x1f{number}")

    def _order(self, number: str) -> Sought:
        return Sought("order", f"{self._channel}\x1f{number}")
